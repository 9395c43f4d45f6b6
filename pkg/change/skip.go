package change

// skip reads one value of any kind, strictly. depth is how many more levels of nesting it may have.
func (s *scanner) skip(depth int) error {
	switch c := s.peek(); c {
	case '"':
		return s.skipString()
	case '{':
		return s.skipObject(depth - 1)
	case '[':
		return s.skipArray(depth - 1)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		if c == '-' || c >= '0' && c <= '9' {
			_, err := s.number()
			return err
		}
		return s.unexpected()
	}
}

func (s *scanner) skipString() error {
	text, escaped, err := s.str()
	if err == nil && escaped {
		_, err = unescape(nil, text.of(s.src))
	}
	return err
}

func (s *scanner) skipObject(depth int) error {
	if depth < 0 {
		return errDepth
	}
	s.pos++
	for first := true; ; first = false {
		if more, err := s.more(first, '}'); !more || err != nil {
			return err
		}
		if err := s.skipString(); err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := s.skip(depth); err != nil {
			return err
		}
	}
}

func (s *scanner) skipArray(depth int) error {
	if depth < 0 {
		return errDepth
	}
	s.pos++
	for first := true; ; first = false {
		if more, err := s.more(first, ']'); !more || err != nil {
			return err
		}
		if err := s.skip(depth); err != nil {
			return err
		}
	}
}

// literal reads true, false or null.
func (s *scanner) literal(word string) error {
	s.peek()
	rest := s.src[s.pos:]
	if len(rest) < len(word) || string(rest[:len(word)]) != word {
		return s.unexpected()
	}
	s.pos += len(word)
	return nil
}

// number reads a JSON number and returns where it lies in src.
func (s *scanner) number() (span, error) {
	s.peek()
	start := s.pos
	s.accept('-')
	if s.accept('0') {
		if s.digits() > 0 {
			return span{}, errNumber
		}
	} else if s.digits() == 0 {
		return span{}, errNumber
	}
	if s.accept('.') && s.digits() == 0 {
		return span{}, errNumber
	}
	if s.accept('e') || s.accept('E') {
		_ = s.accept('+') || s.accept('-')
		if s.digits() == 0 {
			return span{}, errNumber
		}
	}
	return span{int32(start), int32(s.pos - start)}, nil
}

func (s *scanner) accept(c byte) bool {
	if s.pos < len(s.src) && s.src[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) digits() (n int) {
	for ; s.pos < len(s.src) && s.src[s.pos] >= '0' && s.src[s.pos] <= '9'; s.pos++ {
		n++
	}
	return n
}

// pass moves over one value by its quotes and brackets alone, so that a value which is malformed inside still has
// an end, and its neighbours can be read. It returns false where no end is found.
func (s *scanner) pass() bool {
	s.peek()
	start := s.pos
	for open := 0; s.pos < len(s.src); {
		switch s.src[s.pos] {
		case '"':
			if !s.passString() {
				return false
			}
			if open == 0 {
				return true
			}
			continue
		case '{', '[':
			open++
		case '}', ']':
			if open == 0 {
				return s.pos > start
			}
			if open--; open == 0 {
				s.pos++
				return true
			}
		case ',', ' ', '\t', '\n', '\r':
			if open == 0 {
				return s.pos > start
			}
		}
		s.pos++
	}
	return false
}

func (s *scanner) passString() bool {
	for s.pos++; s.pos < len(s.src); s.pos++ {
		switch s.src[s.pos] {
		case '"':
			s.pos++
			return true
		case '\\':
			s.pos++
		}
	}
	return false
}
