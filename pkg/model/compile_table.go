package model

import "slices"

// edbEntity is the attribute in which ElectroDB keeps an item's entity.
const edbEntity = "__edb_e__"

func (c *compiler) table() {
	src, t := &c.src.Table, &c.m.Table
	t.TTL, t.EntityAttribute, t.Format = src.TTL.text, src.EntityAttribute.text, src.Format.text
	t.Stamps = Stamps{
		Actor: src.Stamps.Actor.text, Request: src.Stamps.Request.text,
		Revision: src.Stamps.Revision.text, Tenant: src.Stamps.Tenant.text,
	}
	if t.Format != "" && t.EntityAttribute == "" {
		t.EntityAttribute = edbEntity
	}
	if t.Format != "" && t.EntityAttribute != edbEntity {
		c.fault(src.EntityAttribute.node, "format %s tells entities by %s; leave out the entity_attribute, or the format",
			t.Format, edbEntity)
	}
	c.inTable = map[string]bool{}
	t.Key = c.keyAttributes(src.Key, "the table's key")
	for _, e := range src.Indexes.entries {
		if t.Indexes == nil {
			t.Indexes = map[string][]KeyAttribute{}
		}
		t.Indexes[e.key.text] = c.keyAttributes(e.value, "index "+e.key.text)
	}
	c.keysKnown = whole(src.Key) && (src.get("indexes") == nil || src.Indexes.node != nil)
	for _, n := range src.Indexes.entries {
		c.keysKnown = c.keysKnown && whole(n.value)
	}
	c.notKey(src.TTL, "the time to live")
	c.notKey(src.EntityAttribute, "the entity attribute")
}

// keyAttributes compiles the key of the table or of an index. Types follow from the entities' templates.
func (c *compiler) keyAttributes(src list[word], of string) []KeyAttribute {
	if src.node != nil && (len(src.items) == 0 || len(src.items) > 2) {
		c.fault(src.node, "%s has %d attributes; it takes a partition key and, if it has one, a sort key", of, len(src.items))
	}
	c.distinct(src, "attribute", "in "+of)
	var key []KeyAttribute
	for _, name := range texts(src) {
		key = append(key, KeyAttribute{Name: name, Type: "S"})
		c.inTable[name] = true
	}
	return key
}

func (c *compiler) notKey(attribute word, what string) {
	for _, k := range c.m.Table.Key {
		if attribute.node != nil && attribute.text == k.Name {
			c.fault(attribute.node, "%s is part of the table's key; %s is an attribute of its own", k.Name, what)
		}
	}
}

// whole says that a list has no faulty elements.
func whole(l list[word]) bool {
	return l.node != nil && !slices.ContainsFunc(l.items, func(w word) bool { return w.node == nil })
}

// distinct reports what a list names twice.
func (c *compiler) distinct(src list[word], noun, where string) {
	seen := map[string]bool{}
	for _, w := range src.items {
		if w.node == nil {
			continue
		}
		if seen[w.text] {
			c.fault(w.node, "%s %s is given twice %s; leave one out", noun, w.text, where)
		}
		seen[w.text] = true
	}
}
