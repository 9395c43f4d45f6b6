package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// maxNesting is far above what a line has: DynamoDB nests 32 levels, each of which is two in JSON.
const maxNesting = 200

// CheckCanonical says whether a text is one value in canonical JSON (RFC 8785) whose numbers, if any, are integers of 0
// to 2^53, as in all of the log's formats. The error names the byte, and holds none of the text.
func CheckCanonical(text []byte) error {
	c := canonicalText{text: text}
	err := c.value(0)
	if err == nil && c.at < len(text) {
		err = errors.New("something follows the value")
	}
	if err != nil {
		return fmt.Errorf("not canonical JSON at byte %d: %w", c.at, err)
	}
	return nil
}

// canonicalText is a text that is being read.
type canonicalText struct {
	text []byte
	at   int
}

func (c *canonicalText) next() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

// skip goes over a text that must come.
func (c *canonicalText) skip(text string) error {
	if !bytes.HasPrefix(c.text[c.at:], []byte(text)) {
		return fmt.Errorf("%s should come", text)
	}
	c.at += len(text)
	return nil
}

func (c *canonicalText) value(depth int) error {
	if depth > maxNesting {
		return errors.New("it nests too deeply")
	}
	switch c.next() {
	case '{':
		return c.object(depth)
	case '[':
		return c.array(depth)
	case '"':
		_, err := c.str()
		return err
	case 't':
		return c.skip("true")
	case 'f':
		return c.skip("false")
	case 'n':
		return c.skip("null")
	}
	return c.integer()
}

func (c *canonicalText) object(depth int) error {
	c.at++
	var before []byte
	for first := true; c.next() != '}' || !first; first = false {
		name, err := c.str()
		if err != nil {
			return err
		}
		if !first && jcs.Compare(before, name) >= 0 {
			return errors.New("names are not in order, or one is there twice")
		}
		before = name
		if err := c.skip(":"); err != nil {
			return err
		}
		if err := c.value(depth + 1); err != nil {
			return err
		}
		if c.next() == '}' {
			break
		}
		if err := c.skip(","); err != nil {
			return err
		}
	}
	return c.skip("}")
}

func (c *canonicalText) array(depth int) error {
	c.at++
	for first := true; c.next() != ']' || !first; first = false {
		if err := c.value(depth + 1); err != nil {
			return err
		}
		if c.next() == ']' {
			break
		}
		if err := c.skip(","); err != nil {
			return err
		}
	}
	return c.skip("]")
}

// str reads a string and returns what it stands for.
func (c *canonicalText) str() ([]byte, error) {
	if err := c.skip(`"`); err != nil {
		return nil, err
	}
	start, plain := c.at, true
	for ; c.next() != '"'; c.at++ {
		switch {
		case c.next() < ' ':
			return nil, errors.New("a control character, or the end, in a string")
		case c.next() >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(c.text[c.at:])
			if r == utf8.RuneError && n == 1 {
				return nil, errors.New("it is not UTF-8")
			}
			c.at += n - 1
		case c.next() == '\\':
			plain = false
			c.at++ // whether the escape is the right one shows below
		}
		if c.at >= len(c.text) {
			return nil, errors.New("a string has no end")
		}
	}
	inner := c.text[start:c.at]
	c.at++
	if plain {
		return inner, nil
	}
	return unescaped(c.text[start-1 : c.at])
}

// unescaped reads a string with escapes, which must be those that canonical JSON has.
func unescaped(quoted []byte) ([]byte, error) {
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return nil, errors.New("a string with an escape that is none")
	}
	if !bytes.Equal(jcs.AppendString(nil, s), quoted) {
		return nil, errors.New("a string with an escape that is not the shortest")
	}
	return []byte(s), nil
}

// maxInteger is the largest integer of which all smaller ones have a double of their own: 2^53.
const maxInteger = 1 << 53

func (c *canonicalText) integer() error {
	start, n := c.at, int64(0)
	for ; c.next() >= '0' && c.next() <= '9'; c.at++ {
		if n = n*10 + int64(c.next()-'0'); n > maxInteger {
			return errors.New("a number above 2^53")
		}
	}
	if c.at == start || c.text[start] == '0' && c.at > start+1 {
		return errors.New("a value should come, whose numbers are integers")
	}
	return nil
}
