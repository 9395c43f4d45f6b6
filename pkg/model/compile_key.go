package model

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// templates parses the entity's key templates.
func (c *compiler) templates(d *draft) {
	d.Key = map[string]*Template{}
	for _, e := range d.src.Key.entries {
		if c.src.Table.Key.node != nil && !c.inTable[e.key.text] {
			c.fault(e.key.node, "%s is no key attribute of the table or of an index%s", e.key.text,
				orMeant(e.key.text, slices.Collect(maps.Keys(c.inTable))))
			d.badKey = true
			continue
		}
		if t := c.template(e.value); t != nil {
			d.Key[e.key.text] = t
		} else {
			d.badKey = true
		}
	}
	c.wholeKey(d)
}

func (c *compiler) template(src word) *Template {
	if src.node == nil {
		return nil
	}
	t, err := ParseTemplate(src.text)
	if fault := (*TemplateError)(nil); errors.As(err, &fault) {
		c.at(c.inside(src.node, fault.Offset), "%s", fault.Message)
		return nil
	}
	if err != nil {
		c.fault(src.node, "%v", err)
		return nil
	}
	return t
}

// wholeKey reports attributes of the table's key without a template: an entity that its key tells needs all of
// them to be told, and any other that has some to be written.
func (c *compiler) wholeKey(d *draft) {
	if d.ToldByAttribute() && d.src.get("key") == nil || d.src.get("key") != nil && d.src.Key.node == nil {
		d.badKey = d.badKey || d.src.get("key") != nil
		return
	}
	var missing []string
	for _, k := range c.m.Table.Key {
		if d.src.Key.node.get(k.Name) == nil {
			missing = append(missing, k.Name)
		}
	}
	if len(missing) == 0 {
		return
	}
	d.badKey = true
	at := d.name.node.place
	if d.src.Key.node != nil {
		at = d.src.Key.node.keyPlace()
	}
	c.at(at, "%s has no template for %s; give the key of its items", d.Name, strings.Join(missing, " and "))
}

// primaryFields are the names in the primary key's templates, in order of first appearance.
func (c *compiler) primaryFields(d *draft) []string {
	var names []string
	for _, k := range c.m.Table.Key {
		t := d.Key[k.Name]
		if t == nil {
			continue
		}
		for _, p := range t.Placeholders() {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// keyOrder lists the key attributes: the table's, then those of the indexes by name.
func (c *compiler) keyOrder() []string {
	var names []string
	add := func(key []KeyAttribute) {
		for _, k := range key {
			if !slices.Contains(names, k.Name) {
				names = append(names, k.Name)
			}
		}
	}
	add(c.m.Table.Key)
	for _, name := range slices.Sorted(maps.Keys(c.m.Table.Indexes)) {
		add(c.m.Table.Indexes[name])
	}
	return names
}

// placeholderTypes checks that the values of the placeholders' fields can stand in a key.
func (c *compiler) placeholderTypes(d *draft) {
	for _, e := range d.src.Key.entries {
		t := d.Key[e.key.text]
		if t == nil {
			continue
		}
		c.delimiters(d, t, e.value)
		_, bare := t.Bare()
		for _, p := range t.Placeholders() {
			if f := d.Field(p.Name); f != nil && f.Type.Kind != "" {
				if message := unfit(f, p, bare); message != "" {
					c.at(c.inside(e.value.node, p.Offset), "%s", message)
				}
			} else if p.Name == reservedField {
				c.at(c.inside(e.value.node, p.Offset), "%s is reserved for what Outflow adds to documents", reservedField)
			}
		}
	}
}

// unfit says why a field cannot stand in a key at a placeholder, or "".
func unfit(f *Field, p Placeholder, bare bool) string {
	kind := f.Type.Kind
	switch {
	case p.Pad > 0 && kind != KindInteger:
		return "{" + p.Name + ":0...} is a padded integer, but " + p.Name + " is declared as " + string(kind)
	case kind == KindString || kind == KindInteger || kind == KindEnum || kind == KindTimestamp:
		return ""
	case bare && (kind == KindNumber || kind == KindDecimal || kind == KindBinary):
		return ""
	case kind == KindNumber || kind == KindDecimal || kind == KindBinary:
		return p.Name + " is declared as " + string(kind) + ", which can be a key only alone: \"{" + p.Name + "}\""
	}
	return p.Name + " is declared as " + string(kind) + ", which cannot be part of a key"
}

// delimiters warns of values that may contain what ends them.
func (c *compiler) delimiters(d *draft, t *Template, src word) {
	for _, end := range t.Delimiters() {
		if f := d.Field(end.Name); f == nil || !f.mayContain(end.Literal) {
			continue
		}
		c.warn(c.inside(src.node, 0), "a %s that contains %q would be split elsewhere: such an item does not match %s as it was meant",
			end.Name, end.Literal, d.Name)
		return
	}
}

// mayContain says that a text in a key of this field may contain the literal.
func (f *Field) mayContain(literal string) bool {
	switch f.Type.Kind {
	case KindString:
		return true
	case KindEnum:
		return slices.ContainsFunc(f.Type.Values, func(v string) bool { return strings.Contains(v, literal) })
	case KindInteger:
		return strings.Trim(literal, "0123456789-") == ""
	case KindTimestamp:
		return strings.Trim(literal, "0123456789-+:.TZtz ") == ""
	}
	return false
}
