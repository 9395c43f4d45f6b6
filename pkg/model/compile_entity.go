package model

import (
	"slices"
)

// reservedField is the field that Outflow itself adds to documents.
const reservedField = "outflow"

// entity compiles the key and the fields of an entity.
func (c *compiler) entity(d *draft) {
	d.Value = c.entityValue(d)
	c.templates(d)
	d.KeyFields = c.primaryFields(d)
	declared := c.attributes(d)
	for k, name := range d.KeyFields {
		d.Fields = append(d.Fields, c.keyField(d, k, name, declared))
	}
	rest := c.indexFields(d, declared)
	for name, f := range declared {
		if !slices.Contains(d.KeyFields, name) {
			rest = append(rest, f)
		}
	}
	sortFields(rest)
	d.Fields = append(d.Fields, rest...)
	c.placeholderTypes(d)
	c.required(d)
	c.stored(d)
}

// entityValue is the value of the table's entity attribute that tells the entity, or "" where its key does.
func (c *compiler) entityValue(d *draft) string {
	value := d.src.EntityValue
	if value.node != nil && c.m.Table.EntityAttribute == "" && c.src.Table.EntityAttribute.node == nil {
		c.fault(value.node, "entity_value needs to know the attribute; name it in the table's entity_attribute")
	}
	if value.text == "" && c.m.Table.Format != "" && d.src.get("entity_value") == nil {
		return d.Name
	}
	return value.text
}

// attributes compiles the declared attributes, by name.
func (c *compiler) attributes(d *draft) map[string]Field {
	declared := map[string]Field{}
	for i := range d.src.Attributes.entries {
		e := &d.src.Attributes.entries[i]
		if e.key.text == reservedField {
			c.fault(e.key.node, "%s is reserved for what Outflow adds to documents; give the field another name and use stored_as",
				reservedField)
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
			fields = append(fields, Field{Name: p.Name, Type: d.implicitType(p.Name), From: attribute})
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

// required marks the fields that every item has.
func (c *compiler) required(d *draft) {
	c.distinct(d.src.Required, "field", "in required")
	for _, name := range d.src.Required.items {
		if name.node == nil {
			continue
		}
		if f := c.fieldOf(d, name); f != nil {
			f.Required = true
		}
	}
}

// fieldOf returns the field that a word names, or reports that there is none.
func (c *compiler) fieldOf(d *draft, name word) *Field {
	f := d.Field(name.text)
	if f == nil && !d.faulty(name.text) {
		c.fault(name.node, "%s has no field %s%s", d.Name, name.text, orMeant(name.text, fieldNames(d.Fields)))
	}
	if f != nil && f.Type.Kind == "" {
		return nil
	}
	return f
}

// faulty says that the entity's fields are not all known, or that the field itself was refused.
func (d *draft) faulty(name string) bool {
	return d.src.node == nil || d.src.get("attributes") != nil && d.src.Attributes.node == nil ||
		d.src.Attributes.node.get(name) != nil || d.badKey
}

// stored reports two fields that are read from one attribute.
func (c *compiler) stored(d *draft) {
	first := map[string]string{}
	for i := range d.src.Attributes.entries {
		e := &d.src.Attributes.entries[i]
		f := d.Field(e.key.text)
		if f == nil || f.Key > 0 {
			continue
		}
		if other, twice := first[f.Attribute()]; twice {
			c.fault(e.key.node, "%s and %s are both read from attribute %s; an attribute is one field", other, f.Name, f.Attribute())
		}
		first[f.Attribute()] = f.Name
	}
}

func fieldNames(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}
