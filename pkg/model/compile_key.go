package model

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// templates parses the entity's key templates.
func (c *compiler) templates(d *draft) {
	d.badKey = !c.keysKnown
	for _, e := range d.src.Key.entries {
		if !c.inTable[e.key.text] {
			if c.keysKnown {
				c.fault(e.key.node, "%s is not a key attribute of the table or of an index%s", e.key.text,
					orMeant(e.key.text, c.keyOrder()))
			}
			d.badKey = true
			continue
		}
		t := c.template(e.value)
		if t == nil {
			d.badKey = true
			continue
		}
		if d.Key == nil {
			d.Key = map[string]*Template{}
		}
		d.Key[e.key.text] = t
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
// them to be told, and one that has some needs the others to be written.
func (c *compiler) wholeKey(d *draft) {
	given := d.src.get("key") != nil
	if given && d.src.Key.node == nil {
		d.badKey = true
		return
	}
	if !given && d.ToldByAttribute() {
		return
	}
	var missing []string
	for _, k := range c.m.Table.Key {
		if c.keysKnown && d.src.Key.node.get(k.Name) == nil {
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
	c.at(at, "%s has no key template for %s; an item is told by its whole key", d.Name, strings.Join(missing, " and "))
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
