// Package jcs writes the parts of canonical JSON (RFC 8785) that Outflow's formats are made of: strings in their
// one escaped form, and the order of object keys. Check and Value say whether a text is canonical, and where not.
package jcs

import (
	"time"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// AppendString appends s as a JSON string in the form of RFC 8785, section 3.2.2.2: only quote, backslash and
// control characters are escaped, the latter with their short form where JSON has one. s must be valid UTF-8;
// a byte that is not comes out as U+FFFD.
func AppendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune([]byte(s[i:min(i+utf8.UTFMax, len(s))]))
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		dst = appendEscaped(append(dst, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// AppendStringOrNull is AppendString, with null for an empty s.
func AppendStringOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return AppendString(dst, s)
}

// AppendTimeOrNull appends a moment as a JSON string in RFC 3339 and UTC, with null for the zero time.
func AppendTimeOrNull(dst []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(dst, "null"...)
	}
	return append(at.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
}

// AppendStrings appends a JSON array of strings, [] for none.
func AppendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, s)
	}
	return append(dst, ']')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// Compare orders object keys by their UTF-16 code units, as RFC 8785, section 3.2.3 asks. For valid UTF-8 that
// is the order of bytes, but for one case: U+10000 and above (surrogates in UTF-16, lead bytes F0 to F4 in UTF-8)
// come before U+E000 to U+FFFF (lead bytes EE and EF).
func Compare[T ~string | ~[]byte](a, b T) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0) {
			x, y = y, x
		}
		return int(x) - int(y)
	}
	return len(a) - len(b)
}
