package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// checkSignature checks the signature of a digest by the key that is in force: the one that the digest before it says,
// or where that is not there one of those that are trusted.
func (c *chain) checkSignature(one *chained, l *link) {
	f := Finding{Number: l.Number, Object: audit.SignatureKey(c.Log, l.Number)}
	key, trusted := c.keys[l.SignedBy]
	named := trusted
	if c.before != nil {
		named = l.SignedBy == c.before.InForce()
	}
	if !named {
		c.tell(KeyUnannounced, l.Number, "%s", c.unnamed(l))
	}
	if one.signature == nil {
		f.Class, f.Detail = SignatureMissing, "digests after it are there, so that its digester cannot have died just now"
		if l.Number == c.inventory.highest {
			f.Class, f.Detail = UnsignedTail, "the last digest has no signature yet"
		}
		c.report.add(f)
		return
	}
	s, err := audit.ReadSignature(one.signature)
	if err == nil {
		l.signature = s.Signature
		if !trusted { // no more than that it is one
			if key, err = audit.NewPublicKey(s.SPKI); err == nil && key.ID != l.SignedBy {
				err = fmt.Errorf("it is by key %s, and the digest names %s", key.ID, l.SignedBy)
			}
		}
	}
	if err == nil {
		err = s.Verify(key, l.Digest, one.body)
	}
	if err != nil {
		f.Class, f.Detail = SignatureWrong, err.Error()
		c.report.add(f)
		return
	}
	l.sound = trusted && named
}

// unnamed says why a key does not count.
func (c *chain) unnamed(l *link) string {
	if c.before != nil {
		return fmt.Sprintf("it is signed by key %s, and digest %d says %s", l.SignedBy, c.before.Number, c.before.InForce())
	}
	ids := slices.Sorted(maps.Keys(c.keys))
	return fmt.Sprintf("it is signed by key %s, and those that count here are %s", l.SignedBy, strings.Join(ids, ", "))
}

// announce trusts the key that a sound digest names as the next.
func (c *chain) announce(l *link) {
	if l.NextKey == nil {
		return
	}
	key, err := audit.NewPublicKey(l.NextKey.SPKI)
	if err != nil || key.ID != l.NextKey.ID {
		c.tell(DigestWrong, l.Number, "the key that it announces is none, or has another id")
		return
	}
	if l.sound {
		c.keys[key.ID] = key
	}
}
