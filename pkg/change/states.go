package change

import (
	"bytes"

	"github.com/outflow-dev/outflow/pkg/model"
)

// What is wrong with the images of a record.
const (
	errMissing    reason = "is missing"
	errUnwanted   reason = "is there, but the operation has none"
	errKeySize    reason = "has other than one or two attributes"
	errKeyKind    reason = "is a key attribute and neither S, N nor B"
	errKeyDiffers reason = "is not the same as in Keys"
)

// states checks that the record's images are those that its operation has, and matches them with the model.
func (d *decoder) states(c *Change) error {
	r := &d.record
	if err := expectImage("NewImage", r.new, c.Op != model.Remove); err != nil {
		return err
	}
	if err := expectImage("OldImage", r.old, c.Op != model.Insert); err != nil {
		return err
	}
	if err := checkKeys(r); err != nil {
		return err
	}
	c.Keys, c.New.Image, c.Old.Image = r.keys, r.new, r.old
	d.match(c)
	return nil
}

func expectImage(name string, image Image, wanted bool) error {
	switch {
	case wanted && !image.Exists():
		return within(name, errMissing)
	case !wanted && image.Exists():
		return within(name, errUnwanted)
	}
	return nil
}

// checkKeys checks that Keys can be a primary key, and is that of both images.
func checkKeys(r *record) error {
	if !r.keys.Exists() {
		return within("Keys", errMissing)
	}
	if n := r.keys.Len(); n < 1 || n > 2 {
		return within("Keys", errKeySize)
	}
	for i := range r.keys.Len() {
		if k := r.keys.value().Elem(i).Kind(); k > KindB {
			return within("Keys", within(r.keys.name(i), errKeyKind))
		}
	}
	if err := checkKey("NewImage", r.new, r.keys); err != nil {
		return err
	}
	return checkKey("OldImage", r.old, r.keys)
}

func checkKey(name string, image, keys Image) error {
	if !image.Exists() {
		return nil
	}
	for i := range keys.Len() {
		key := keys.value().Elem(i)
		attribute, ok := image.a.find(image.root, keys.a.name(key.i))
		if !ok || !equal(keys.a, key.i, image.a, attribute) {
			return within(name, within(keys.name(i), errKeyDiffers))
		}
	}
	return nil
}

// match finds the entities of both images. The key is the same in both, so that one search does unless an attribute
// tells otherwise. Nothing matches where the record's key has other attributes than the model's table.
func (d *decoder) match(c *Change) {
	if !d.readKey(c.Keys) {
		return
	}
	if c.New.Exists() {
		d.matchState(&c.New)
	}
	switch {
	case !c.Old.Exists():
	case c.New.Exists() && bytes.Equal(d.told(c.New.Image), d.told(c.Old.Image)):
		c.Old.Entity, c.Old.keys = c.New.Entity, c.New.keys
	default:
		d.matchState(&c.Old)
	}
}

// readKey sets d.key to the values of the table's key, in the order of the model.
func (d *decoder) readKey(keys Image) bool {
	d.key = d.key[:0]
	for _, k := range d.model.Table.Key {
		v, ok := keys.Get(k.Name)
		if !ok {
			return false
		}
		d.key = append(d.key, model.KeyValue{Type: v.Kind().String()[0], Text: v.Text()})
	}
	return len(d.key) == keys.Len()
}

// told is the text of the attribute that tells an item's entity, nil where there is none.
func (d *decoder) told(image Image) []byte {
	if d.model.Table.EntityAttribute == "" {
		return nil
	}
	if v, _ := image.Get(d.model.Table.EntityAttribute); v.Kind() == KindS {
		return v.Text()
	}
	return nil
}

// matchState sets the entity of an image, and makes nodes of the key fields that the key tells.
func (d *decoder) matchState(s *State) {
	s.Entity, d.bound = d.model.Match(d.bound[:0], d.key, string(d.told(s.Image)))
	if s.Entity == nil || s.Entity.ToldByAttribute() {
		return
	}
	s.keys = int32(len(d.a.nodes))
	for i, text := range d.bound {
		mark := len(d.a.extra)
		d.a.extra = append(d.a.extra, text...)
		kind := keyKind(s.Entity.Fields[i].Type.Kind)
		d.a.nodes = append(d.a.nodes, node{kind: kind, text: d.a.added(mark)})
	}
}

// keyKind is the kind of a key field's value, by its declared type: numbers other than integers, and binaries, are
// key attributes of their own.
func keyKind(k model.Kind) Kind {
	switch k {
	case model.KindInteger, model.KindNumber, model.KindDecimal:
		return KindN
	case model.KindBinary:
		return KindB
	}
	return KindS
}
