package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// chain is the digests one after the other.
type chain struct {
	*verification
	keys   map[string]audit.PublicKey // by id: those that the reader trusts, and what they announced
	before *link                      // nil if the digest before could not be read
}

// link is a digest with what its bytes and its signature are.
type link struct {
	*audit.Digest
	sum       string // of its bytes
	signature []byte // nil if there is none
	sound     bool   // the signature verifies, by a key that counts
}

// followDigests checks the chain, and has the segments read that its digests list.
func (v *verification) followDigests(ctx context.Context, jobs chan<- job) error {
	if d := v.newest(ctx); d != nil {
		v.ledger.recent = d.At.Add(-audit.Window)
	}
	c := chain{verification: v, keys: map[string]audit.PublicKey{}}
	for _, key := range v.Keys {
		c.keys[key.ID] = key
	}
	for one := range v.ahead(ctx) {
		if one.fault != nil || ctx.Err() != nil {
			return errors.Join(one.fault, context.Cause(ctx))
		}
		if one.blind {
			c.before, v.blind = nil, true
			continue
		}
		l := c.read(&one)
		c.before = l
		if l == nil {
			continue
		}
		v.last = l.Digest
		anchor := audit.AnchorOf(l.Digest, one.body)
		v.report.Last = &anchor
		v.report.Digests++
		if err := c.follow(ctx, jobs, l); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// newest is the last digest that can be read, nil if there is none.
func (v *verification) newest(ctx context.Context) *audit.Digest {
	for n := v.inventory.highest; n > 0; n-- {
		body, err := v.get(ctx, audit.DigestKey(v.Log, n), maxDigest)
		if err != nil {
			continue // followDigests says so
		}
		if d, err := audit.ReadDigest(body); err == nil {
			return &d
		}
	}
	return nil
}

// read checks a digest against the one before and its signature; nil if it is none.
func (c *chain) read(one *chained) *link {
	if one.body == nil {
		c.tell(DigestMissing, one.number, "the log has digests up to %d", c.inventory.highest)
		return nil
	}
	c.compareAnchors(one)
	d, err := audit.ReadDigest(one.body)
	if err == nil && (d.Log != c.Log || d.Number != one.number) {
		err = fmt.Errorf("it is digest %d of log %s", d.Number, d.Log)
	}
	if err != nil {
		c.tell(DigestAltered, one.number, "%v", err)
		return nil
	}
	if err := d.Check(); err != nil {
		c.tell(DigestWrong, d.Number, "%v", err)
	}
	sum := sha256.Sum256(one.body)
	l := &link{Digest: &d, sum: hex.EncodeToString(sum[:])}
	c.checkSignature(one, l)
	c.compareBefore(l)
	c.announce(l)
	return l
}

// compareBefore compares what a digest says of the one before with what that is. If only one of the two has a sound
// signature, it is the other that was altered.
func (c *chain) compareBefore(l *link) {
	b := c.before
	if b == nil || l.Previous == nil {
		return
	}
	switch {
	case l.Previous.SHA256 != b.sum && !l.sound && b.sound:
		c.tell(DigestAltered, l.Number, "its previous.sha256 is not the hash of digest %d, whose signature is sound", b.Number)
	case l.Previous.SHA256 != b.sum:
		c.tell(DigestAltered, b.Number, "its hash is not what digest %d says", l.Number)
	case b.signature != nil && string(l.Previous.Signature) != string(b.signature):
		c.report.add(Finding{Class: SignatureWrong, Number: b.Number, Object: audit.SignatureKey(c.Log, b.Number),
			Detail: fmt.Sprintf("it is not the signature that digest %d holds", l.Number)})
	}
	if l.At.Before(b.At) {
		c.tell(DigestAltered, l.Number, "its time is before that of the digest before it")
	}
}

// follow has what a digest lists read.
func (c *chain) follow(ctx context.Context, jobs chan<- job, l *link) error {
	d := &sealed{number: l.Number, want: l.Counts}
	var wanted []audit.Listed
	for i := range l.Segments {
		s := &l.Segments[i]
		c.list(l, s.Key)
		if c.wants(s.Key) {
			wanted = append(wanted, *s)
		}
	}
	for i := range l.Faults {
		c.list(l, l.Faults[i].Key)
		c.report.add(Finding{Class: Fault, Number: l.Number, Object: l.Faults[i].Key, Detail: l.Faults[i].Reason})
	}
	if (l.KeyIndex == nil) != (len(l.Segments) == 0) {
		c.tell(DigestWrong, l.Number, "it must have a key index exactly if it has segments")
	}
	d.blind = len(wanted) < len(l.Segments)
	d.open.Store(int64(len(wanted)))
	work := make([]job, 0, len(wanted)+1)
	if ref := l.KeyIndex; ref != nil {
		work = append(work, func(ctx context.Context, r *reader) error { return r.readIndex(ctx, l.Number, ref) })
	}
	for _, s := range wanted {
		work = append(work, func(ctx context.Context, r *reader) error { return r.readListed(ctx, d, s) })
	}
	for _, j := range work {
		select {
		case jobs <- j:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// list notes that a digest lists an object, which none may do twice.
func (c *chain) list(l *link, key string) {
	name := c.ledger.printer.of([]byte(key))
	if c.inventory.segments[name]&listed != 0 {
		c.report.add(Finding{Class: DigestWrong, Number: l.Number, Object: audit.DigestKey(c.Log, l.Number), Other: key,
			Detail: "it lists an object that is listed already"})
	}
	c.inventory.segments[name] |= listed
}

// readIndex compares a key index with what its digest says.
func (r *reader) readIndex(ctx context.Context, number int64, ref *audit.IndexRef) error {
	f := Finding{Number: number, Object: ref.Key}
	body, err := r.get(ctx, ref.Key, audit.MaxSegmentLines)
	sum := sha256.Sum256(body)
	switch {
	case errors.Is(err, ErrAbsent):
		f.Class, f.Detail = IndexMissing, fmt.Sprintf("digest %d names it", number)
	case err != nil && !errors.Is(err, ErrTooLarge):
		return r.report.unread(ref.Key, err)
	case err != nil || int64(len(body)) != ref.Bytes || hex.EncodeToString(sum[:]) != ref.SHA256:
		f.Class, f.Detail = IndexAltered, fmt.Sprintf("it is not what digest %d says", number)
	default:
		return nil
	}
	r.report.add(f)
	return nil
}
