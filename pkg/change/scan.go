package change

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// scanner reads JSON as RFC 8259 has it, and no more: valid UTF-8, no lone surrogates, no control characters in
// strings, no numbers such as 01, no trailing commas. pos is the next byte to read, or, after an error, where it is.
type scanner struct {
	src []byte
	pos int
}

// reason says why something cannot be read. It holds no item data.
type reason string

func (r reason) Error() string { return string(r) }

// What is not JSON. maxDepth bounds the stack; a record needs some 70 levels for the deepest attribute.
const (
	errEnd       reason = "JSON ends too early"
	errToken     reason = "JSON has an unexpected character"
	errNumber    reason = "JSON has a malformed number"
	errControl   reason = "JSON string holds a control character"
	errEscape    reason = "JSON string holds a malformed escape"
	errSurrogate reason = "JSON string holds half of a surrogate pair"
	errUTF8      reason = "JSON string is not valid UTF-8"
	errDepth     reason = "JSON nests too deep"

	maxDepth = 512
)

// peek skips white space and returns the next byte without reading it, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.src) && s.src[s.pos] > ' ' {
		return s.src[s.pos]
	}
	return s.peekSlow()
}

func (s *scanner) peekSlow() byte {
	for ; s.pos < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// expect reads the character c.
func (s *scanner) expect(c byte) error {
	if s.peek() != c {
		return s.unexpected()
	}
	s.pos++
	return nil
}

func (s *scanner) unexpected() error {
	if s.pos >= len(s.src) {
		return errEnd
	}
	return errToken
}

// more reads what stands before an element of an object or array: nothing before the first, a comma before the
// others, and the closing character after the last, for which it returns false.
func (s *scanner) more(first bool, closing byte) (bool, error) {
	switch c := s.peek(); {
	case c == closing:
		s.pos++
		return false, nil
	case first:
		return true, nil
	case c == ',':
		s.pos++
		if s.peek() == closing {
			return false, errToken
		}
		return true, nil
	}
	return false, s.unexpected()
}

// str reads a string and returns where its content lies in src, and whether that has escapes in it. Escapes are
// checked by unescape.
func (s *scanner) str() (text span, escaped bool, err error) {
	if err := s.expect('"'); err != nil {
		return span{}, false, err
	}
	start, high := s.pos, uint64(0)
	for {
		n, h := plain(s.src[s.pos:])
		s.pos, high = s.pos+n, high|h
		if s.pos >= len(s.src) {
			return span{}, false, errEnd
		}
		switch s.src[s.pos] {
		case '"':
			text = span{int32(start), int32(s.pos - start)}
			if high != 0 && !utf8.Valid(s.src[start:s.pos]) {
				return span{}, false, errUTF8
			}
			s.pos++
			return text, escaped, nil
		case '\\':
			escaped = true
			if s.pos += 2; s.pos > len(s.src) {
				return span{}, false, errEnd
			}
		default:
			return span{}, false, errControl
		}
	}
}

// plain counts the bytes before the first quote, backslash or control character, eight at a time. high is not 0
// if bytes outside ASCII may be among them.
func plain(b []byte) (n int, high uint64) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; n+8 <= len(b); n += 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// A byte of x is below k (k <= 128) where x - k borrows and x has no high bit; the lowest one found is exact.
		stop := ((w-ones*0x20)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if stop != 0 {
			k := bits.TrailingZeros64(stop) / 8
			return n + k, high | w&highs
		}
		high |= w & highs
	}
	for ; n < len(b) && b[n] >= 0x20 && b[n] != '"' && b[n] != '\\'; n++ {
		high |= uint64(b[n] & 0x80)
	}
	return n, high
}
