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
		c.at(c.src.node.keyPlace(), `missing field "event_source" in the model; events need one, such as %s`, c.exampleSource())
	}
}

// rules compiles the rules of one event, one for each schema.
func (c *compiler) rules(d *draft, name word, rules list[ruleSource]) {
	if rules.node != nil && len(rules.items) == 0 {
		c.at(name.node.place, "event %s has no rule; give one, or leave the event out", name.text)
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
		c.fault(src.Schema.node, "schema is %d; schemas count from 1", e.Schema)
	}
	e.Becomes = c.becomes(d, src)
	e.Changes = c.changes(d, src)
	e.Change = c.operations(src)
	e.Data = c.data(d, src)
	return e
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
