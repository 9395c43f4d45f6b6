package model

import (
	"slices"
)

// reservedField is the field that Outflow itself adds to documents.
const reservedField = "outflow"

// metadataFields are the names that OpenSearch keeps for itself inside documents (Metadata fields).
var metadataFields = []string{
	"_doc_count", "_field_names", "_id", "_ignored", "_index", "_nested_path", "_routing", "_seq_no", "_source", "_type", "_version",
}

// isReserved says that no field can have that name.
func isReserved(name string) bool {
	return name == reservedField || slices.Contains(metadataFields, name)
}

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
	d.known = !d.badKey && !slices.ContainsFunc(d.Fields, func(f Field) bool { return !f.Type.known() }) &&
		(d.src.get("attributes") == nil || d.src.Attributes.node != nil && len(declared) == len(d.src.Attributes.node.members))
	c.placeholderTypes(d)
	c.required(d)
	c.stored(d)
}

// entityValue is the value of the table's entity attribute that tells the entity, or "" where its key does. With
// a format the entity's name is the default.
func (c *compiler) entityValue(d *draft) string {
	value := d.src.EntityValue
	if value.node != nil && c.m.Table.EntityAttribute == "" && c.src.Table.get("entity_attribute") == nil {
		c.at(value.node.keyPlace(), "entity_value of which attribute? name it in the table's entity_attribute")
	}
	if value.node == nil && (c.src.Table.get("format") != nil || d.src.get("entity_value") != nil) {
		return d.Name
	}
	return value.text
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
	if f != nil && !f.Type.known() {
		return nil
	}
	return f
}

// faulty says that the entity's fields are not all known, or that the field itself was refused.
func (d *draft) faulty(name string) bool {
	return d.badKey || d.src.get("attributes") != nil && d.src.Attributes.node == nil || d.src.Attributes.node.get(name) != nil
}

// stored reports fields that are read from one attribute.
func (c *compiler) stored(d *draft) {
	first := map[string]string{}
	for _, f := range d.Fields {
		if f.Key > 0 {
			continue
		}
		other, twice := first[f.Attribute()]
		if !twice {
			first[f.Attribute()] = f.Name
			continue
		}
		c.at(d.declaredAt(f.Name, other), "%s and %s are both read from attribute %s; an attribute is one field",
			other, f.Name, f.Attribute())
	}
}

// declaredAt is where the first of the names that is declared stands.
func (d *draft) declaredAt(names ...string) place {
	for _, name := range names {
		if n := d.src.Attributes.node.get(name); n != nil {
			return n.keyPlace()
		}
	}
	return d.name.node.place
}

func fieldNames(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}
