package model

import "slices"

// Two entities may match one key: a literal beats a placeholder, so that the more specific one is tried first, and
// where neither is more specific the model is refused. A template is taken as the language of the texts that it
// matches: literal bytes, one byte or more for a placeholder, the plain form of an integer for an integer field,
// padded digits for a padded one. That integers end at 64 bits is left out of the languages, not of the examples.

const (
	// maxExamples is how many texts per key attribute are tried for a key that two entities match, which takes
	// more than one only where a name repeats.
	maxExamples = 64
	// maxStates bounds the comparison of two contrived templates (numbers behind digits make its states double
	// with each digit); past it neither counts as more specific. Templates without numbers stay below MaxTemplate
	// times the number of their parts.
	maxStates = 1 << 16
)

// Conflict says whether two entities could match one key while neither is more specific than the other, and gives
// such a key in the order of Table.Key. Entities that an attribute tells never conflict by key.
//
// Where a name repeats in an entity's templates a conflict without an example among the first 64 texts that both
// templates of an attribute match is not found; names then decide which entity is tried first.
func (m *Model) Conflict(a, b *Entity) (example []string, conflict bool) {
	if a.ToldByAttribute() || b.ToldByAttribute() || m.disjoint(a, b) || m.beats(a, b) || m.beats(b, a) {
		return nil, false
	}
	return m.example(a, b)
}

// disjoint says that no key can match both.
func (m *Model) disjoint(a, b *Entity) bool {
	for _, k := range m.Table.Key {
		if !a.Key[k.Name].mayShare(b.Key[k.Name]) || len(commonTexts(m.language(a, k), m.language(b, k), 1)) == 0 {
			return true
		}
	}
	return false
}

// beats says that a is more specific than b: b's templates match whatever a's match, and more, or match the same
// with fewer names that repeat.
func (m *Model) beats(a, b *Entity) bool {
	strict := false
	for _, k := range m.Table.Key {
		if !a.Key[k.Name].mayShare(b.Key[k.Name]) || !included(m.language(a, k), m.language(b, k)) {
			return false
		}
	}
	for _, k := range m.Table.Key {
		strict = strict || !included(m.language(b, k), m.language(a, k))
	}
	return strict || repeatsMore(m.placeholders(a), m.placeholders(b))
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

// example looks for a key that both entities match.
func (m *Model) example(a, b *Entity) ([]string, bool) {
	texts := make([][]string, len(m.Table.Key))
	for i, k := range m.Table.Key {
		texts[i] = commonTexts(m.language(a, k), m.language(b, k), maxExamples)
	}
	for key := range product(texts) {
		if m.matches(a, key) && m.matches(b, key) {
			return key, true
		}
	}
	return nil, false
}

func (m *Model) matches(e *Entity, key []string) bool {
	values := make([]KeyValue, len(key))
	for i, text := range key {
		values[i] = KeyValue{Type: m.Table.Key[i].Type[0], Text: []byte(text)}
	}
	_, ok := m.bind(nil, e, values)
	return ok
}

// product gives every choice of one text of each list.
func product(texts [][]string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		choice := make([]string, len(texts))
		var fill func(i int) bool
		fill = func(i int) bool {
			if i == len(texts) {
				return yield(slices.Clone(choice))
			}
			for _, choice[i] = range texts[i] {
				if !fill(i + 1) {
					return false
				}
			}
			return true
		}
		fill(0)
	}
}
