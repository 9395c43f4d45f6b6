package pattern

import (
	"bytes"
	"encoding/json"
)

// cursor walks a JSON text that is known to be valid: it never looks for faults.
type cursor struct {
	text []byte
	at   int
}

// peek is the first byte of what comes next: of a value, a key, or a closing bracket.
func (c *cursor) peek() byte {
	for {
		switch c.text[c.at] {
		case ' ', '\t', '\n', '\r', ',', ':':
			c.at++
		default:
			return c.text[c.at]
		}
	}
}

// enter goes into the object or array that comes next.
func (c *cursor) enter() {
	c.peek()
	c.at++
}

// more reports whether the object or array has another member, and leaves it where not.
func (c *cursor) more() bool {
	if b := c.peek(); b != '}' && b != ']' {
		return true
	}
	c.at++
	return false
}

// raw takes a value, or a key, as it is written.
func (c *cursor) raw() []byte {
	first := c.peek()
	start := c.at
	switch first {
	case '"':
		c.skipString()
	case '{', '[':
		c.skipContainer()
	default:
		for c.at < len(c.text) && bytes.IndexByte([]byte(" \t\n\r,:]}"), c.text[c.at]) < 0 {
			c.at++
		}
	}
	return c.text[start:c.at]
}

func (c *cursor) skipString() {
	for c.at++; c.text[c.at] != '"'; c.at++ {
		if c.text[c.at] == '\\' {
			c.at++
		}
	}
	c.at++
}

func (c *cursor) skipContainer() {
	for depth := 0; ; {
		switch c.text[c.at] {
		case '"':
			c.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.at++
		if depth == 0 {
			return
		}
	}
}

// string takes a string, or a key, that comes next.
func (c *cursor) string() string { return unquote(c.raw()) }

func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return string(inner) // cannot be: the text is valid JSON
	}
	return s
}
