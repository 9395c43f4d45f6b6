package model

import (
	"maps"
	"slices"
	"strings"
)

// searches compiles the search definitions: the roots first, since parts go into them.
func (c *compiler) searches() {
	for _, d := range c.drafts {
		for i := range d.src.Search.items {
			if s := &d.src.Search.items[i]; s.node != nil && c.oneTarget(s) && s.Index.node != nil {
				c.root(d, s)
			}
		}
	}
	c.parts()
}

func (c *compiler) oneTarget(s *searchSource) bool {
	index, into := s.node.get("index"), s.node.get("into")
	switch {
	case index != nil && into != nil:
		c.fault(into.key, "index and into together; items are documents of an index or elements of another's, give one")
	case index == nil && into == nil && s.strange:
		return false
	case index == nil && into == nil:
		c.at(s.node.keyPlace(), "a search without target; give index, or into to fold the items into another entity's document")
	default:
		return true
	}
	return false
}

// root compiles the definition of an index.
func (c *compiler) root(d *draft, s *searchSource) {
	source := c.source(d, s)
	if before := c.m.Indexes[s.Index.text]; before != nil {
		c.fault(s.Index.node, "index %s is already that of %s; an index holds the documents of one entity",
			s.Index.text, before.Root.Entity)
		return
	}
	if d.ToldByAttribute() && s.Routing.node != nil {
		c.at(s.Routing.node.keyPlace(), "an attribute tells %s, and its fields can change: only fields of the key can route; "+
			"leave the routing out", d.Name)
	}
	index := &Index{Name: s.Index.text, Root: source, Routing: c.routing(d, s)}
	if i := slices.IndexFunc(d.Fields, func(f Field) bool {
		return c.m.Table.TTL != "" && f.Attribute() == c.m.Table.TTL && f.Key == 0
	}); i >= 0 && !slices.Contains(source.Hidden, d.Fields[i].Name) {
		index.Expires = d.Fields[i].Name
	}
	c.m.Indexes[index.Name] = index
}

func (c *compiler) routing(d *draft, s *searchSource) []string {
	c.distinct(s.Routing, "field", "in routing")
	var names []string
	for _, name := range s.Routing.items {
		if name.node == nil || c.fieldOf(d, name) == nil {
			continue
		}
		if !slices.Contains(d.KeyFields, name.text) {
			c.fault(name.node, "%s is no key field of %s; only what never changes can route its documents: %s", name.text, d.Name,
				strings.Join(d.KeyFields, ", "))
			continue
		}
		names = append(names, name.text)
	}
	return names
}

// source compiles what root and part have in common.
func (c *compiler) source(d *draft, s *searchSource) Source {
	named := map[string]bool{}
	source := Source{
		Entity: d.Name, Told: d.ToldByAttribute(), KeyFields: nonNil(d.KeyFields), Fields: d.Fields,
		Text:      c.paths(d, s.Text, searchable, named),
		Typeahead: c.paths(d, s.Typeahead, searchable, named),
		Filter:    c.paths(d, s.Filter, filterable, named),
		Geo:       c.paths(d, s.Geo, locatable, named),
		Mapping:   c.mapping(d, s.Mapping, named),
		Where:     c.rule(d, s.Where, false),
		Gone:      c.rule(d, s.Gone, false),
	}
	source.Analyzers = c.analyzers(s)
	c.wholePlaces(s, source.Geo)
	for i := range d.Fields {
		if f := &d.Fields[i]; f.PII {
			source.Hidden = append(source.Hidden, hidden(f.Name, &f.Type, named)...)
		}
	}
	slices.Sort(source.Hidden)
	for _, name := range d.KeyFields {
		if slices.Contains(source.Hidden, name) {
			c.at(s.node.keyPlace(), "%s is pii and part of the key, which is in every document's id; "+
				"name it in text, typeahead or filter to allow that, or leave the search out", name)
		}
	}
	return source
}

// hidden are the paths at and below one to a pii value that search does not open: it opens what it names and what
// is below that, and nothing beside it.
func hidden(path string, t *Type, named map[string]bool) []string {
	if named[path] {
		return nil
	}
	below := func(name string) bool { return strings.HasPrefix(name, path+".") }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(named)), below) {
		return []string{path}
	}
	for t.Kind == KindList {
		t = t.Of
	}
	var all []string
	for i := range t.Fields {
		all = append(all, hidden(path+"."+t.Fields[i].Name, &t.Fields[i].Type, named)...)
	}
	return all
}

func nonNil(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
