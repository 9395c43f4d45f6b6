package model

import (
	"cmp"
	"maps"
	"slices"
)

// compiler makes a Model from its source. Each step checks what it compiles and leaves out what is faulty; later
// steps pass over what is not there, so that one fault is told once.
type compiler struct {
	*reporter
	src       *modelSource
	m         *Model
	drafts    []*draft        // entities in the order of the file
	inTable   map[string]bool // attributes of the table's key and of its indexes' keys
	keysKnown bool            // inTable has all of them
}

// draft is an entity while it is compiled.
type draft struct {
	*Entity
	src    *entitySource
	name   word
	badKey bool // its key has faults, so that not all its fields are known
	known  bool // all its fields and their types are known
}

// compile returns nil where the source has faults.
func compile(r *reporter, src *modelSource) *Model {
	c := &compiler{reporter: r, src: src, m: &Model{
		Outflow: Format, Entities: map[string]*Entity{}, Indexes: map[string]*Index{},
	}}
	c.head()
	c.table()
	c.entities()
	c.keyTypes()
	c.told()
	c.conflicts()
	c.searches()
	c.events()
	c.stamps()
	c.revisions()
	c.openStamps()
	c.openKeys()
	if r.failed > 0 {
		return nil
	}
	return c.finish()
}

func (c *compiler) head() {
	c.m.Name, c.m.EventSource = c.src.Name.text, c.src.EventSource.text
	if version := c.src.Outflow; version.node != nil && version.value != Format {
		c.fault(version.node, "version %d of the model language is unknown; this outflow reads version %d", version.value, Format)
	}
	if source := c.src.EventSource; len(source.text) >= 4 && source.text[:4] == "aws." {
		c.fault(source.node, `event sources that begin with "aws." are reserved for AWS; use one of your own, such as %s`,
			c.exampleSource())
	}
}

func (c *compiler) exampleSource() string { return "com.example." + cmp.Or(c.m.Name, "shop") }

// finish copies the table, whose key types are known now, into the indexes, and seals the model.
func (c *compiler) finish() *Model {
	for _, index := range c.m.Indexes {
		index.Table = c.m.Table
	}
	c.m.prepare()
	c.m.Hash = c.m.hash()
	return c.m
}

func (c *compiler) entities() {
	if c.src.Entities.node != nil && len(c.src.Entities.node.members) == 0 {
		c.fault(c.src.Entities.node, "a model needs at least one entity")
	}
	for i := range c.src.Entities.entries {
		e := &c.src.Entities.entries[i]
		d := &draft{Entity: &Entity{Name: e.key.text}, src: &e.value, name: e.key, badKey: true}
		if e.value.node != nil {
			c.entity(d)
		}
		c.drafts = append(c.drafts, d)
		c.m.Entities[d.Name] = d.Entity
	}
}

// draft returns the entity of that name, or nil.
func (c *compiler) draft(name string) *draft {
	for _, d := range c.drafts {
		if d.Name == name {
			return d
		}
	}
	return nil
}

func (c *compiler) entityNames() []string { return slices.Sorted(maps.Keys(c.m.Entities)) }
