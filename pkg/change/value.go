package change

import "iter"

// Value is one value of an image: an attribute, a member of a map, an element of a list or set. The zero Value holds
// nothing. What its methods return as bytes is not to be written to.
type Value struct {
	a *arena
	i int32
}

// Kind is the value's type.
func (v Value) Kind() Kind {
	if v.a == nil {
		return 0
	}
	return v.a.nodes[v.i].kind
}

// Text is the text of a value of kind S, N, B or BOOL, as the kinds say; nil for the others.
func (v Value) Text() []byte {
	if k := v.Kind(); k == 0 || k == KindNULL || k.container() {
		return nil
	}
	return v.a.text(v.i)
}

// String is Text, or for the kinds that have none the canonical form.
func (v Value) String() string {
	if k := v.Kind(); k == KindNULL || k.container() {
		return string(v.AppendCanonical(nil))
	}
	return string(v.Text())
}

// Bool says whether the value is the boolean true.
func (v Value) Bool() bool { return v.Kind() == KindBOOL && len(v.Text()) == len("true") }

// Len is the number of elements of a list or set, or of members of a map; 0 for the other kinds.
func (v Value) Len() int {
	if !v.Kind().container() {
		return 0
	}
	return int(v.a.nodes[v.i].text.n)
}

// Elem is the i-th element of a list, or of a set in canonical order, or the i-th member of a map; it panics where i
// is not below Len.
func (v Value) Elem(i int) Value { return Value{v.a, v.a.children(v.i)[i]} }

// Get returns the member of that name of a map, and whether there is one.
func (v Value) Get(name string) (Value, bool) {
	if v.Kind() != KindM {
		return Value{}, false
	}
	var short [64]byte // keeps names of usual length off the heap
	i, ok := v.a.find(v.i, append(short[:0], name...))
	if !ok {
		return Value{}, false
	}
	return Value{v.a, i}, true
}

// All yields the members of a map in canonical order, and the elements of a list or set with empty names.
func (v Value) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i := range v.Len() {
			if kid := v.Elem(i); !yield(string(v.a.name(kid.i)), kid) {
				return
			}
		}
	}
}

// EqualValues says whether two values have equal canonical forms.
func EqualValues(a, b Value) bool {
	if a.a == nil || b.a == nil {
		return a.a == b.a
	}
	return equal(a.a, a.i, b.a, b.i)
}
