package pattern

import (
	"encoding/binary"
	"slices"
)

// chosen are the array elements that the values chosen so far stand in: at most one of each array.
type chosen []member

// stopped is the index of the first field for which no value is left, or -1 where the rule matches: one value of each
// field can be chosen so that no two stand in different elements of one array. A field that must be absent must be so
// in the elements chosen before it.
//
// The choices are followed side by side. What a choice says of an array that no later field stands in is forgotten, so
// that choices in arrays without a common field do not multiply.
func (r rule) stopped(leaves map[string][]value) int {
	states := []chosen{nil}
	for i, f := range r {
		states = r.step(f, states, leaves[f.name])
		if len(states) == 0 {
			return i
		}
		states = distinct(states, r[i+1:].arrays(leaves))
	}
	return -1
}

func (r rule) step(f field, states []chosen, values []value) (next []chosen) {
	matching := make([]value, 0, len(values))
	for _, v := range values {
		if f.matches(&v) {
			matching = append(matching, v)
		}
	}
	for _, s := range states {
		if f.absent && !slices.ContainsFunc(values, func(v value) bool { return s.allows(v.inside) }) {
			next = append(next, s)
		}
		for _, v := range matching {
			if s.allows(v.inside) {
				next = append(next, s.with(v.inside))
			}
		}
	}
	return next
}

func (f field) matches(v *value) bool { return some(f.tests).holds(v) }

func (s chosen) allows(inside []member) bool {
	return !slices.ContainsFunc(inside, func(m member) bool {
		return slices.ContainsFunc(s, func(c member) bool { return c.array == m.array && c.element != m.element })
	})
}

func (s chosen) with(inside []member) chosen {
	all := slices.Concat(s, inside)
	slices.SortFunc(all, func(a, b member) int { return a.array - b.array })
	return slices.Compact(all)
}

// arrays are those that a value of the fields stands in.
func (r rule) arrays(leaves map[string][]value) map[int]bool {
	arrays := map[int]bool{}
	for _, f := range r {
		for _, v := range leaves[f.name] {
			for _, m := range v.inside {
				arrays[m.array] = true
			}
		}
	}
	return arrays
}

// distinct drops what no later field asks for, and then what is there twice.
func distinct(states []chosen, later map[int]bool) []chosen {
	seen := make(map[string]bool, len(states))
	return slices.DeleteFunc(states, func(s chosen) bool {
		var key []byte
		for _, m := range s {
			if later[m.array] {
				key = binary.AppendUvarint(binary.AppendUvarint(key, uint64(m.array)), uint64(m.element))
			}
		}
		again := seen[string(key)]
		seen[string(key)] = true
		return again
	})
}
