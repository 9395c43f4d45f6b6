package pattern

import "slices"

// value is one leaf of an event.
type value struct {
	source   string // as the event has it
	text     string // a string in quotes, without escapes; a literal as it is written
	number   float64
	isNumber bool
	address  string   // in hexadecimal where it is an IP address; "" else
	inside   []member // the array elements that it stands in, outer before inner
}

// member is an element of an array. Arrays are numbered as they come.
type member struct{ array, element int }

// reader collects the leaves that a pattern names.
type reader struct {
	cursor
	names  map[string]bool
	leaves map[string][]value // by name, with dots
	path   []byte
	depth  int // objects around
	inside []member
	arrays int
}

func (p *Pattern) read(event []byte) (map[string][]value, error) {
	if err := check(eventText, event); err != nil {
		return nil, err
	}
	r := reader{cursor: cursor{text: event}, names: p.names, leaves: make(map[string][]value, len(p.names))}
	r.object()
	return r.leaves, nil
}

func (r *reader) object() {
	r.depth++
	for r.enter(); r.more(); {
		length := len(r.path)
		if r.depth > 1 {
			r.path = append(r.path, '.')
		}
		r.path = append(r.path, r.string()...)
		if _, known := r.names[string(r.path)]; known {
			r.value()
		} else {
			r.raw()
		}
		r.path = r.path[:length]
	}
	r.depth--
}

func (r *reader) value() {
	switch r.peek() {
	case '{':
		r.object()
	case '[':
		r.array()
	default:
		r.leaf()
	}
}

func (r *reader) array() {
	array := r.arrays
	r.arrays++
	element := 0
	for r.enter(); r.more(); element++ {
		if first := r.peek(); first == '{' || first == '[' {
			r.inside = append(r.inside, member{array, element})
			r.value()
			r.inside = r.inside[:len(r.inside)-1]
		} else {
			r.leaf() // the elements of a plain list are the field's values, in no element of their own
		}
	}
}

func (r *reader) leaf() {
	first := r.peek()
	source := r.raw()
	if !r.names[string(r.path)] {
		return
	}
	v := value{source: string(source), inside: slices.Clone(r.inside)}
	if first == '"' {
		s := unquote(source)
		v.text = quote + s + quote
		v.address, _ = parseAddress(s)
	} else {
		v.text = v.source
		v.number, v.isNumber = parseNumber(v.source)
	}
	r.leaves[string(r.path)] = append(r.leaves[string(r.path)], v)
}

// CheckEvent is the *Error for which Match and Explain would fail on a text: it is no JSON object in UTF-8.
func CheckEvent(event []byte) error { return check(eventText, event) }
