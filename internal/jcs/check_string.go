package jcs

import (
	"strings"
	"unicode/utf8"
)

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

// str is the place after the string that begins at i, where a quote is.
func str(text []byte, i int) (int, error) {
	for i++; i < len(text); {
		switch kinds[text[i]] {
		case plain:
			i++
		case quote:
			return i + 1, nil
		case backslash:
			n := escape(text[i:])
			if n == 0 {
				return i, errEscape
			}
			i += n
		case control:
			return i, errControl
		default:
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				return i, errUTF8
			}
			i += n
		}
	}
	return i, errCut
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
	low := strings.IndexByte(hex, text[5])
	if low < 0 {
		return 0
	}
	switch c := (text[4]-'0')<<4 | byte(low); c {
	case '\b', '\t', '\n', '\f', '\r': // have a shorter form
		return 0
	}
	return 6
}
