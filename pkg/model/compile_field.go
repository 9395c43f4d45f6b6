package model

import "slices"

// attributes compiles the declared attributes, by name.
func (c *compiler) attributes(d *draft) map[string]Field {
	declared := map[string]Field{}
	for i := range d.src.Attributes.entries {
		e := &d.src.Attributes.entries[i]
		if isReserved(e.key.text) {
			c.fault(e.key.node, "%s is reserved for what Outflow and OpenSearch add to documents; "+
				"give the field another name and use stored_as", e.key.text)
			continue
		}
		f := Field{Name: e.key.text, PII: e.value.PII.value, StoredAs: e.value.StoredAs.text}
		f.Type = c.compileType(&e.value, "attribute "+f.Name, 0)
		if f.StoredAs == f.Name {
			f.StoredAs = ""
		}
		if f.Attribute() == c.m.Table.TTL && f.Type.Kind != "" && f.Type.Kind != KindTimestamp {
			c.fault(e.key.node, "%s is the table's time to live, in epoch seconds; its type must be timestamp", f.Attribute())
		}
		declared[f.Name] = f
	}
	return declared
}

// keyField is the k-th field of the primary key: as declared, or a string, or an integer where it is padded.
func (c *compiler) keyField(d *draft, k int, name string, declared map[string]Field) Field {
	f, ok := declared[name]
	if !ok {
		f = Field{Name: name, Type: d.implicitType(name)}
	}
	f.Required = true
	if d.ToldByAttribute() {
		return f
	}
	f.Key = k + 1
	if stored := d.src.Attributes.get(name); stored != nil && stored.StoredAs.node != nil {
		c.at(stored.StoredAs.node.keyPlace(), "%s is read from the key, not from an attribute; leave stored_as out", name)
	}
	return f
}

// indexFields are the fields that only index templates mention; From is the first such attribute by index name.
func (c *compiler) indexFields(d *draft, declared map[string]Field) []Field {
	var fields []Field
	for _, attribute := range c.keyOrder() {
		t := d.Key[attribute]
		if t == nil {
			continue
		}
		for _, p := range t.Placeholders() {
			_, known := declared[p.Name]
			if known || slices.Contains(d.KeyFields, p.Name) || find(fields, p.Name) != nil {
				continue
			}
			f := Field{Name: p.Name, Type: d.implicitType(p.Name)}
			if !d.ToldByAttribute() {
				f.From = attribute
			}
			fields = append(fields, f)
		}
	}
	return fields
}

func (d *draft) implicitType(name string) Type {
	for _, t := range d.Key {
		for _, p := range t.Placeholders() {
			if p.Name == name && p.Pad > 0 {
				return Type{Kind: KindInteger}
			}
		}
	}
	return Type{Kind: KindString}
}
