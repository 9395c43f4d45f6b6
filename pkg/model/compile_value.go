package model

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// numberDigits is how many significant digits a number has at most: what a double keeps.
const numberDigits = 15

// scalarJSON compiles a value that a field shall have into the JSON that the field's type gives in documents.
func (c *compiler) scalarJSON(f *Field, n *node) (json.RawMessage, bool) {
	var value any
	var want string
	switch f.Type.Kind {
	case KindString:
		value, want = textValue(n)
	case KindEnum:
		return c.enumJSON(f, n)
	case KindInteger:
		value, want = integerValue(n)
	case KindNumber:
		value, want = numberValue(n)
	case KindDecimal:
		value, want = decimalValue(n)
	case KindBoolean:
		value, want = booleanValue(n)
	case KindTimestamp:
		c.at(n.keyPlace(), "%s is a timestamp, and one moment can be written in many ways: compare it with when", f.Name)
		return nil, false
	default:
		c.at(n.keyPlace(), "%s is %s; becomes compares single values: use changes or when", f.Name, describe(&f.Type))
		return nil, false
	}
	if want != "" {
		c.fault(n, "%s is %s; its value here must be %s", f.Name, article(string(f.Type.Kind)), want)
		return nil, false
	}
	if text, ok := value.(string); ok {
		return jcs.AppendString(nil, text), true
	}
	return encode(value), true
}

func textValue(n *node) (any, string) {
	if n.kind != textNode {
		return nil, "a text; quote it"
	}
	return n.text, ""
}

func (c *compiler) enumJSON(f *Field, n *node) (json.RawMessage, bool) {
	if n.kind != textNode || !slices.Contains(f.Type.Values, n.text) {
		c.fault(n, "%s is never %s%s", f.Name, found(n), orMeant(n.text, f.Type.Values))
		return nil, false
	}
	return jcs.AppendString(nil, n.text), true
}

// found is a node in the words of a message.
func found(n *node) string {
	switch n.kind {
	case listNode, mapNode, nullNode:
		return string(n.kind)
	}
	return n.text
}

func integerValue(n *node) (any, string) {
	i, err := strconv.ParseInt(n.text, 0, 64)
	if n.kind != numberNode || err != nil {
		return nil, "a whole number in the range of int64"
	}
	return i, ""
}

func numberValue(n *node) (any, string) {
	d, err := ParseDecimal(n.text)
	if n.kind != numberNode || err != nil || len(strings.Trim(strings.Replace(string(d), ".", "", 1), "-0")) > numberDigits {
		return nil, "a number of at most 15 digits"
	}
	return json.Number(d), ""
}

func decimalValue(n *node) (any, string) {
	d, err := ParseDecimal(n.text)
	if n.kind != numberNode && n.kind != textNode || err != nil {
		return nil, "a number of at most 38 digits"
	}
	return string(d), ""
}

func booleanValue(n *node) (any, string) {
	if n.kind != booleanNode {
		return nil, "true or false"
	}
	return strings.EqualFold(n.text, "true"), ""
}

// rawJSON turns a node into the JSON that it is.
func (c *compiler) rawJSON(n *node) (json.RawMessage, bool) {
	before := c.failed
	value := c.rawValue(n)
	if c.failed > before {
		return nil, false
	}
	return encode(value), true
}

func (c *compiler) rawValue(n *node) any {
	switch n.kind {
	case mapNode:
		all := map[string]any{}
		for _, m := range n.members {
			all[m.key.text] = c.rawValue(m.value)
		}
		return all
	case listNode:
		all := []any{}
		for _, item := range n.items {
			all = append(all, c.rawValue(item))
		}
		return all
	case numberNode:
		d, err := ParseDecimal(n.text)
		if err != nil {
			c.fault(n, "%s is no number of at most 38 digits; quote it if it is a text", n.text)
		}
		return json.Number(d)
	case booleanNode:
		return strings.EqualFold(n.text, "true")
	case nullNode:
		return nil
	}
	return n.text
}

// encode is compact JSON with sorted keys; its callers give it nothing that has no JSON.
func encode(value any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic("model: encode " + err.Error())
	}
	return bytes.TrimSpace(b.Bytes())
}
