package model

import "strconv"

// keyTypes sets the types of the key attributes, which all entities must agree on.
func (c *compiler) keyTypes() {
	first := map[string]*draft{}
	types := map[string]string{}
	for _, d := range c.drafts {
		for _, e := range d.src.Key.entries {
			t := d.Key[e.key.text]
			if t == nil {
				continue
			}
			typ, known := d.keyType(t)
			if !known {
				continue
			}
			if before := first[e.key.text]; before != nil && types[e.key.text] != typ {
				c.fault(e.value.node, "%s is %s here, but %s in %s (line %d); one attribute has one type", e.key.text,
					typeWords[typ], typeWords[types[e.key.text]], before.Name, before.name.node.line)
				continue
			} else if before == nil {
				first[e.key.text], types[e.key.text] = d, typ
			}
		}
	}
	c.setTypes(types)
}

var typeWords = map[string]string{"S": "text (S)", "N": "a number (N)", "B": "binary (B)"}

func (c *compiler) setTypes(types map[string]string) {
	set := func(key []KeyAttribute) {
		for i := range key {
			if typ, ok := types[key[i].Name]; ok {
				key[i].Type = typ
			}
		}
	}
	set(c.m.Table.Key)
	for _, key := range c.m.Table.Indexes {
		set(key)
	}
}

// keyType is the DynamoDB type of the key attribute that a template gives.
func (d *draft) keyType(t *Template) (string, bool) {
	p, bare := t.Bare()
	if !bare || p.Pad > 0 {
		return "S", true
	}
	f := d.Field(p.Name)
	if f == nil || f.Type.Kind == "" {
		return "", false
	}
	switch f.Type.Kind {
	case KindInteger, KindNumber, KindDecimal:
		return "N", true
	case KindBinary:
		return "B", true
	}
	return "S", true
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
			c.fault(at, "entity_value %s is also that of %s (line %d); a value tells one entity", d.Value, before.Name, before.name.node.line)
			continue
		}
		first[d.Value] = d
	}
}

// conflicts reports entities that one key could belong to.
func (c *compiler) conflicts() {
	for i, b := range c.drafts {
		for _, a := range c.drafts[:i] {
			if !a.sound || !b.sound {
				continue
			}
			if example, conflict := c.m.Conflict(a.Entity, b.Entity); conflict {
				c.at(b.src.Key.node.keyPlace(), "%s and %s (line %d) could both match %s; make their keys differ in a literal",
					b.Name, a.Name, a.name.node.line, c.keyText(example))
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
