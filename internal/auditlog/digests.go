package auditlog

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Signer is the n-th key that signs logs of a seed, from 0.
func Signer(seed uint64, n int) (*audit.FileSigner, error) {
	scalar := sha256.Sum256(fmt.Appendf(nil, "auditlog key %d %d", seed, n)) // below P-256's order but for one in 2^32
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		return nil, err
	}
	return audit.NewFileSigner(key)
}

// digests seals what it is given.
type digests struct {
	config  Config
	bucket  Bucket
	press   *press
	last    *audit.Link
	open    []*pressed
	late    []held
	keys    []audit.PublicKey
	anchors []audit.Anchor
}

// held is a segment that is written late.
type held struct {
	segment *pressed
	hour    time.Time
}

const lateness = 30 * time.Hour

func (d *digests) add(s *pressed, hour time.Time, late bool) {
	if late {
		d.late = append(d.late, held{s, hour})
		return
	}
	d.open = append(d.open, s)
}

func (d *digests) waiting() bool { return len(d.late) > 0 }

// seal makes one digest.
func (d *digests) seal(at time.Time) error {
	looked, err := d.look(at)
	if err != nil {
		return err
	}
	number := 1
	if d.last != nil {
		number = int(d.last.Digest.Number) + 1
	}
	draft := audit.Draft{Log: d.config.Log, At: at, Previous: d.last, Looked: looked}
	for _, s := range d.open {
		<-s.done
		draft.Read = append(draft.Read, s.read)
	}
	d.open = nil
	signer, err := d.sign(&draft, number)
	if err != nil {
		return err
	}
	return d.put(&draft, signer)
}

// look says where an honest maker of the digest looks, and brings in what late writers have written by then.
func (d *digests) look(at time.Time) (audit.Looked, error) {
	looked := audit.Looked{Complete: true, SweptAt: at}
	if d.last == nil {
		return looked, nil
	}
	if swept := d.last.Digest.Looked.SweptAt; at.Sub(swept) < 24*time.Hour {
		from := audit.HourOf(d.last.Digest.At.Add(-audit.Window))
		looked.From, looked.SweptAt = &from, swept
	}
	d.late = slices.DeleteFunc(d.late, func(h held) bool {
		if at.Before(h.hour.Add(lateness)) {
			return false
		}
		d.open = append(d.open, h.segment)
		looked.Late = append(looked.Late, audit.HourOf(h.hour))
		return true
	})
	slices.SortFunc(looked.Late, func(a, b audit.Hour) int { return a.Compare(b.Time) })
	looked.Late = slices.CompactFunc(looked.Late, func(a, b audit.Hour) bool { return a.Equal(b.Time) })
	for _, hour := range looked.Late {
		if err := d.bucket.Put(audit.LateKey(d.config.Log, at, hour), nil); err != nil {
			return looked, err
		}
	}
	return looked, nil
}

// sign sets the keys of the draft, and returns that which signs it.
func (d *digests) sign(draft *audit.Draft, number int) (*audit.FileSigner, error) {
	generation, next := 0, false
	if d.config.Rotate > 0 {
		generation, next = (number-1)/d.config.Rotate, number%d.config.Rotate == 0
	}
	signer, err := Signer(d.config.Seed, generation)
	if err != nil {
		return nil, err
	}
	public, err := signer.PublicKey(context.Background())
	if err != nil {
		return nil, err
	}
	if len(d.keys) == generation {
		d.keys = append(d.keys, public)
	}
	draft.Signer = public.ID
	if next {
		following, err := Signer(d.config.Seed, generation+1)
		if err != nil {
			return nil, err
		}
		key, err := following.PublicKey(context.Background())
		if err != nil {
			return nil, err
		}
		draft.NextKey = &key
	}
	return signer, nil
}

// put stores the digest with all that belongs to it.
func (d *digests) put(draft *audit.Draft, signer audit.Signer) error {
	digest, index, err := draft.Digest()
	if err != nil {
		return err
	}
	body, err := digest.Encode()
	if err != nil {
		return err
	}
	signature, err := audit.SignDigest(context.Background(), signer, &digest, body)
	if err != nil {
		return err
	}
	signed, err := signature.Encode()
	if err != nil {
		return err
	}
	if digest.KeyIndex != nil {
		if err := d.bucket.Put(digest.KeyIndex.Key, index); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(body)
	d.last = &audit.Link{Digest: digest, SHA256: hex.EncodeToString(sum[:]), Signature: signature.Signature}
	d.last.Digest.Segments = nil // the next needs none of them
	d.anchors = append(d.anchors, audit.AnchorOf(&digest, body))
	if err := d.bucket.Put(audit.DigestKey(digest.Log, digest.Number), body); err != nil {
		return err
	}
	return d.bucket.Put(audit.SignatureKey(digest.Log, digest.Number), signed)
}
