package change

import (
	"slices"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// What caused a change.
const (
	CauseUser = "user" // a write, by whomever
	CauseTTL  = "ttl"  // the table's time to live took the item out
)

// Change is one stream record. It is immutable and safe for use by several goroutines. Its images and Raw are slices of
// the event that it came in: see Decode on how long they may be used.
type Change struct {
	Stream   Stream
	Sequence string    // as delivered
	EventID  string    // as delivered; "" if the record has none
	Version  string    // as Version makes it; "" if the record has no readable stream or sequence
	Op       string    // model.Insert, model.Modify or model.Remove
	At       time.Time // ApproximateCreationDateTime (UTC), to the precision delivered; zero if absent or unreadable
	Cause    string    // CauseUser or CauseTTL
	Keys     Image     // the primary key
	Old, New State
	Raw      []byte // the record as delivered
	// Fault is why the record did not decode, a *FaultError. Then only what could be read of Stream, Sequence,
	// EventID, Version, Op, At and Cause is set, and no image.
	Fault error
}

// State is one side of a change: the image, and what the model says it is. The zero State is that of an item that is
// not there.
type State struct {
	Image
	Entity *model.Entity // nil where no entity matches, and where there is no image
	keys   int32         // node of the first of the entity's key fields, which the others follow
}

var _ model.Record = State{}

// Value returns a field's value, and whether the item has one: a key field's as the primary key has it, another's from
// its attribute; where there is no such attribute but a key attribute of an index is made of it, from that. f must be
// a field of the state's entity.
func (s State) Value(f *model.Field) (Value, bool) {
	switch {
	case s.Entity == nil:
		return Value{}, false
	case f.Key > 0:
		return s.keyField(f.Key - 1)
	}
	if v, ok := s.Get(f.Attribute()); ok || f.From == "" {
		return v, ok
	}
	return s.fromIndexKey(f)
}

func (s State) keyField(i int) (Value, bool) {
	if s.Entity.ToldByAttribute() || i >= len(s.Entity.KeyFields) {
		return Value{}, false
	}
	return Value{s.a, s.keys + int32(i)}, true
}

// fromIndexKey parses a field from the index key attribute whose template mentions it. The value gets an arena of its
// own, since that of the event is shared and no longer written to.
func (s State) fromIndexKey(f *model.Field) (Value, bool) {
	v, _ := s.Get(f.From)
	template := s.Entity.Key[f.From]
	switch {
	case template == nil:
		return Value{}, false
	case v.Kind() == KindN, v.Kind() == KindB:
		_, bare := template.Bare()
		return v, bare
	case v.Kind() != KindS:
		return Value{}, false
	}
	kind := KindS
	if f.Type.Kind == model.KindInteger {
		kind = KindN
	}
	text, ok := template.MatchField(v.Text(), f.Name, kind == KindN)
	if !ok {
		return Value{}, false
	}
	return Value{a: &arena{event: text, nodes: []node{{kind: kind, text: span{0, int32(len(text))}}}}}, true
}

// AppendPrimaryKey appends the item's primary key as a JSON object of strings, by the names of the key attributes:
// numbers in normal form, binaries in base64.
func (c *Change) AppendPrimaryKey(dst []byte, table model.Table) []byte {
	dst = append(dst, '{')
	names := make([]string, len(table.Key))
	for i, k := range table.Key {
		names[i] = k.Name
	}
	slices.SortFunc(names, jcs.Compare[string])
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		v, _ := c.Keys.Get(name)
		dst = jcs.AppendString(append(jcs.AppendString(dst, name), ':'), v.Text())
	}
	return append(dst, '}')
}
