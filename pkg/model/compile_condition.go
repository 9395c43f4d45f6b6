package model

import (
	"slices"
	"strings"
)

// operations are those that can fire the rule: what it says, or what its other conditions ask for.
func (c *compiler) operations(src *ruleSource) []string {
	becomes, changes := src.node.get("becomes") != nil, src.node.get("changes") != nil
	can := operations
	switch {
	case changes:
		can = []string{Modify}
	case becomes:
		can = []string{Insert, Modify}
	}
	if src.node.get("change") == nil {
		return can
	}
	return c.change(src, can)
}

func (c *compiler) change(src *ruleSource, can []string) []string {
	c.distinct(src.Change, "operation", "in change")
	if src.Change.node != nil && len(src.Change.items) == 0 {
		c.at(src.Change.node.keyPlace(), "change without operations; list some, or leave it out")
	}
	given := texts(src.Change)
	fires := slices.DeleteFunc(slices.Clone(operations), func(o string) bool { return !slices.Contains(given, o) })
	for _, o := range src.Change.items {
		if o.node != nil && slices.Contains(operations, o.text) && !slices.Contains(can, o.text) {
			c.fault(o.node, "this event can never fire on %s: its other conditions need a change of %s", o.text, strings.Join(can, " or "))
		}
	}
	return fires
}

// becomes compiles the values that fields have after the change.
func (c *compiler) becomes(d *draft, src *ruleSource) []Condition {
	if src.Becomes.node != nil && len(src.Becomes.node.members) == 0 {
		c.at(src.Becomes.node.keyPlace(), "becomes without fields; give some, or leave it out")
	}
	var all []Condition
	for _, e := range src.Becomes.entries {
		f := c.fieldOf(d, e.key)
		if f == nil || e.value.node == nil {
			continue
		}
		if value, ok := c.scalarJSON(f, e.value.node); ok {
			all = append(all, Condition{Field: f.Name, Value: value})
		}
	}
	slices.SortFunc(all, func(a, b Condition) int { return strings.Compare(a.Field, b.Field) })
	return all
}

func (c *compiler) changes(d *draft, src *ruleSource) []string {
	if src.Changes.node != nil && len(src.Changes.items) == 0 {
		c.at(src.Changes.node.keyPlace(), "changes without fields; list some, or leave it out")
	}
	c.distinct(src.Changes, "field", "in changes")
	for _, name := range src.Changes.items {
		if name.node == nil {
			continue
		}
		if f := c.fieldOf(d, name); f != nil && f.Key > 0 {
			c.fault(name.node, "%s is part of the key of %s and never changes", f.Name, d.Name)
		}
	}
	return sorted(texts(src.Changes))
}
