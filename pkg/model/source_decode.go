package model

import (
	"reflect"
	"slices"
	"strings"
)

// decoder fills the source types from nodes, and reports what does not fit. A value that does not fit stays zero,
// so that later checks pass over it.
type decoder struct{ *reporter }

// decodable is a source type that reads its node itself; other types are structs, read field by field.
type decodable interface {
	decode(d *decoder, n *node, as expectation)
}

// expectation is what the tags say of the value to come.
type expectation struct {
	what, owner string // how messages call the value, "the search", and what it is part of, "entity Order"
	is, keys    string // forms of texts, and of a map's keys
	each        string // how messages call one value of a map: "entity"
	single      bool   // one element may stand for a list of one
	element     bool   // the value is an element of what
	required    bool
}

func (as expectation) String() string {
	if as.owner == "" {
		return as.what
	}
	return as.what + " of " + as.owner
}

// object is the part that all structs of the source have.
type object struct {
	node    *node // where it stands; nil if absent or faulty
	strange bool  // it has fields that are unknown, so that others may seem to be missing
}

func (o *object) base() *object { return o }

// get returns the value of one of its fields, or nil.
func (o *object) get(field string) *node { return o.node.get(field) }

// value fills a source value from a node.
func (d *decoder) value(n *node, into any, as expectation) {
	if n.kind == faultyNode {
		return
	}
	if target, ok := into.(decodable); ok {
		target.decode(d, n, as)
		return
	}
	d.object(n, into, as)
}

// object fills a struct, whose fields' tags say what is expected.
func (d *decoder) object(n *node, into any, as expectation) {
	if n.kind != mapNode {
		d.wrongKind(n, "a map", as)
		return
	}
	base := into.(interface{ base() *object }).base()
	base.node = n
	known := d.fields(n, reflect.ValueOf(into).Elem(), as)
	for _, m := range n.members {
		if !slices.Contains(known, m.key.text) && m.key.kind != faultyNode {
			base.strange = true
			d.fault(m.key, "unknown field %q in %s%s", m.key.text, as, orMeant(m.key.text, known))
		}
	}
}

func (d *decoder) fields(n *node, into reflect.Value, as expectation) (known []string) {
	for i := range into.NumField() {
		tag := into.Type().Field(i).Tag
		name := tag.Get("yaml")
		if name == "" {
			continue
		}
		known = append(known, name)
		if value := n.get(name); value != nil {
			d.value(value, pointer(into.Field(i)), expected(tag, as))
		} else if tag.Get("required") != "" {
			d.at(n.keyPlace(), "missing field %q in %s", name, as)
		}
	}
	return known
}

func expected(tag reflect.StructTag, owner expectation) expectation {
	as := expectation{
		what: tag.Get("what"), is: tag.Get("is"), keys: tag.Get("keys"), each: tag.Get("each"),
		single: tag.Get("single") != "", required: tag.Get("required") != "",
	}
	if as.what == "" {
		as.what = tag.Get("yaml")
	}
	if owner.what != theModel {
		as.owner = owner.String()
	}
	return as
}

// theModel is how messages call the whole file; what stands in it needs no owner's name.
const theModel = "the model"

// pointer is the address of a field, or a new value for a field that is a pointer itself.
func pointer(field reflect.Value) any {
	if field.Kind() != reflect.Pointer {
		return field.Addr().Interface()
	}
	field.Set(reflect.New(field.Type().Elem()))
	return field.Interface()
}

// wrongKind reports a value that is not what its place asks for.
func (d *decoder) wrongKind(n *node, want string, as expectation) {
	found, hint, place := string(n.kind), "", n.place
	switch n.kind {
	case numberNode, booleanNode:
		found += " (" + n.text + ")"
		if as.is != "" && want == article(as.is) {
			hint = "; quote it to make it a text"
		}
	case textNode:
		if strings.HasPrefix(want, "a list of ") {
			hint = "; write it as [" + n.text + "]"
		}
	case mapNode:
		if as.is == "key template" {
			hint = "; put the template in quotes"
		}
	case nullNode:
		place = n.keyPlace()
		if !as.required {
			hint = "; leave it out if it is not needed"
		}
	}
	preposition := "as"
	if as.element {
		preposition = "in"
	}
	d.at(place, "expected %s %s %s, found %s%s", want, preposition, as, found, hint)
}

// article puts the article before a noun.
func article(noun string) string {
	if strings.ContainsRune("aeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
