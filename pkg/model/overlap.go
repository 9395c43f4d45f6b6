package model

import "slices"

// Two entities may match one key: a literal beats a placeholder, so that the more specific one is tried first, and
// where neither is more specific the model is refused. A template is taken as the language of the texts that it
// matches: literal bytes, one byte or more for a placeholder, the plain form of an integer for an integer field,
// padded digits for a padded one. That integers end at 64 bits is left out of the languages, not of the examples.

// maxStates bounds the comparison of two contrived templates, where numbers behind digits double the states with
// each digit; past it neither counts as more specific.
const maxStates = 1 << 16

// Conflict says whether two entities could match one key while neither is more specific than the other, and gives
// such a key in the order of Table.Key. Entities that an attribute tells never conflict by key.
//
// Where names repeat in the templates of one entity, a common key is looked for with a bounded number of values for
// them: short ones, and those in texts that both templates of an attribute match. A conflict that needs others is
// not found; the entities' names then decide which is tried first.
func (m *Model) Conflict(a, b *Entity) (example []string, conflict bool) {
	if a.ToldByAttribute() || b.ToldByAttribute() || m.disjoint(a, b) || m.beats(a, b) || m.beats(b, a) {
		return nil, false
	}
	s := exampleSearch{model: m, a: a, b: b, left: maxExamples}
	return s.find(a, b)
}

// disjoint says that no key can match both.
func (m *Model) disjoint(a, b *Entity) bool {
	if !m.mayShare(a, b) {
		return true
	}
	letters := m.alphabet(a, b)
	return slices.ContainsFunc(m.Table.Key, func(k KeyAttribute) bool {
		return len(commonTexts(m.language(a, k), m.language(b, k), letters, 1)) == 0
	})
}

// mayShare is a first look at the literals, which tell most entities apart.
func (m *Model) mayShare(a, b *Entity) bool {
	return !slices.ContainsFunc(m.Table.Key, func(k KeyAttribute) bool { return !a.Key[k.Name].mayShare(b.Key[k.Name]) })
}

// beats says that a is more specific than b: b's templates match whatever a's match, and more, or match the same
// with fewer names that repeat.
func (m *Model) beats(a, b *Entity) bool {
	if !m.mayShare(a, b) {
		return false
	}
	letters, more := m.alphabet(a, b), false
	for _, k := range m.Table.Key {
		inA, inB := m.language(a, k), m.language(b, k)
		if !included(inA, inB, letters) {
			return false
		}
		more = more || !included(inB, inA, letters)
	}
	return more || repeatsMore(m.placeholders(a), m.placeholders(b))
}

// repeatsMore says that where names repeat in b they do in a, and elsewhere too.
func repeatsMore(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	more := false
	for i := range a {
		for j := range i {
			inA, inB := a[i] == a[j], b[i] == b[j]
			if inB && !inA {
				return false
			}
			more = more || inA && !inB
		}
	}
	return more
}

// placeholders lists the names in the templates of the primary key.
func (m *Model) placeholders(e *Entity) []string {
	var names []string
	for _, k := range m.Table.Key {
		for _, p := range e.Key[k.Name].Placeholders() {
			names = append(names, p.Name)
		}
	}
	return names
}

func (m *Model) matches(e *Entity, key []string) bool {
	values := make([]KeyValue, len(key))
	for i, text := range key {
		values[i] = KeyValue{Type: m.Table.Key[i].Type[0], Text: []byte(text)}
	}
	_, ok := m.bind(nil, e, values)
	return ok
}
