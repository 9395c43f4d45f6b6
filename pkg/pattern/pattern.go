package pattern

import "strings"

// Pattern is a compiled event pattern.
type Pattern struct {
	rules []rule          // one for each combination of $or alternatives; one of them must match
	names map[string]bool // of the fields (true), and of what their names begin with (false)
}

// rule is a list of fields that must all match, in the order of their names.
type rule []field

// field is one name in a pattern with its alternatives.
type field struct {
	name   string
	source string // the alternatives as the pattern has them
	tests  []test // one must hold for a value of the field
	absent bool   // or the field must not be there
}

// test is what one element of a field's list says of a value.
type test interface{ holds(v *value) bool }

// Compile reads an event pattern. Where EventBridge refuses it the error is an *Error.
func Compile(pattern []byte) (*Pattern, error) {
	if err := check(patternText, pattern); err != nil {
		return nil, err
	}
	drafts, err := compile(pattern, false)
	if err != nil && strings.Contains(string(pattern), orName) {
		// What is no "$or" of alternatives may still be a field of that name: then every "$or" is one.
		if plain, plainErr := compile(pattern, true); plainErr == nil {
			drafts, err = plain, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return assemble(drafts), nil
}

// Match reports whether an event, a JSON object, matches. It fails where the event is no JSON object.
func (p *Pattern) Match(event []byte) (bool, error) {
	leaves, err := p.read(event)
	if err != nil {
		return false, err
	}
	for _, r := range p.rules {
		if r.stopped(leaves) < 0 {
			return true, nil
		}
	}
	return false, nil
}

// Miss is why an event does not match one combination of a pattern's alternatives.
type Miss struct {
	Field string   // its name, with dots
	Want  string   // the alternatives, as the pattern has them
	Found []string // the field's values in the event as JSON; none where it is absent
}

// Explain says for each combination of $or alternatives, in their order, which field stops the match: the first by
// name that has no value left that fits together with the fields before it. A field may be named whose value would
// match alone, but stands in another array element than the values before it. It is empty where the event matches.
func (p *Pattern) Explain(event []byte) ([]Miss, error) {
	leaves, err := p.read(event)
	if err != nil {
		return nil, err
	}
	misses := make([]Miss, 0, len(p.rules))
	for _, r := range p.rules {
		at := r.stopped(leaves)
		if at < 0 {
			return nil, nil
		}
		misses = append(misses, r[at].miss(leaves[r[at].name]))
	}
	return misses, nil
}

func (f field) miss(values []value) Miss {
	m := Miss{Field: f.name, Want: f.source}
	for _, v := range values {
		m.Found = append(m.Found, v.source)
	}
	return m
}
