package model

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// place is a stretch of characters in one line of the file; line and column count from 1.
type place struct{ line, column, width int }

type nodeKind string

// The kinds of nodes; their texts are those of messages.
const (
	textNode    nodeKind = "text"
	numberNode  nodeKind = "a number"
	booleanNode nodeKind = "a boolean"
	nullNode    nodeKind = "nothing"
	listNode    nodeKind = "a list"
	mapNode     nodeKind = "a map"
	faultyNode  nodeKind = "" // already reported: nothing more is said of it
)

// node is one value of the file, with its place.
type node struct {
	place
	kind    nodeKind
	style   token.Type // of a text: plain, quoted, literal or folded
	text    string     // of a scalar
	key     *node      // what it is the value of, if it stands in a map
	items   []*node    // of a list
	members []member   // of a map, in the order of the file
}

type member struct{ key, value *node }

// keyPlace is where a fault of the value as a whole is shown: at its key, if it has one.
func (n *node) keyPlace() place {
	if n.key != nil {
		return n.key.place
	}
	return n.place
}

// get returns the value of a map's key, or nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, m := range n.members {
		if m.key.text == key {
			return m.value
		}
	}
	return nil
}

// nodes makes nodes from the parser's tree.
type nodes struct{ r *reporter }

func (b *nodes) node(from ast.Node) *node {
	switch from := from.(type) {
	case *ast.MappingNode:
		if from.IsFlowStyle || len(from.Values) == 0 {
			return b.mapping(placeOf(from.Start), from.Values...)
		}
		return b.mapping(placeOf(from.Values[0].Key.GetToken()), from.Values...)
	case *ast.MappingValueNode:
		return b.mapping(placeOf(from.Key.GetToken()), from)
	case *ast.SequenceNode:
		n := &node{place: placeOf(from.Start), kind: listNode}
		for _, item := range from.Values {
			n.items = append(n.items, b.node(item))
		}
		return n
	case *ast.AnchorNode:
		b.refuse(from.Start, "an anchor")
		return b.node(from.Value)
	case *ast.TagNode:
		b.refuse(from.Start, "a tag")
		return &node{place: placeOf(from.Start), kind: faultyNode}
	case *ast.AliasNode:
		b.refuse(from.Start, "an alias")
		return &node{place: placeOf(from.Start), kind: faultyNode}
	}
	return b.scalar(from)
}

func (b *nodes) refuse(t *token.Token, what string) {
	b.r.at(placeOf(t), "%s; write it out: readers of YAML differ on it", what)
}

func (b *nodes) mapping(at place, from ...*ast.MappingValueNode) *node {
	n := &node{place: at, kind: mapNode}
	first := map[string]*node{}
	for _, f := range from {
		key, value := b.key(f.Key), b.node(f.Value)
		if key == nil {
			continue
		}
		value.key = key
		if before := first[key.text]; before != nil {
			b.r.fault(key, "%s is given twice, first in line %d; remove one of the two", key.text, before.line)
			continue
		}
		first[key.text] = key
		n.members = append(n.members, member{key, value})
	}
	return n
}

// key returns a map's key, or nil for one that is no text.
func (b *nodes) key(from ast.MapKeyNode) *node {
	switch from.(type) {
	case *ast.MergeKeyNode:
		b.refuse(from.GetToken(), "a merge key")
		return nil
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return b.scalar(from)
	}
	b.r.at(placeOf(from.GetToken()), "a key must be one word or one quoted text")
	return nil
}

func (b *nodes) scalar(from ast.Node) *node {
	if block, ok := from.(*ast.LiteralNode); ok {
		return &node{place: placeOf(block.Start), kind: textNode, style: block.Start.Type, text: block.Value.Value}
	}
	t := from.GetToken()
	n := &node{place: placeOf(t), kind: textNode, style: t.Type, text: t.Value}
	if s, ok := from.(*ast.StringNode); ok {
		n.text = s.Value
	}
	if t.Type == token.ImplicitNullType {
		n.kind, n.text = nullNode, ""
		return n
	}
	if t.Type != token.SingleQuoteType && t.Type != token.DoubleQuoteType {
		n.style = token.StringType
		b.plain(n)
	}
	return n
}
