package model

import (
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/internal/nearest"
)

// parts compiles the definitions that fold items into other entities' documents.
func (c *compiler) parts() {
	lists := map[string]string{} // the entity that fills a list
	for _, d := range c.drafts {
		for i := range d.src.Search.items {
			s := &d.src.Search.items[i]
			if s.Into.node == nil || s.node.get("index") != nil {
				continue
			}
			if other, taken := lists[s.Into.text]; taken {
				c.fault(s.Into.node, "%s is already filled by %s; a list holds items of one entity", s.Into.text, other)
				continue
			}
			lists[s.Into.text] = d.Name
			c.part(d, s)
		}
	}
	for _, index := range c.m.Indexes {
		slices.SortFunc(index.Parts, func(a, b Source) int { return strings.Compare(a.Field, b.Field) })
	}
}

func (c *compiler) part(d *draft, s *searchSource) {
	name, field, _ := strings.Cut(s.Into.text, ".")
	source := c.source(d, s)
	if s.Routing.node != nil {
		c.at(s.Routing.node.keyPlace(), "routing belongs to the document; give it in the search of %s", name)
	}
	root := c.draft(name)
	if !c.partOf(d, root, s.Into) || d.badKey || root.badKey {
		return
	}
	source.Field, source.Root = field, root.KeyFields
	for _, key := range d.KeyFields {
		if !slices.Contains(root.KeyFields, key) {
			source.Part = append(source.Part, key)
		}
	}
	if c.rootKey(d, root, s.Into) {
		for _, index := range c.m.Indexes {
			if index.Root.Entity == name {
				index.Parts = append(index.Parts, source)
			}
		}
	}
}

// partOf checks the entity that a part goes into, and the name of the list.
func (c *compiler) partOf(d, root *draft, into word) bool {
	name, field, _ := strings.Cut(into.text, ".")
	switch {
	case root == nil:
		c.fault(into.node, "there is no entity %s%s", name, nearest.Hint(name, c.entityNames()))
	case root == d:
		c.fault(into.node, "%s cannot be folded into itself", name)
	case d.ToldByAttribute() || root.ToldByAttribute():
		told := root
		if d.ToldByAttribute() {
			told = d
		}
		c.fault(into.node, "%s is told by an attribute, not by its key; into needs the key fields of both in their keys",
			told.Name)
	case isReserved(field):
		c.fault(into.node, "%s is reserved for what Outflow and OpenSearch add to documents; give the list another name", field)
	case root.Field(field) != nil:
		c.fault(into.node, "%s has a field %s of its own; give the list another name", name, field)
	case root.src.foldedInto() != "":
		c.fault(into.node, "%s is itself folded into %s; fold %s into that too, or give %s an index",
			name, root.src.foldedInto(), d.Name, name)
	case root.src.node != nil && len(root.src.Search.items) == 0 && !root.src.brokenSearch():
		c.fault(into.node, "%s has no search; give it an index for %s to be folded into", name, d.Name)
	default:
		return true
	}
	return false
}

// foldedInto is what an entity without an index of its own goes into, or "".
func (e *entitySource) foldedInto() string {
	into := ""
	for _, s := range e.Search.items {
		if s.node.get("index") != nil {
			return ""
		}
		into = s.Into.text
	}
	return into
}

// brokenSearch says that the entity's search was refused, so that it is not known where its items go.
func (e *entitySource) brokenSearch() bool { return e.get("search") != nil && e.Search.node == nil }

// rootKey checks that a part's key fields name its root, and the part within it.
func (c *compiler) rootKey(d, root *draft, into word) bool {
	for _, name := range root.KeyFields {
		f := d.Field(name)
		if f == nil || f.Key == 0 {
			c.fault(into.node, "the key of %s does not name %s, the key field of %s: %s cannot find its document",
				d.Name, name, root.Name, d.Name)
			return false
		}
		if !f.Type.known() || !root.Field(name).Type.known() {
			return false
		}
		if f.Type.Kind != root.Field(name).Type.Kind {
			c.fault(into.node, "%s is %s in %s, but %s in %s; a key field that both share has one type", name,
				describe(&f.Type), d.Name, describe(&root.Field(name).Type), root.Name)
			return false
		}
	}
	if len(d.KeyFields) == len(root.KeyFields) {
		c.fault(into.node, "%s has the same key fields as %s; nothing tells its items apart within the document",
			d.Name, root.Name)
		return false
	}
	return true
}
