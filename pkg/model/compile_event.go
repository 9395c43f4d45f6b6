package model

import (
	"cmp"
	"slices"
	"strings"
)

// all operations, in the order of the compiled form.
var operations = []string{Insert, Modify, Remove}

// events compiles the rules of all entities.
func (c *compiler) events() {
	first := map[string]*draft{}
	for _, d := range c.drafts {
		for i := range d.src.Events.entries {
			e := &d.src.Events.entries[i]
			if before := first[e.key.text]; before != nil {
				c.fault(e.key.node, "event %s is already one of %s; a name is one kind of event", e.key.text, before.Name)
				continue
			}
			first[e.key.text] = d
			c.rules(d, e.key, e.value)
		}
		slices.SortFunc(d.Events, func(a, b Event) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Schema, b.Schema))
		})
	}
	if len(first) > 0 && c.src.node.get("event_source") == nil {
		c.at(c.src.node.keyPlace(), `missing field "event_source" in the model; events need one, such as com.example.%s`, c.m.Name)
	}
}

// rules compiles the rules of one event, one for each schema.
func (c *compiler) rules(d *draft, name word, rules list[ruleSource]) {
	if rules.node != nil && len(rules.items) == 0 {
		c.at(name.node.place, "event %s has no rule", name.text)
	}
	seen := map[int]bool{}
	for i := range rules.items {
		src := &rules.items[i]
		if src.node == nil {
			continue
		}
		e := c.event(d, name.text, src)
		if seen[e.Schema] {
			c.at(src.schemaPlace(), "event %s has schema %d twice; give each rule a schema of its own", name.text, e.Schema)
		}
		seen[e.Schema] = true
		d.Events = append(d.Events, e)
	}
}

func (r *ruleSource) schemaPlace() place {
	if r.Schema.node != nil {
		return r.Schema.node.place
	}
	return r.node.keyPlace()
}

func (c *compiler) event(d *draft, name string, src *ruleSource) Event {
	e := Event{Name: name, Schema: 1, When: c.rule(d, src.When, true)}
	if src.Schema.node != nil {
		e.Schema = src.Schema.value
	}
	if e.Schema < 1 {
		c.fault(src.Schema.node, "schema %d; schemas count from 1", e.Schema)
	}
	e.Becomes = c.becomes(d, src)
	e.Changes = c.changes(d, src)
	e.Change = c.operations(src)
	e.Data = c.data(d, src)
	return e
}

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
	var fires []string
	for _, operation := range operations {
		if slices.Contains(given, operation) && slices.Contains(can, operation) {
			fires = append(fires, operation)
		}
	}
	if len(fires) == 0 && len(given) > 0 {
		c.at(src.Change.node.keyPlace(), "can never fire: its conditions need a change of %s, but change is %s",
			strings.Join(can, " or "), strings.Join(given, ", "))
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

// data compiles the fields of the event's data.
func (c *compiler) data(d *draft, src *ruleSource) []string {
	n := src.Data.node
	if n == nil {
		return nil
	}
	if n.kind != listNode && len(src.Data.items) == 1 && src.Data.items[0].node != nil && n.text != "*" {
		c.fault(n, `expected a list of field names as data, found text; write it as [%s]`, n.text)
	}
	c.distinct(src.Data, "field", "in data")
	names := []string{}
	for _, name := range src.Data.items {
		switch {
		case name.node == nil:
		case name.text == "*":
			names = append(names, d.public()...)
		case c.fieldOf(d, name) != nil:
			names = append(names, name.text)
		}
	}
	names = sorted(names)
	for _, key := range d.KeyFields {
		if f := d.Field(key); f.PII && !slices.Contains(names, key) {
			c.at(n.keyPlace(), "%s is pii and part of the key, which every event carries; name it in data to allow that", key)
		}
	}
	return names
}

// public are the declared fields that are not pii.
func (d *draft) public() []string {
	var names []string
	for _, e := range d.src.Attributes.entries {
		if f := d.Field(e.key.text); f != nil && !f.PII {
			names = append(names, f.Name)
		}
	}
	return names
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
