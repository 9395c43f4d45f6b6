package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// excerptWidth is the longest stretch of a source line, in characters, that a fault shows.
const excerptWidth = 160

// excerpt renders a source line and, below it, carets under the characters from column (from 1) on. A line too
// long for a screen is cut on both sides of the caret.
func excerpt(line string, column, carets int) string {
	lead, tail, start := "", "", max(column-1, 0)
	if cut := start - excerptWidth/2; cut > 0 && utf8.RuneCountInString(line) > excerptWidth {
		lead, line, start = "...", line[byteLength(line, cut):], start-cut
	}
	if n := byteLength(line, excerptWidth); n < len(line) {
		line, tail = line[:n], "..."
	}
	chars := []rune(line)
	start = min(start, len(chars))
	end := min(start+max(carets, 1), max(len(chars), start+1))
	return lead + printable(chars) + tail + "\n" +
		strings.Repeat(" ", len(lead)) + indent(chars[:start]) + strings.Repeat("^", caretCells(chars, start, end))
}

// indent is as wide as the characters before the caret: a tab stays a tab, so that it reaches the same stop.
func indent(chars []rune) string {
	var b strings.Builder
	for _, c := range chars {
		if c == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", cells(c)))
	}
	return b.String()
}

func caretCells(chars []rune, start, end int) int {
	n := 0
	for i := start; i < end; i++ {
		if i < len(chars) {
			n += cells(chars[i])
			continue
		}
		n++
	}
	return max(n, 1)
}

// cells is the number of columns that a terminal gives a character.
func cells(c rune) int {
	if unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(c).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// printable replaces what would move a terminal's cursor, but for tabs.
func printable(chars []rune) string {
	return strings.Map(func(c rune) rune {
		if c != '\t' && unicode.IsControl(c) || unicode.In(c, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return c
	}, string(chars))
}
