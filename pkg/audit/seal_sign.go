package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// signer is the signer of that key.
func (s *Sealer) signer(ctx context.Context, id string) (Signer, PublicKey, error) {
	var have []string
	for _, signer := range s.Signers {
		key, err := signer.PublicKey(ctx)
		if err != nil {
			return nil, PublicKey{}, fmt.Errorf("get a signing key: %w", err)
		}
		if key.ID == id {
			return signer, key, nil
		}
		have = append(have, key.ID)
	}
	return nil, PublicKey{}, fmt.Errorf("the log names the signing key %s, and the given keys are %v: give that one too, behind the "+
		"new, so that it can announce its successor (OUTFLOW_SIGNING_KEY=new,old)", id, have)
}

// sign puts the signature of a digest, or takes the one that is there.
func (s *Sealer) sign(ctx context.Context, l *link) error {
	signer, key, err := s.signer(ctx, l.digest.SignedBy)
	if err != nil {
		return err
	}
	var signature Signature
	err = s.Retry.Do(ctx, func() (err error) {
		signature, err = SignDigest(ctx, signer, &l.digest, l.body)
		return err
	})
	if err != nil {
		return err
	}
	body, err := signature.Encode()
	if err != nil {
		return err
	}
	name := SignatureKey(s.Log, l.digest.Number)
	there, err := s.putOnce(ctx, object{name, "application/json", body})
	if err != nil {
		return err
	}
	if there != nil { // of another sealer, or of an earlier put whose answer was lost
		if signature, err = ReadSignature(there); err == nil {
			err = signature.Verify(key, &l.digest, l.body)
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrTampered, name, err)
		}
	}
	l.signature = signature.Signature
	return nil
}

// errUnlike says what is wrong with a digest that is not signed.
var errUnlike = errors.New("it has no signature, and is not what its segments make: it is not signed. Look at it; " +
	"if it is to go, put a delete marker on top")

// complete signs a digest whose maker died, after having read again all that it lists: whoever can put objects must not
// get a signature for what they say. What waited in the failures bucket then, and whether a digest was complete, cannot
// be known any more: the next digest says both anew, and looks everywhere.
func (s *Sealer) complete(ctx context.Context, l *link, r *Report) error {
	var before *link
	var err error
	d := &l.digest
	if d.Number > 1 {
		if before, err = s.signed(ctx, d.Number-1); err != nil {
			return err
		}
	}
	draft := &Draft{Log: s.Log, At: d.At, Signer: d.SignedBy, Unresolved: d.Unresolved}
	if before != nil {
		draft.Previous, draft.Signer = before.forNext(), before.digest.InForce()
	}
	if d.NextKey != nil {
		_, key, err := s.signer(ctx, d.NextKey.ID)
		if err != nil {
			return err
		}
		draft.NextKey = &key
	}
	draft.Looked = scope{at: d.At, all: d.Looked.From == nil}.looked(before)
	draft.Looked.Late, draft.Looked.Complete = d.Looked.Late, d.Looked.Complete
	if err := s.readAgain(ctx, draft, d); err != nil {
		return err
	}
	name := DigestKey(s.Log, d.Number)
	again, index, err := draft.Digest()
	if err != nil {
		return err
	}
	body, err := again.Encode()
	if err != nil {
		return err
	}
	if !bytes.Equal(body, l.body) || d.At.After(s.Now().Add(skew)) || before != nil && d.At.Before(before.digest.At) {
		return fmt.Errorf("%w: %s: %w", ErrTampered, name, errUnlike)
	}
	if err := s.putIndex(ctx, again.KeyIndex, index); err != nil {
		return err
	}
	r.Completed++
	return s.sign(ctx, l)
}

// skew is how far the clocks of two machines may be apart.
const skew = 15 * time.Minute
