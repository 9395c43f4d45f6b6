package audit

import (
	"cmp"
	"slices"
	"time"
)

// Link is a digest in the chain, as the next one refers to it.
type Link struct {
	Digest    Digest
	SHA256    string // of its stored bytes
	Signature []byte
}

// Draft is what a digest is made of.
type Draft struct {
	Log        string
	At         time.Time
	Looked     Looked
	Previous   *Link      // nil for the first
	Signer     string     // id of the key in force
	NextKey    *PublicKey // nil unless another key is to follow
	Read       []ReadBack // the segments
	Faults     []Fault
	Unresolved Unresolved
}

// Digest makes the digest, and the object of its key index, nil where it has none. It is a function of the draft alone,
// so that whoever reads the same objects again can tell whether a digest is what an honest maker made.
func (f *Draft) Digest() (d Digest, index []byte, err error) {
	slices.SortFunc(f.Read, func(a, b ReadBack) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(f.Faults, func(a, b Fault) int { return cmp.Compare(a.Key, b.Key) })
	d = Digest{At: f.At.UTC(), Faults: f.Faults, Log: f.Log, Looked: f.Looked, NextKey: f.NextKey, Number: 1,
		SignedBy: f.Signer, Unresolved: f.Unresolved, V: DigestVersion}
	if p := f.Previous; p != nil {
		d.Number = p.Digest.Number + 1
		d.Previous = &Previous{Number: p.Digest.Number, SHA256: p.SHA256, Signature: p.Signature}
	}
	items := KeyIndex{}
	for i := range f.Read {
		r := &f.Read[i]
		d.Segments = append(d.Segments, r.Listed)
		d.Lines += r.Lines
		d.Counts.add(r.Counts)
		for _, item := range r.Items {
			items.Add(item, i)
		}
	}
	if d.Root, err = RootOf(d.Segments); err != nil || len(f.Read) == 0 {
		return d, nil, err
	}
	ref, index := items.Object(f.Log, d.Number)
	d.KeyIndex = &ref
	return d, index, nil
}
