package model

import "slices"

// language is the set of texts that a template matches, as a non-deterministic automaton: state 0 is the start,
// every state leads to the end of some text.
type language struct {
	edges [][]edge
	ends  []int  // states at which a text may end
	kind  string // S, N or B: what the key attribute holds
}

type edge struct {
	on class
	to int
}

// class is a set of bytes: one byte, or one of those below.
type class int

const (
	anyByte class = 256 + iota
	digit
	nonZero
)

func (c class) has(b byte) bool {
	switch c {
	case anyByte:
		return true
	case digit:
		return '0' <= b && b <= '9'
	case nonZero:
		return '1' <= b && b <= '9'
	}
	return class(b) == c
}

// language makes the automaton of an entity's template for a key attribute.
func (m *Model) language(e *Entity, k KeyAttribute) *language {
	l := &language{edges: make([][]edge, 1), ends: []int{0}, kind: k.Type}
	for _, p := range e.Key[k.Name].parts {
		f := e.Field(p.Name)
		switch {
		case p.Name == "":
			l.literal(p.literal)
		case p.Pad > 0:
			l.padded(p.Pad)
		case f != nil && f.Type.Kind == KindInteger:
			l.integer()
		default:
			some := l.state(anyByte, l.ends...)
			l.loop(some, anyByte)
			l.ends = []int{some}
		}
	}
	return l
}

func (l *language) literal(text string) {
	for _, b := range []byte(text) {
		l.ends = []int{l.state(class(b), l.ends...)}
	}
}

// integer adds 0, or an optional minus and digits of which the first is not 0.
func (l *language) integer() {
	zero := l.state('0', l.ends...)
	minus := l.state('-', l.ends...)
	digits := l.state(nonZero, append(l.ends, minus)...)
	l.loop(digits, digit)
	l.ends = []int{zero, digits}
}

// padded adds as many digits as the width, or more of which the first is not 0.
func (l *language) padded(width int) {
	short, long := l.state('0', l.ends...), l.state(nonZero, l.ends...)
	for range width - 1 {
		short, long = l.state(digit, short), l.state(digit, long)
	}
	l.loop(long, digit)
	l.ends = []int{short, long}
}

// state adds a state that is reached from others.
func (l *language) state(on class, from ...int) int {
	to := len(l.edges)
	l.edges = append(l.edges, nil)
	for _, state := range from {
		l.edges[state] = append(l.edges[state], edge{on, to})
	}
	return to
}

func (l *language) loop(state int, on class) {
	l.edges[state] = append(l.edges[state], edge{on, state})
}

func (l *language) ended(state int) bool { return slices.Contains(l.ends, state) }

// alphabet gives bytes that stand for all bytes between which the templates of two entities could tell a
// difference, those that read best in an example first.
func (m *Model) alphabet(a, b *Entity) []byte {
	var used []byte
	for _, k := range m.Table.Key {
		for _, p := range slices.Concat(a.Key[k.Name].parts, b.Key[k.Name].parts) {
			used = append(used, p.literal...)
		}
	}
	letters := append(unused(used, readable), unused(used, "123456789")...)
	letters = append(letters, "0-"...)
	slices.Sort(used)
	for _, b := range slices.Compact(used) {
		if !slices.Contains(letters, b) {
			letters = append(letters, b)
		}
	}
	return letters
}

// readable bytes are tried first as those that stand for all bytes that no literal has.
var readable = func() string {
	all := []byte("xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ_.")
	for b := range 256 {
		if !digit.has(byte(b)) && b != '-' {
			all = append(all, byte(b))
		}
	}
	return string(all)
}()

// unused gives the first candidate that is not used, or nothing.
func unused(used []byte, candidates string) []byte {
	for _, b := range []byte(candidates) {
		if !slices.Contains(used, b) {
			return []byte{b}
		}
	}
	return nil
}
