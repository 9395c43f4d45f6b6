package model

import (
	"slices"
	"strings"
)

// placeholderTypes checks that the values of the placeholders' fields can stand in a key.
func (c *compiler) placeholderTypes(d *draft) {
	for _, e := range d.src.Key.entries {
		t := d.Key[e.key.text]
		if t == nil {
			continue
		}
		_, bare := t.Bare()
		for _, p := range t.Placeholders() {
			f := d.Field(p.Name)
			if isReserved(p.Name) {
				c.at(c.inside(e.value.node, p.Offset), "%s is reserved for what Outflow and OpenSearch add to documents; use another name",
					p.Name)
			} else if f == nil {
				continue
			} else if message := unfit(f, p, bare); message != "" {
				c.at(c.inside(e.value.node, p.Offset), "%s", message)
			}
		}
		if d.parsed(e.key.text, c.m.Table.Key) {
			c.delimiters(d, t, e.value)
		}
	}
}

// parsed says that values are read from the key attribute: from the primary key where it tells the entity, and
// from an index key for fields that stand nowhere else.
func (d *draft) parsed(attribute string, key []KeyAttribute) bool {
	primary := slices.ContainsFunc(key, func(k KeyAttribute) bool { return k.Name == attribute })
	return !d.ToldByAttribute() &&
		(primary || slices.ContainsFunc(d.Fields, func(f Field) bool { return f.From == attribute }))
}

// unfit says why a field cannot stand in a key at a placeholder, or "".
func unfit(f *Field, p Placeholder, bare bool) string {
	kind := f.Type.Kind
	switch {
	case kind == "":
		return ""
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
		c.warn(src.node.place, "%s that contains %q would be split elsewhere when the key is read; see that none does",
			article(end.Name), end.Literal)
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
