package model

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxExamples bounds the pairs of templates that are looked at for one example.
	maxExamples = 2000
	// maxTexts is how many common texts, and how many values for a name, are tried for each.
	maxTexts = 64
)

// exampleSearch looks for a key that two entities match. Where no name repeats, any texts that the templates of
// each attribute have in common make one. Where one does, it is given values, which makes it part of the literals,
// until no other repeats.
type exampleSearch struct {
	model *Model
	a, b  *Entity
	left  int
}

// find looks for an example of two entities that are a and b, or those with values for some names.
func (s *exampleSearch) find(a, b *Entity) ([]string, bool) {
	if s.left--; s.left < 0 {
		return nil, false
	}
	texts, shortest := make([][]string, len(s.model.Table.Key)), make([]string, len(s.model.Table.Key))
	for i, k := range s.model.Table.Key {
		texts[i] = commonTexts(s.model.language(a, k), s.model.language(b, k), s.model.alphabet(s.a, s.b), maxTexts)
		if len(texts[i]) == 0 {
			return nil, false
		}
		shortest[i] = texts[i][0]
	}
	if s.model.matches(s.a, shortest) && s.model.matches(s.b, shortest) {
		return shortest, true
	}
	if name, ok := s.model.repeated(a); ok {
		return s.findWith(a, name, texts, func(given *Entity) ([]string, bool) { return s.find(given, b) })
	}
	if name, ok := s.model.repeated(b); ok {
		return s.findWith(b, name, texts, func(given *Entity) ([]string, bool) { return s.find(a, given) })
	}
	return nil, false
}

// findWith goes on with each value for the name.
func (s *exampleSearch) findWith(
	e *Entity, name string, texts [][]string, find func(given *Entity) ([]string, bool),
) ([]string, bool) {
	for _, value := range s.values(e, name, texts) {
		given, ok := s.model.with(e, name, value)
		if !ok {
			continue
		}
		if example, ok := find(given); ok {
			return example, true
		}
	}
	return nil, false
}

// values gives what the name might stand for: what it does in the texts of each attribute, and single letters. The
// first of each attribute come first, since one attribute alone may tell how long the value has to be.
func (s *exampleSearch) values(e *Entity, name string, texts [][]string) []string {
	lists := [][]string{strings.Split(string(s.model.alphabet(s.a, s.b)), "")}
	for i, k := range s.model.Table.Key {
		var found []string
		for _, text := range texts[i] {
			found = append(found, e.Key[k.Name].apart().standsFor(name, text)...)
		}
		lists = append(lists, found)
	}
	var values []string
	for i := range maxTexts {
		for _, list := range lists {
			if i < len(list) && !slices.Contains(values, list[i]) {
				values = append(values, list[i])
			}
		}
	}
	return values
}

// apart gives each placeholder a name of its own, with the old one in front.
func (t *Template) apart() *Template {
	apart := &Template{prefix: t.prefix, suffix: t.suffix}
	for _, p := range t.parts {
		if p.Name != "" {
			p.Name += strings.Repeat("'", len(apart.names)+1)
			apart.names = append(apart.names, p.Name)
		}
		apart.parts = append(apart.parts, p)
	}
	return apart
}

// standsFor gives the values of the placeholders that had the name before they were told apart.
func (t *Template) standsFor(name, text string) []string {
	var values []string
	for _, own := range t.names {
		if strings.TrimRight(own, "'") == name {
			if value, ok := t.MatchField([]byte(text), own, false); ok {
				values = append(values, string(value))
			}
		}
	}
	return values
}

// repeated gives a name that stands in the key more than once.
func (m *Model) repeated(e *Entity) (string, bool) {
	names := m.placeholders(e)
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return name, true
		}
	}
	return "", false
}

// with gives the entity with a value in place of a name; it is false where the value does not fit.
func (m *Model) with(e *Entity, name, value string) (*Entity, bool) {
	given := *e
	given.Key = map[string]*Template{}
	for _, k := range m.Table.Key {
		t, ok := e.Key[k.Name].with(name, value)
		if !ok {
			return nil, false
		}
		given.Key[k.Name] = t
	}
	return &given, true
}

// with gives the template with a value in place of a name.
func (t *Template) with(name, value string) (*Template, bool) {
	var b strings.Builder
	for _, p := range t.parts {
		switch {
		case p.Name == "":
			b.WriteString(literalBraces.Replace(p.literal))
		case p.Name != name:
			b.WriteString(p.source())
		case p.Pad > 0 && !isNatural(value):
			return nil, false
		default:
			b.WriteString(strings.Repeat("0", max(0, p.Pad-len(value))) + literalBraces.Replace(value))
		}
	}
	given, err := ParseTemplate(b.String())
	return given, err == nil
}

var literalBraces = strings.NewReplacer("{", "{{", "}", "}}")

// source is the placeholder as a template has it.
func (p Placeholder) source() string {
	if p.Pad == 0 {
		return "{" + p.Name + "}"
	}
	return fmt.Sprintf("{%s:0%d}", p.Name, p.Pad)
}
