package model

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

const (
	maxBytes = 1 << 20 // a model of 300 entities is about 100 KB
	maxDepth = 32      // nested maps and lists; the language needs 20 for its deepest fields type
)

// checkBytes refuses, without parsing it, what cannot be a model file.
func checkBytes(r *reporter, src []byte) bool {
	before := r.failed
	switch {
	case len(src) > maxBytes:
		r.whole("the file has %d bytes; a model file has at most %d", len(src), maxBytes)
	case len(bytes.TrimSpace(src)) == 0:
		r.whole("the file is empty; `outflow init` writes one to start from")
	case bytes.HasPrefix(src, []byte("\uFEFF")):
		r.whole("the file begins with a byte order mark; save it as UTF-8 without one")
	case !utf8.Valid(src):
		r.at(placeOfByte(src, invalidUTF8(src)), "not UTF-8; save the file as UTF-8")
	default:
		checkCharacters(r, src)
	}
	return r.failed == before
}

func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		c, n := utf8.DecodeRune(src[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(src)
}

// checkCharacters refuses the characters that YAML 1.1 and 1.2 read differently or not at all: control
// characters, and the line ends that only YAML 1.1 knows.
func checkCharacters(r *reporter, src []byte) {
	bad := func(c rune) bool {
		return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' || c == '\u2028' || c == '\u2029' || c == '\uFEFF'
	}
	if i := bytes.IndexFunc(src, bad); i >= 0 {
		c, _ := utf8.DecodeRune(src[i:])
		r.at(placeOfByte(src, i), "character %U cannot stand in a model file; in a double-quoted text write \\u%04X", c, c)
	}
}

// placeOfByte is the place of the byte at offset i.
func placeOfByte(src []byte, i int) place {
	before := bytes.ReplaceAll(src[:i], []byte("\r\n"), []byte("\n"))
	start := bytes.LastIndexAny(before, "\r\n") + 1
	lines := bytes.Count(before, []byte("\n")) + bytes.Count(before, []byte("\r"))
	return place{line: lines + 1, column: utf8.RuneCount(before[start:]) + 1, width: 1}
}

// checkTokens refuses, before they are parsed, what is nested too deep, a second document, and what readers of
// YAML differ on.
func checkTokens(r *reporter, tokens token.Tokens) bool {
	var depth nesting
	seen := false // content of the document
	for _, t := range tokens {
		switch t.Type {
		case token.DocumentHeaderType, token.DocumentEndType:
			if seen && t.Next != nil && t.Next.Type != token.DocumentEndType {
				r.at(placeOf(t), "a second document; a model file has one")
				return false
			}
			continue
		case token.DirectiveType:
			r.at(placeOf(t), "a directive; leave it out: readers of YAML differ on it")
			return false
		}
		seen = seen || t.Type != token.CommentType
		if depth.after(t) > maxDepth {
			r.at(placeOf(t), "nested deeper than %d levels; a model needs no such depth", maxDepth)
			return false
		}
	}
	return true
}

// nesting is how deep a stream of tokens stands in lists and maps.
type nesting struct {
	flow   int   // open brackets and braces
	blocks []int // columns of the open block collections
}

func (d *nesting) after(t *token.Token) int {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		d.flow++
	case token.SequenceEndType, token.MappingEndType:
		d.flow = max(d.flow-1, 0)
	case token.SequenceEntryType, token.MappingKeyType:
		d.block(t)
	case token.MappingValueType:
		if t.Prev != nil && t.Prev.Position.Line == t.Position.Line {
			d.block(t.Prev)
		} else {
			d.block(t)
		}
	}
	return d.flow + len(d.blocks)
}

// block notes that a block collection has its entry at a token's column: those further right have ended.
func (d *nesting) block(t *token.Token) {
	if d.flow > 0 {
		return
	}
	column := t.Position.Column
	for len(d.blocks) > 0 && d.blocks[len(d.blocks)-1] > column {
		d.blocks = d.blocks[:len(d.blocks)-1]
	}
	if len(d.blocks) == 0 || d.blocks[len(d.blocks)-1] < column {
		d.blocks = append(d.blocks, column)
	}
}
