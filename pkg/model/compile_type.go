package model

import (
	"slices"
	"strings"
)

// maxFields is how deep fields types may nest: documents, events and schemas repeat the nesting.
const maxFields = 10

var kindFields = []string{"type", "enum", "list", "map", "fields", "set"}

// setOf are the kinds that a set can hold: DynamoDB's sets are of strings, numbers or binaries.
var setOf = []Kind{KindString, KindEnum, KindInteger, KindNumber, KindDecimal, KindBinary, KindTimestamp}

// compileType compiles a declared type; its Kind is "" where it has faults. depth counts the fields types around it.
func (c *compiler) compileType(src *typeSource, of string, depth int) Type {
	if src.node == nil || !c.oneKind(src, of) {
		return Type{}
	}
	switch {
	case src.Type.node != nil:
		return Type{Kind: Kind(src.Type.text)}
	case src.Enum.node != nil:
		return c.enum(src)
	case src.List != nil:
		return c.container(KindList, src.List, of, depth)
	case src.Map != nil:
		return c.container(KindMap, src.Map, of, depth)
	case src.Set != nil:
		return c.set(src, of, depth)
	case src.Fields.node != nil:
		return c.members(src, of, depth)
	}
	return Type{}
}

// oneKind checks that a map form has exactly one of the fields that make a type.
func (c *compiler) oneKind(src *typeSource, of string) bool {
	if src.node.kind != mapNode {
		return true
	}
	var given []string
	for _, m := range src.node.members {
		if slices.Contains(kindFields, m.key.text) {
			given = append(given, m.key.text)
		}
	}
	if len(given) == 1 {
		return true
	}
	if len(given) == 0 && src.strange {
		return false
	}
	if len(given) == 0 {
		c.at(src.node.keyPlace(), "%s has no type; give one of %s", of, strings.Join(kindFields, ", "))
	} else {
		c.at(src.node.keyPlace(), "%s has %s; a type is exactly one of them", of, strings.Join(given, " and "))
	}
	return false
}

func (c *compiler) enum(src *typeSource) Type {
	if len(src.Enum.items) == 0 {
		c.fault(src.Enum.node, "an enum without values; list them")
	}
	c.distinct(src.Enum, "value", "in the enum")
	return Type{Kind: KindEnum, Values: texts(src.Enum)}
}

func (c *compiler) container(kind Kind, element *typeSource, of string, depth int) Type {
	c.inner(element, of)
	inner := c.compileType(element, of, depth)
	if inner.Kind == "" {
		return Type{}
	}
	return Type{Kind: kind, Of: &inner}
}

func (c *compiler) set(src *typeSource, of string, depth int) Type {
	t := c.container(KindSet, src.Set, of, depth)
	if t.Kind != "" && !slices.Contains(setOf, t.Of.Kind) {
		c.fault(src.Set.node, "a set of %s; DynamoDB's sets hold strings, numbers or binaries: use list", t.Of.Kind)
		return Type{}
	}
	return t
}

func (c *compiler) members(src *typeSource, of string, depth int) Type {
	if depth == maxFields {
		c.at(src.Fields.node.keyPlace(), "fields nested deeper than %d levels", maxFields)
		return Type{}
	}
	if len(src.Fields.node.members) == 0 {
		c.at(src.Fields.node.keyPlace(), "fields without members; list them, or use map where the keys are data")
	}
	t := Type{Kind: KindFields}
	for i := range src.Fields.entries {
		e := &src.Fields.entries[i]
		member := of + "." + e.key.text
		c.inner(&e.value, member)
		inner := c.compileType(&e.value, member, depth+1)
		t.Fields = append(t.Fields, Field{Name: e.key.text, Type: inner})
	}
	sortFields(t.Fields)
	return t
}

// inner refuses, inside of a type, what only an entity's attribute can say.
func (c *compiler) inner(src *typeSource, of string) {
	if src.PII.node != nil {
		c.at(src.PII.node.keyPlace(), "pii inside of %s; mark the attribute as a whole", of)
	}
	if src.StoredAs.node != nil {
		c.at(src.StoredAs.node.keyPlace(), "stored_as inside of %s; only an entity's attributes can be renamed", of)
	}
}

// known says that the type has no faults, nor have its members.
func (t *Type) known() bool {
	return t.Kind != "" && (t.Of == nil || t.Of.known()) &&
		!slices.ContainsFunc(t.Fields, func(f Field) bool { return !f.Type.known() })
}

func sortFields(fields []Field) {
	slices.SortFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
}
