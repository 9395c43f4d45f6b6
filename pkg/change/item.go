package change

import (
	"fmt"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// DecodeItem decodes an item in DynamoDB's JSON, such as {"PK":{"S":"..."},...}: what GetItem, Scan and exports hold, or
// a primary key alone. The State has the entity that the model says by it.
//
// It keeps the item's bytes and does not copy them: they must not be written to while the State is in use. It is as
// strict as Decode is with an image; the error is a *FaultError whose path begins with Item, also where the item lacks a
// key attribute of the model's table.
func DecodeItem(m *model.Model, item []byte) (State, error) {
	if len(item) > maxEvent {
		return State{}, within("Item", reason(fmt.Sprintf("is longer than %d bytes", maxEvent)))
	}
	d := &decoder{scanner: scanner{src: item}, a: &arena{event: item}, model: m}
	s := State{Image: Image{d.a, 0}}
	d.a.nodes = append(d.a.nodes, node{kind: KindM})
	err := d.members(0, maxLevels)
	if err == nil {
		if d.peek(); d.pos < len(d.src) {
			err = errToken
		}
	}
	if err != nil {
		f := within("Item", err).(*FaultError) //nolint:errorlint,forcetypeassert // within makes it
		return State{}, &FaultError{Path: f.Path, Reason: fmt.Sprintf("%s (near byte %d of the item)", f.Reason, d.pos)}
	}
	if err := d.itemKey(s.Image); err != nil {
		return State{}, within("Item", err)
	}
	d.matchState(&s)
	return s, nil
}

// itemKey sets d.key to the values of the table's key, in the order of the model.
func (d *decoder) itemKey(item Image) error {
	for _, k := range d.model.Table.Key {
		v, ok := item.Get(k.Name)
		if !ok {
			return within(k.Name, errMissing)
		}
		if v.Kind() > KindB {
			return within(k.Name, errKeyKind)
		}
		d.key = append(d.key, model.KeyValue{Type: v.Kind().String()[0], Text: v.Text()})
	}
	return nil
}

// AppendKey appends the item's primary key in DynamoDB's JSON, with the attributes in the order of the table's key.
func (s State) AppendKey(dst []byte, table model.Table) []byte {
	dst = append(dst, '{')
	for i, k := range table.Key {
		if i > 0 {
			dst = append(dst, ',')
		}
		v, _ := s.Get(k.Name)
		dst = v.AppendCanonical(append(jcs.AppendString(dst, k.Name), ':'))
	}
	return append(dst, '}')
}
