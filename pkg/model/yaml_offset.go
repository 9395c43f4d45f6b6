package model

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// inside is the place of the byte at an offset into a node's text: in the file, quotes and escapes counted. Where
// a text runs over several lines and is not a block it is the place of the whole.
func (r *reporter) inside(n *node, offset int) place {
	offset = min(max(offset, 0), len(n.text))
	switch n.style {
	case token.LiteralType, token.FoldedType:
		return r.insideBlock(n, offset)
	}
	line := []rune(r.line(n.line))
	if n.column > len(line) {
		return n.place
	}
	shift, ok := scalarShift(string(line[n.column-1:]), n, offset)
	if !ok {
		return n.place
	}
	return place{line: n.line, column: n.column + shift, width: 1}
}

// scalarShift is the number of characters before the byte at offset of a scalar that source begins with.
func scalarShift(source string, n *node, offset int) (int, bool) {
	shift := 0
	if n.style == token.SingleQuoteType || n.style == token.DoubleQuoteType {
		source, shift = source[1:], 1
	}
	for at := 0; at < offset; {
		c, size := utf8.DecodeRuneInString(n.text[at:])
		written := writtenAs(source, n.style)
		if written == 0 || written == 1 && !strings.HasPrefix(source, string(c)) {
			return 0, false
		}
		shift += written
		source = source[byteLength(source, written):]
		at += size
	}
	return shift, true
}

// writtenAs is the number of characters that the first character of a text takes in its source: one, or more for
// an escape; 0 where the text does not go on in this line.
func writtenAs(source string, style token.Type) int {
	switch {
	case source == "":
		return 0
	case style == token.SingleQuoteType && strings.HasPrefix(source, "''"):
		return 2
	case style != token.DoubleQuoteType || source[0] != '\\' || len(source) < 2:
		return 1
	}
	switch source[1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}

// byteLength is the number of bytes of the first characters of a text.
func byteLength(text string, characters int) int {
	n := 0
	for range characters {
		if n == len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[n:])
		n += size
	}
	return n
}

// insideBlock finds the line of a block scalar that holds the offset. A folded line's end is one character of the
// text, as an unfolded one's is, so that both are counted alike; blank lines between folded ones lead nowhere.
func (r *reporter) insideBlock(n *node, offset int) place {
	before, indent := n.text[:offset], blockIndent(r.line(n.line+1))
	for line := n.line + 1; line <= len(r.lines); line++ {
		text := r.line(line)
		content := text[min(indent, len(text)):]
		if len(before) <= len(content) && strings.HasPrefix(content, before) {
			return place{line: line, column: indent + utf8.RuneCountInString(before) + 1, width: 1}
		}
		rest, ok := strings.CutPrefix(before, content)
		if !ok {
			break
		}
		before = rest[1:]
	}
	return n.place
}

func blockIndent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
