package model

import (
	"cmp"
	"strconv"
)

// keyUse is how an entity uses a key attribute.
type keyUse struct {
	typ  string // S, N or B
	at   *node
	by   *draft
	name string // of the attribute
}

// keyTypes sets the types of the key attributes, which all entities must agree on.
func (c *compiler) keyTypes() {
	first := map[string]keyUse{}
	for _, d := range c.drafts {
		for _, use := range append(d.templateUses(), c.fieldUses(d)...) {
			before, known := first[use.name]
			if !known {
				first[use.name] = use
			} else if before.typ != use.typ {
				c.fault(use.at, "%s is %s here, but %s in %s (line %d); one attribute has one type",
					use.name, typeWords[use.typ], typeWords[before.typ], before.by.Name, before.at.line)
			}
		}
	}
	set := func(key []KeyAttribute) {
		for i := range key {
			if use, known := first[key[i].Name]; known {
				key[i].Type = use.typ
			}
		}
	}
	set(c.m.Table.Key)
	for _, key := range c.m.Table.Indexes {
		set(key)
	}
}

var typeWords = map[string]string{"S": "text (S)", "N": "a number (N)", "B": "binary (B)"}

// templateUses are the key attributes that the entity's templates give.
func (d *draft) templateUses() []keyUse {
	var uses []keyUse
	for _, e := range d.src.Key.entries {
		t := d.Key[e.key.text]
		if t == nil {
			continue
		}
		typ := "S"
		if p, bare := t.Bare(); bare && p.Pad == 0 {
			f := d.Field(p.Name)
			if f == nil || f.Type.Kind == "" {
				continue
			}
			typ = cmp.Or(keyTypeOf[f.Type.Kind], "S")
		}
		uses = append(uses, keyUse{typ: typ, at: e.value.node, by: d, name: e.key.text})
	}
	return uses
}

// keyTypeOf is the type of a key attribute that holds such a value; a timestamp is S or N as its writer likes.
var keyTypeOf = map[Kind]string{
	KindString: "S", KindEnum: "S", KindInteger: "N", KindNumber: "N", KindDecimal: "N", KindBinary: "B",
}

// fieldUses are the key attributes that the entity declares as fields: an index may have plain attributes as key.
func (c *compiler) fieldUses(d *draft) []keyUse {
	var uses []keyUse
	for i := range d.src.Attributes.entries {
		e := &d.src.Attributes.entries[i]
		f := d.Field(e.key.text)
		if f == nil || f.Key > 0 || !c.inTable[f.Attribute()] || f.Type.Kind == "" {
			continue
		}
		typ := keyTypeOf[f.Type.Kind]
		if typ == "" && f.Type.Kind != KindTimestamp {
			c.fault(e.key.node, "%s is a key attribute of the table or of an index, and cannot hold %s",
				f.Attribute(), describe(&f.Type))
		}
		if typ != "" {
			uses = append(uses, keyUse{typ: typ, at: e.key.node, by: d, name: f.Attribute()})
		}
	}
	return uses
}

// openKeys refuses fields that show a key attribute as it is where its template holds pii that they do not own up to.
func (c *compiler) openKeys() {
	for _, d := range c.drafts {
		for _, e := range d.src.Attributes.entries {
			f := d.Field(e.key.text)
			if f == nil || f.PII || f.Key > 0 || d.Key[f.Attribute()] == nil {
				continue
			}
			for _, p := range d.Key[f.Attribute()].Placeholders() {
				if inner := d.Field(p.Name); inner != nil && inner.PII && inner != f {
					c.fault(e.key.node, "%s shows %s, whose template holds %s, which is pii; mark %s as pii too, or leave it out",
						f.Name, f.Attribute(), p.Name, f.Name)
					break
				}
			}
		}
	}
}

// told reports entities that one value of the entity attribute tells.
func (c *compiler) told() {
	first := map[string]*draft{}
	for _, d := range c.drafts {
		if d.Value == "" {
			continue
		}
		if before := first[d.Value]; before != nil {
			at := d.name.node
			if d.src.EntityValue.node != nil {
				at = d.src.EntityValue.node
			}
			c.fault(at, "entity_value %s is also that of %s (line %d); a value tells one entity",
				d.Value, before.Name, before.name.node.line)
			continue
		}
		first[d.Value] = d
	}
}

// conflicts reports entities that one key could belong to.
func (c *compiler) conflicts() {
	for i, b := range c.drafts {
		for _, a := range c.drafts[:i] {
			if a.badKey || b.badKey {
				continue
			}
			if example, conflict := c.m.Conflict(a.Entity, b.Entity); conflict {
				c.at(b.src.Key.node.keyPlace(), "%s and %s (line %d) could both match %s; make their keys differ in a literal",
					b.Name, a.Name, a.name.node.line, c.keyText(example))
				break
			}
		}
	}
}

// keyText renders an example key for a message.
func (c *compiler) keyText(values []string) string {
	text := ""
	for i, k := range c.m.Table.Key[:min(len(values), len(c.m.Table.Key))] {
		if i > 0 {
			text += ", "
		}
		text += k.Name + " " + strconv.Quote(values[i])
	}
	return text
}
