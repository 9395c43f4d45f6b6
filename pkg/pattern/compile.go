package pattern

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

const (
	orName          = "$or"
	maxCombinations = 1000 // "InvalidEventPatternException if the use of $or results in over 1000 rule combinations"
	maxFields       = 256  // of one combination, as the service's matching engine limits it
)

// reserved are the names that a field inside "$or" must not have; some are kept free for operators to come.
var reserved = []string{
	"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
	"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
	"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}

// draft is a rule under way: fields by name.
type draft map[string]field

// compiler reads a pattern; each of its methods takes what the cursor stands before.
type compiler struct {
	cursor
	plain bool // "$or" is a field
}

func compile(pattern []byte, plain bool) ([]draft, error) {
	c := &compiler{cursor: cursor{text: pattern}, plain: plain}
	c.peek()
	start := c.at
	drafts, err := c.object([]draft{{}}, "", false)
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		if len(d) > maxFields {
			return nil, c.fault(start, "%d fields together: a pattern may have %d", len(d), maxFields)
		}
	}
	return drafts, nil
}

func (c *compiler) fault(offset int, format string, args ...any) *Error {
	return fault(patternText, c.text, offset, format, args...)
}

// object adds the fields of an object to each of the drafts; "$or" makes more of them.
func (c *compiler) object(drafts []draft, path string, inOr bool) ([]draft, error) {
	c.peek()
	start, empty := c.at, true
	for c.enter(); c.more(); empty = false {
		at := c.at
		name := c.string()
		if inOr && name != orName && slices.Contains(reserved, name) {
			return nil, c.fault(at, "%q is an operator and cannot be a field inside %q", name, orName)
		}
		var err error
		if drafts, err = c.member(drafts, path, name, inOr); err != nil {
			return nil, err
		}
	}
	if empty {
		return nil, c.fault(start, "an empty object matches nothing: name at least one field")
	}
	return drafts, nil
}

func (c *compiler) member(drafts []draft, path, name string, inOr bool) ([]draft, error) {
	if name == orName && !c.plain {
		return c.or(drafts, path)
	}
	full := path + name
	switch c.peek() {
	case '{':
		return c.object(drafts, full+".", inOr)
	case '[':
		f, err := c.field(full)
		if err != nil {
			return nil, err
		}
		for _, d := range drafts {
			d[full] = f
		}
		return drafts, nil
	default:
		return nil, c.fault(c.at, "%q must be an object or a list of values, as in %q: [...]", name, name)
	}
}

// or makes of each draft one for each alternative.
func (c *compiler) or(drafts []draft, path string) ([]draft, error) {
	if c.peek() != '[' {
		return nil, c.fault(c.at, "%q must be a list of objects", orName)
	}
	start := c.at
	var all []draft
	alternatives := 0
	for c.enter(); c.more(); alternatives++ {
		if c.peek() != '{' {
			return nil, c.fault(c.at, "%q must hold objects only", orName)
		}
		copies := make([]draft, len(drafts))
		for i, d := range drafts {
			copies[i] = maps.Clone(d)
		}
		made, err := c.object(copies, path, true)
		if err != nil {
			return nil, err
		}
		if all = append(all, made...); len(all) > maxCombinations {
			return nil, c.fault(start, "%q gives more than %d combinations of alternatives", orName, maxCombinations)
		}
	}
	if alternatives < 2 {
		return nil, c.fault(start, "%q must hold at least two objects", orName)
	}
	return all, nil
}

// field takes a list of alternatives.
func (c *compiler) field(name string) (field, error) {
	c.peek()
	start := c.at
	f := field{name: name}
	for c.enter(); c.more(); {
		if err := c.alternative(&f); err != nil {
			return field{}, err
		}
	}
	if f.source = string(c.text[start:c.at]); len(f.tests) == 0 && !f.absent {
		return field{}, c.fault(start, "an empty list matches nothing: give at least one value")
	}
	return f, nil
}

func (c *compiler) alternative(f *field) error {
	switch c.peek() {
	case '[':
		return c.fault(c.at, "a value must be a string, a number, true, false, null or an operator, not a list")
	case '{':
		return c.operator(f)
	case '"':
		f.tests = append(f.tests, exactString(c.string()))
	default:
		f.tests = append(f.tests, exactLiteral(string(c.raw())))
	}
	return nil
}

// assemble puts the fields in the order in which they are matched: by name, compared in UTF-16.
func assemble(drafts []draft) *Pattern {
	p := &Pattern{names: map[string]bool{}}
	for _, d := range drafts {
		r := slices.SortedFunc(maps.Values(d), func(a, b field) int { return compareNames(a.name, b.name) })
		for _, f := range r {
			p.know(f.name)
		}
		p.rules = append(p.rules, r)
	}
	return p
}

// know notes a field's name, and all that an event's path to it can be on the way.
func (p *Pattern) know(name string) {
	for i := range len(name) {
		if _, known := p.names[name[:i]]; name[i] == '.' && !known {
			p.names[name[:i]] = false
		}
	}
	p.names[name] = true
}

func compareNames(a, b string) int {
	if strings.IndexFunc(a+b, func(r rune) bool { return r > 0x7f }) < 0 {
		return cmp.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}
