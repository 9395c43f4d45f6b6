package model

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/internal/nearest"
)

// usable says why a type cannot serve a purpose of search, or "".
type usable func(purpose string, t *Type) string

// searchable is for text and typeahead.
func searchable(purpose string, t *Type) string {
	switch t.Kind {
	case KindString, KindEnum:
		return ""
	case KindList, KindSet, KindMap:
		return searchable(purpose, t.Of)
	case KindFields:
		return "name its members instead"
	}
	return purpose + " takes strings and enums; use filter"
}

func filterable(purpose string, t *Type) string {
	switch t.Kind {
	case KindBinary:
		return "binaries cannot be searched"
	case KindList, KindSet, KindMap:
		return filterable(purpose, t.Of)
	case KindFields:
		return "name its members instead"
	}
	return ""
}

// locatable is for geo.
func locatable(purpose string, t *Type) string {
	if t.Kind == KindList {
		return locatable(purpose, t.Of)
	}
	lat, lon := t.Member("lat"), t.Member("lon")
	if len(t.Fields) != 2 || lat == nil || lon == nil || !lat.Type.isDegrees() || !lon.Type.isDegrees() {
		return "a place is {fields: {lat: number, lon: number}}, or a list of such"
	}
	return ""
}

func (t *Type) isDegrees() bool { return t.Kind == KindNumber || t.Kind == KindDecimal }

// wholePlaces refuses paths into what geo takes as a whole.
func (c *compiler) wholePlaces(s *searchSource, places []string) {
	for _, path := range slices.Concat(s.Text.items, s.Typeahead.items, s.Filter.items) {
		place := path.text[:max(0, strings.LastIndexByte(path.text, '.'))]
		if path.node != nil && slices.Contains(places, place) {
			c.fault(path.node, "%s is part of %s, which geo takes as a whole; leave it out here", path.text, place)
		}
	}
}

// analyzers compiles the analyzers of full-text fields, by path.
func (c *compiler) analyzers(s *searchSource) map[string]string {
	if len(s.Analyzers.entries) == 0 {
		return nil
	}
	all, text := map[string]string{}, texts(s.Text)
	for _, e := range s.Analyzers.entries {
		if !slices.Contains(text, e.key.text) {
			c.fault(e.key.node, "%s has an analyzer but is not in text; full-text search alone has use for one%s", e.key.text,
				nearest.Hint(e.key.text, text))
		}
		all[e.key.text] = e.value.text
	}
	return all
}

// paths compiles one of the lists of paths of a search; it notes them.
func (c *compiler) paths(d *draft, src list[word], fits usable, named map[string]bool) []string {
	if src.node == nil {
		return nil
	}
	purpose := src.node.key.text
	c.distinct(src, "field", "in "+purpose)
	var all []string
	for _, path := range src.items {
		if path.node == nil {
			continue
		}
		named[path.text] = true
		t := c.pathType(d, path)
		if t == nil {
			continue
		}
		if why := fits(purpose, t); why != "" {
			c.fault(path.node, "%s is %s: %s", path.text, describe(t), why)
			continue
		}
		all = append(all, path.text)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// pathType follows a path through fields types, and lists of them, to a type; nil where it leads nowhere.
func (c *compiler) pathType(d *draft, path word) *Type {
	names := strings.Split(path.text, ".")
	f := c.fieldOf(d, word{names[0], path.node})
	if f == nil {
		return nil
	}
	t := &f.Type
	for i, name := range names[1:] {
		holder := strings.Join(names[:i+1], ".")
		for t.Kind == KindList {
			t = t.Of
		}
		if t.Kind != KindFields {
			c.fault(path.node, "%s is %s; it has no members to name", holder, describe(t))
			return nil
		}
		member := t.Member(name)
		if member == nil {
			c.fault(path.node, "%s has no member %s%s", holder, name, orMeant(name, fieldNames(t.Fields)))
			return nil
		}
		t = &member.Type
	}
	if !t.known() {
		return nil
	}
	return t
}

// describe is a type in the words of a message: "a list of string".
func describe(t *Type) string {
	switch t.Kind {
	case KindList, KindSet, KindMap:
		return "a " + string(t.Kind) + " of " + strings.TrimPrefix(describe(t.Of), "a ")
	case KindFields:
		return "a map with members"
	}
	return article(string(t.Kind))
}

// mapping compiles the raw mappings, which OpenSearch alone understands.
func (c *compiler) mapping(d *draft, src dict[anything], named map[string]bool) map[string]json.RawMessage {
	if len(src.entries) == 0 {
		return nil
	}
	all := map[string]json.RawMessage{}
	for _, e := range src.entries {
		named[e.key.text] = true
		if c.fieldOf(d, e.key) == nil || e.value.node == nil {
			continue
		}
		if e.value.node.kind != mapNode || len(e.value.node.members) == 0 {
			c.at(e.value.node.keyPlace(), "the mapping of %s is not one of OpenSearch; write it as in {type: keyword}", e.key.text)
			continue
		}
		if raw, ok := c.rawJSON(e.value.node); ok {
			all[e.key.text] = raw
		}
	}
	return all
}
