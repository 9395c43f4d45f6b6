package change

import "github.com/outflow-dev/outflow/pkg/model"

// Terms are maps whose values an index takes as terms, each as `<path of the map>.<member>=<value>`. A value whose term
// would be longer than Max does not fit.
type Terms struct {
	Max   int                 // bytes, as a text's are counted; what is no text may be spelled longer in the index
	Paths map[*model.Type]int // the map's type to the bytes of its path
}

// term is the one that is being made: how long it is without its value. The zero value is none.
type term struct{ length, most int }

// within is the term that a value of the type t is part of, itself part of the term outer.
func (ts *Terms) within(outer term, t *model.Type) term {
	if ts == nil {
		return outer
	}
	if length, ok := ts.Paths[t]; ok {
		return term{length: length, most: ts.Max}
	}
	return outer
}

// of is the term of a member.
func (t term) of(name []byte) term { return term{t.length + len(".") + len(name), t.most} }

// holds says whether the term takes the value. That of a container takes at least its members' names.
func (t term) holds(v Value) bool { return t.most == 0 || t.length+len("=")+len(v.Text()) <= t.most }
