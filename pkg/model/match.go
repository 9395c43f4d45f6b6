package model

import (
	"cmp"
	"maps"
	"slices"
)

// prepare fills what Match and Sorted read. Of two entities that could match one key the more specific comes
// first; names decide where neither is.
func (m *Model) prepare() {
	m.told, m.keyed = map[string]*Entity{}, nil
	m.sorted = slices.SortedFunc(maps.Values(m.Entities), func(a, b *Entity) int { return cmp.Compare(a.Name, b.Name) })
	for _, e := range m.sorted {
		if e.ToldByAttribute() {
			m.told[e.Value] = e
		} else {
			m.keyed = append(m.keyed, e)
		}
	}
	// What beats another beats all that the other beats, so the number of those beaten is an order.
	beaten := make(map[*Entity]int, len(m.keyed))
	for _, a := range m.keyed {
		for _, b := range m.keyed {
			if a != b && m.beats(a, b) {
				beaten[a]++
			}
		}
	}
	slices.SortStableFunc(m.keyed, func(a, b *Entity) int { return cmp.Compare(beaten[b], beaten[a]) })
}

// bind appends the texts of the entity's KeyFields if all its templates match the key.
func (m *Model) bind(dst [][]byte, e *Entity, key []KeyValue) ([][]byte, bool) {
	if len(key) != len(m.Table.Key) || len(key) > maxAttributes {
		return dst, false
	}
	for i, attribute := range m.Table.Key {
		if t := e.Key[attribute.Name]; t == nil || attribute.Type != string(key[i].Type) || !t.mayMatch(key[i]) {
			return dst, false
		}
	}
	s := search{names: e.KeyFields, count: len(key)}
	for i, attribute := range m.Table.Key {
		s.templates[i], s.texts[i] = e.Key[attribute.Name], key[i].Text
	}
	for i := range e.KeyFields {
		s.integer[i] = e.Fields[i].Type.Kind == KindInteger
	}
	if !s.run() {
		return dst, false
	}
	return append(dst, s.bound[:len(s.names)]...), true
}

// MatchField returns the value of one placeholder where the whole template matches the text; integer says that
// the field is one, so that only canonical integers match. The other placeholders match as strings do.
func (t *Template) MatchField(text []byte, name string, integer bool) ([]byte, bool) {
	slot := slices.Index(t.names, name)
	if slot < 0 || !t.mayMatch(KeyValue{Type: 'S', Text: text}) {
		return nil, false
	}
	s := search{names: t.names, count: 1}
	s.templates[0], s.texts[0], s.integer[slot] = t, text, integer
	if !s.run() {
		return nil, false
	}
	return s.bound[slot], true
}

// mayMatch looks at the literals at both ends, which tells most entities apart. Numbers and bytes have none.
func (t *Template) mayMatch(v KeyValue) bool {
	if v.Type != 'S' {
		p, bare := t.Bare()
		return bare && p.Pad == 0
	}
	return hasPrefix(v.Text, t.prefix) && hasSuffix(v.Text, t.suffix)
}
