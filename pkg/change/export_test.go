package change

// Valid says whether src is one JSON value, as the scanner reads it strictly.
func Valid(src []byte) bool {
	s := scanner{src: src}
	return s.skip(maxDepth) == nil && s.peek() == 0 && s.pos == len(src)
}

// Passed returns the bytes that the scanner takes for the first value in src when it only looks for its end.
func Passed(src []byte) ([]byte, bool) {
	s := scanner{src: src}
	ok := s.pass()
	return src[:s.pos], ok
}

// MaxDepth is how deep JSON may nest.
const MaxDepth = maxDepth

// Normal returns the normal form of a number, and the same from the path that does not look for a short cut.
func Normal(text []byte) (normal, slow []byte, err error) {
	if slow, err = appendNormal(nil, text); err != nil || !isNormal(text) {
		return slow, slow, err
	}
	return text, slow, nil
}

// IsNormal says whether the short cut takes a text for a number in normal form.
func IsNormal(text []byte) bool { return isNormal(text) }
