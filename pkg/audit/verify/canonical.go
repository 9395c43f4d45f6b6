package verify

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// A line is checked in one pass over its bytes: the functions below take the text and the place where something begins,
// and return the place after it, or bad if it is not there in canonical form (RFC 8785, with integers of 0 to 2^53 alone).
// They are what most of a verification's time goes into; audit.CheckCanonical says the same, more slowly.

const bad = -1

// maxNesting is that of audit.CheckCanonical.
const maxNesting = 200

// value is the place after the value that begins at i.
func value(text []byte, i, depth int) int {
	if i >= len(text) || depth > maxNesting {
		return bad
	}
	switch text[i] {
	case '{':
		return object(text, i, depth)
	case '[':
		return array(text, i, depth)
	case '"':
		return str(text, i)
	case 't':
		return word(text, i, "true")
	case 'f':
		return word(text, i, "false")
	case 'n':
		return word(text, i, "null")
	}
	return integer(text, i)
}

// word is the place after a text that must come at i.
func word(text []byte, i int, w string) int {
	if i < 0 || len(text)-i < len(w) || string(text[i:i+len(w)]) != w {
		return bad
	}
	return i + len(w)
}

func object(text []byte, i, depth int) int {
	if i++; i < len(text) && text[i] == '}' {
		return i + 1
	}
	var before []byte
	for {
		end := str(text, i)
		if end == bad || before != nil && !ascending(before, text[i:end]) {
			return bad
		}
		before = text[i:end]
		if end >= len(text) || text[end] != ':' {
			return bad
		}
		if i = value(text, end+1, depth+1); i == bad || i >= len(text) {
			return bad
		}
		switch text[i] {
		case '}':
			return i + 1
		case ',':
			i++
		default:
			return bad
		}
	}
}

func array(text []byte, i, depth int) int {
	if i++; i < len(text) && text[i] == ']' {
		return i + 1
	}
	for {
		if i = value(text, i, depth+1); i == bad || i >= len(text) {
			return bad
		}
		switch text[i] {
		case ']':
			return i + 1
		case ',':
			i++
		default:
			return bad
		}
	}
}

// ascending says that one member's name, with its quotes, comes before another's.
func ascending(a, b []byte) bool {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return jcs.Compare(a[1:len(a)-1], b[1:len(b)-1]) < 0
	}
	x, okX := unquoted(a)
	y, okY := unquoted(b)
	return okX && okY && jcs.Compare(x, y) < 0
}

func unquoted(quoted []byte) (s string, ok bool) {
	return s, json.Unmarshal(quoted, &s) == nil
}

// Kinds of bytes in a string.
const (
	plain = iota
	quote
	backslash
	control
	wide // of a character of several bytes
)

var kinds = func() (table [256]byte) {
	for i := range table {
		switch {
		case i < ' ':
			table[i] = control
		case i >= utf8.RuneSelf:
			table[i] = wide
		}
	}
	table['"'], table['\\'] = quote, backslash
	return table
}()

// str is the place after the string that begins at i.
func str(text []byte, i int) int {
	if i < 0 || i >= len(text) || text[i] != '"' {
		return bad
	}
	for i++; i < len(text); {
		switch kinds[text[i]] {
		case plain:
			i++
		case quote:
			return i + 1
		case backslash:
			n := escape(text[i:])
			if n == 0 {
				return bad
			}
			i += n
		case control:
			return bad
		default:
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				return bad
			}
			i += n
		}
	}
	return bad
}

// escape is the length of the escape that a text begins with, 0 if canonical JSON has it not.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', 'b', 't', 'n', 'f', 'r':
		return 2
	case 'u':
	default:
		return 0
	}
	if len(text) < 6 || string(text[2:4]) != "00" || text[4] != '0' && text[4] != '1' {
		return 0
	}
	low := bytes.IndexByte([]byte("0123456789abcdef"), text[5])
	if low < 0 {
		return 0
	}
	switch c := (text[4]-'0')<<4 | byte(low); c {
	case '\b', '\t', '\n', '\f', '\r': // have a shorter form
		return 0
	}
	return 6
}

const maxInteger = 1 << 53

func integer(text []byte, i int) int {
	start, n := i, int64(0)
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if n = n*10 + int64(text[i]-'0'); n > maxInteger {
			return bad
		}
	}
	if i == start || text[start] == '0' && i > start+1 {
		return bad
	}
	return i
}
