package change

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape appends the content of a JSON string, without its quotes, with its escapes resolved.
func unescape(dst, raw []byte) ([]byte, error) {
	for len(raw) > 0 {
		n, _ := plain(raw)
		dst, raw = append(dst, raw[:n]...), raw[n:]
		if len(raw) == 0 {
			return dst, nil
		}
		if len(raw) < 2 {
			return dst, errEscape
		}
		if raw[1] == 'u' {
			r, n, err := unicodeEscape(raw)
			if err != nil {
				return dst, err
			}
			dst, raw = utf8.AppendRune(dst, r), raw[n:]
			continue
		}
		c := shortEscape(raw[1])
		if c == 0 {
			return dst, errEscape
		}
		dst, raw = append(dst, c), raw[2:]
	}
	return dst, nil
}

// shortEscape is the character that a backslash and c stand for, 0 if none.
func shortEscape(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// unicodeEscape resolves \uXXXX, or a surrogate pair of them, at the start of raw, and says how long it is.
func unicodeEscape(raw []byte) (r rune, n int, err error) {
	r, ok := hex4(raw)
	switch {
	case !ok:
		return 0, 0, errEscape
	case !utf16.IsSurrogate(r):
		return r, 6, nil
	}
	low, _ := hex4(raw[6:])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0, errSurrogate
	}
	return r, 12, nil
}

// hex4 reads \uXXXX at the start of raw.
func hex4(raw []byte) (r rune, ok bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	for _, c := range raw[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
