package model

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

const (
	maxBytes = 1 << 20 // a model of 300 entities has about 100 KB
	maxDepth = 32      // nested maps and lists; the language needs some 25 for its deepest fields type
	// The parser takes time in proportion to the square of these two. An index of OpenSearch has at most 1,000
	// fields unless told otherwise (index.mapping.total_fields.limit).
	maxEntries = 1000
	maxTokens  = 100_000 // words, texts and signs; a model of 300 entities has about 60,000
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
		r.at(placeOfByte(src, invalidUTF8(string(src))), "not UTF-8; save the file as UTF-8")
	default:
		checkCharacters(r, src)
	}
	return r.failed == before
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
