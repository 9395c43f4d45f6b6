package pattern

import "strings"

// quote stands around the text of every string value, so that a number and a string of the same digits differ, and
// the operators on strings see strings only.
const quote = `"`

// text holds for one value as it is written: a string in quotes, or a literal.
type text string

func (t text) holds(v *value) bool { return v.text == string(t) }

type prefix string

func (p prefix) holds(v *value) bool { return strings.HasPrefix(v.text, string(p)) }

type suffix string

func (s suffix) holds(v *value) bool { return strings.HasSuffix(v.text, string(s)) }

// present holds for every value.
type present struct{}

func (present) holds(*value) bool { return true }

// none is anything-but: it holds where none of its tests does.
type none []test

func (n none) holds(v *value) bool {
	for _, t := range n {
		if t.holds(v) {
			return false
		}
	}
	return true
}

// some holds where one of its tests does.
type some []test

func (s some) holds(v *value) bool { return !none(s).holds(v) }

func exactString(s string) test {
	if a, ok := parseAddress(s); ok {
		return hexRange{a, a}
	}
	return text(quote + s + quote)
}

// exactLiteral is a number, true, false or null.
func exactLiteral(literal string) test {
	if n, ok := parseNumber(literal); ok {
		return some{equal(n), text(literal)}
	}
	return text(literal)
}

// wildcard is a text with stars: what stands between them, in order.
type wildcard []string

// newWildcard reads a text in which * stands for any text, \* for a star and \\ for a backslash. It gives a fault
// where two stars follow each other, or a backslash stands before anything else.
func newWildcard(s string) (w wildcard, fault string) {
	part := []byte(quote)
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '*' && strings.HasPrefix(s[i+1:], "*"):
			return nil, "consecutive wildcard characters: one * stands for any text"
		case s[i] == '*':
			w, part = append(w, string(part)), nil
		case s[i] == '\\':
			if i++; i == len(s) || s[i] != '*' && s[i] != '\\' {
				return nil, `in a wildcard a backslash must stand before * or another backslash (in JSON written \\* and \\\\)`
			}
			part = append(part, s[i])
		default:
			part = append(part, s[i])
		}
	}
	return append(w, string(part)+quote), ""
}

func (w wildcard) holds(v *value) bool {
	first, rest := w[0], v.text
	if len(w) == 1 {
		return rest == first
	}
	if !strings.HasPrefix(rest, first) {
		return false
	}
	rest = rest[len(first):]
	for _, part := range w[1 : len(w)-1] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, w[len(w)-1])
}
