package model

import (
	"bytes"
	"slices"
)

const (
	maxAttributes = 2 // of a key

	// maxSteps bounds the work on one hostile key; a key with more to try does not match. Failures are remembered,
	// so that a placeholder takes a step for each byte of the key at most. Only two kinds of templates can take
	// more: one with a name in it twice, where a failure depends on what the name stands for, and one with chains
	// of numbers between digits.
	maxSteps = maxAttributes * MaxPlaceholders * MaxTemplate
)

// search looks for values of the placeholders with which the templates render to the texts, byte for byte. It takes
// the shortest value first and goes back where that leads nowhere, over all templates of the key, since a name
// stands for the same value in all of them.
type search struct {
	templates [maxAttributes]*Template
	texts     [maxAttributes][]byte
	count     int                                     // of templates
	names     []string                                // of the values
	bound     [maxAttributes * MaxPlaceholders][]byte // the values, by name; empty while there is none
	integer   [maxAttributes * MaxPlaceholders]bool   // by name
	repeats   bool
	steps     int
	// failed is, for a placeholder of any bytes, the earliest place from which it found no way on, counted from the
	// end of the text: from a later place there is none either, as the same ends are left to try, or fewer.
	failed [maxAttributes][2*MaxPlaceholders + 1]int32
}

// run says whether there are such values; they are in bound then.
func (s *search) run() bool {
	s.repeats = repeats(s.names, s.templates[:s.count])
	return s.match(0, 0, 0)
}

// match matches template i from its part p on with its text from at on, and then the templates behind it.
func (s *search) match(i, p, at int) bool {
	if i == s.count {
		return true
	}
	t, text := s.templates[i], s.texts[i]
	if p == len(t.parts) {
		return at == len(text) && s.match(i+1, 0, 0)
	}
	part := &t.parts[p]
	if part.Name == "" {
		return hasPrefix(text[at:], part.literal) && s.match(i, p+1, at+len(part.literal))
	}
	slot := slices.Index(s.names, part.Name)
	if len(s.bound[slot]) == 0 {
		return s.bind(i, p, at, slot)
	}
	end := at + max(part.Pad, len(s.bound[slot]))
	return end <= len(text) && s.same(part, slot, text[at:end]) && s.match(i, p+1, end)
}

// same says that the text is the rendered form of the value that the name has already.
func (s *search) same(p *part, slot int, text []byte) bool {
	value, ok := p.value(text, s.integer[slot])
	return ok && bytes.Equal(value, s.bound[slot])
}

// bind gives the placeholder ever longer values until the rest matches.
func (s *search) bind(i, p, at, slot int) bool {
	t, text := s.templates[i], s.texts[i]
	part, number := &t.parts[p], s.integer[slot] || t.parts[p].Pad > 0
	left := int32(len(text) - at)
	if s.failed[i][p] > left {
		return false
	}
	limit := len(text)
	if number {
		limit = at + integerPrefix(text[at:])
	}
	for end := t.end(p, text, at+1); 0 < end && end <= limit; end = t.end(p, text, end+1) {
		if s.steps++; s.steps > maxSteps {
			return false
		}
		if value, ok := part.value(text[at:end], s.integer[slot]); ok {
			s.bound[slot] = value
			if s.match(i, p+1, end) {
				return true
			}
		}
	}
	s.bound[slot] = nil
	if !s.repeats && !number {
		s.failed[i][p] = left + 1
	}
	return false
}

// end returns the first place at or after from where the value of placeholder p can end, or 0.
func (t *Template) end(p int, text []byte, from int) int {
	end := len(text)
	if p+1 < len(t.parts) {
		literal := t.parts[p+1].literal
		if p+2 < len(t.parts) {
			return indexFrom(text, literal, from)
		}
		end -= len(literal)
	}
	if end < from {
		return 0
	}
	return end
}

// value returns what the text of a placeholder stands for, a slice of it, if it could have been rendered so.
func (p *part) value(text []byte, integer bool) ([]byte, bool) {
	switch {
	case p.Pad > 0:
		plain := trimZeros(text)
		padded := len(text) == max(p.Pad, len(plain))
		return plain, padded && isNatural(plain)
	case integer:
		return text, isInteger(text)
	}
	return text, true
}
