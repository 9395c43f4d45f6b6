package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
)

func TestConflict(t *testing.T) {
	integer := map[string]model.Kind{"n": model.KindInteger, "m": model.KindInteger}
	number := map[string]model.Kind{"n": model.KindInteger, "x": model.KindNumber}
	binary := map[string]model.Kind{"x": model.KindBinary, "y": model.KindBinary}
	for _, row := range []struct {
		name, types   string
		kinds         map[string]model.Kind
		first, second []string
		want          []string // example, nil where there is no conflict
	}{
		{"other literals", "SS", nil, []string{"ORDER#{a}", "META"}, []string{"USER#{a}", "META"}, nil},
		{"other sort keys", "SS", nil, []string{"ORDER#{a}", "META"}, []string{"ORDER#{a}", "ITEM#{b}"}, nil},
		{"a literal beats a placeholder", "SS", nil, []string{"ORDER#{a}", "{b}"}, []string{"ORDER#{a}", "META"}, nil},
		{"a longer prefix beats", "S", nil, []string{"ORDER#{a}"}, []string{"ORDER#X#{a}"}, nil},
		{"more specific in both", "SS", nil, []string{"O#{a}", "I#{b}"}, []string{"{a}", "{b}"}, nil},
		{"the same template", "S", nil, []string{"ORDER#{a}"}, []string{"ORDER#{b}"}, []string{"ORDER#x"}},
		{"the same literal", "SS", nil, []string{"A", "B"}, []string{"A", "B"}, []string{"A", "B"}},
		{"each more specific in one", "SS", nil, []string{"O#{a}", "{b}"}, []string{"{a}", "META"}, []string{"O#x", "META"}},
		{"prefix and suffix", "S", nil, []string{"A#{a}"}, []string{"{a}#B"}, []string{"A#B"}},
		{"prefix and suffix that overlap", "S", nil, []string{"ABC{a}"}, []string{"{a}BCD"}, []string{"ABCD"}},
		{"a delimiter inside a value", "S", nil, []string{"A#{a}#{b}"}, []string{"A#{a}"}, nil},
		{"two delimiters", "S", nil, []string{"{a}#{b}"}, []string{"{a}|{b}"}, []string{"x#|x"}},
		{"one template in the middle of another", "S", nil, []string{"{a}#{b}"}, []string{"{a}##{b}"}, nil},
		{"another end", "S", nil, []string{"A#{a}X"}, []string{"A#{a}Y"}, nil},
		{"a number beats a word", "S", integer, []string{"A#{a}"}, []string{"A#{n}"}, nil},
		{"a padded number beats a word", "S", nil, []string{"A#{a}"}, []string{"A#{b:03}"}, nil},
		{"a padded number with one digit beats an integer", "S", integer, []string{"{n}"}, []string{"{b:01}"}, nil},
		{"a padded number and an integer", "S", integer, []string{"{n}"}, []string{"{b:03}"}, []string{"111"}},
		{"two widths", "S", nil, []string{"{a:02}"}, []string{"{b:03}"}, []string{"111"}},
		{"the same width", "S", nil, []string{"{a:03}"}, []string{"{b:03}"}, []string{"111"}},
		{"an integer is no word", "S", integer, []string{"{n}"}, []string{"X{a}"}, nil},
		{"an integer beats all but what it cannot be", "S", integer, []string{"{n}"}, []string{"1{a}"}, []string{"12"}},
		{"a literal that is a number", "S", integer, []string{"{n}"}, []string{"42"}, nil},
		{"a literal that is no number", "S", integer, []string{"{n}"}, []string{"042"}, nil},
		{"integers with delimiters", "S", integer, []string{"{n}-{m}"}, []string{"{a}-1"}, []string{"2-1"}},
		{"a repeated name beats two names", "SS", nil, []string{"O#{a}", "O#{a}"}, []string{"O#{a}", "O#{b}"}, nil},
		{"repeated names that agree", "SS", nil, []string{"O#{a}", "O#{a}"}, []string{"O#{b}", "O#{b}"}, []string{"O#x", "O#x"}},
		{"other names that repeat", "S", nil, []string{"{a}#{a}#{b}"}, []string{"{a}#{b}#{b}"}, []string{"x#x#x"}},
		{"a repeated name that must be longer", "SS", nil, []string{"{a}#b", "{a}"}, []string{"{x}", "c{y}d"}, []string{"cxd#b", "cxd"}},
		{"repeated names without a common key", "SS", nil, []string{"a#{a}", "{a}x{b}"}, []string{"{a}#b", "{a}y{b}"}, nil},
		{"repeated names that keep apart", "SS", nil, []string{"a#{a}", "{a}"}, []string{"{x}#b", "{x}"}, nil},
		{"numbers", "N", number, []string{"{n}"}, []string{"{x}"}, nil},
		{"the same numbers", "N", number, []string{"{n}"}, []string{"{n}"}, []string{"1"}},
		{"bytes", "B", binary, []string{"{x}"}, []string{"{y}"}, []string{"AA=="}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, b := entity(t, "A", row.kinds, row.first...), entity(t, "B", row.kinds, row.second...)
			m := modelOf(row.types, a, b)
			example, conflict := m.Conflict(a, b)
			require.Equal(t, row.want, example)
			require.Equal(t, row.want != nil, conflict)
			_, reversed := m.Conflict(b, a)
			require.Equal(t, conflict, reversed)
		})
	}
}

func TestConflictOfEntitiesToldByAttribute(t *testing.T) {
	a, b, c := entity(t, "A", nil, "{x}"), entity(t, "B", nil, "{x}"), entity(t, "C", nil, "{x}")
	a.Value, b.Value = "a", "b"
	m := modelOf("S", a, b, c)
	for _, pair := range [][2]*model.Entity{{a, b}, {a, c}, {c, a}} {
		_, conflict := m.Conflict(pair[0], pair[1])
		require.False(t, conflict)
	}
}

func TestConflictOfEntitiesWithoutKey(t *testing.T) {
	a, b := entity(t, "A", nil, "{x}"), entity(t, "B", nil, "{x}", "{y}")
	_, conflict := modelOf("SS", a, b).Conflict(a, b)
	require.False(t, conflict)
}

// Contrived templates must not take exponential work either.
func TestConflictOfContrivedTemplates(t *testing.T) {
	a := entity(t, "A", nil, "{a}1{b:018}#"+strings.Repeat("{c}1{d:018}#", 3)+"x")
	b := entity(t, "B", nil, "{a}1{b:017}#"+strings.Repeat("{c}1{d:017}#", 3)+"{e}")
	example, conflict := modelOf("S", a, b).Conflict(a, b)
	require.True(t, conflict)
	require.Len(t, example, 1)
}

// All keys of few letters up to a length say the same as the search does.
func TestConflictAgreesWithAllShortKeys(t *testing.T) {
	words := wordsUpTo(4, "a#10-")
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t, "A"), drawn(t, "B")
		m := modelOf("SS", a, b)
		example, conflict := m.Conflict(a, b)
		if conflict {
			requireMatches(t, a, example)
			requireMatches(t, b, example)
		}
		inA, inB := shortTexts(t, a, words), shortTexts(t, b, words)
		if !conflict && shareKey(a, b, inA, inB) {
			require.True(t, within(inA, inB) || within(inB, inA), "neither is more specific, but no conflict is reported")
		}
		if strictlyWithin(inA, inB) && !hasNumbers(a, b) {
			require.False(t, conflict, "A is more specific")
		}
	})
}

// drawn is an entity with short templates for both attributes.
func drawn(t *rapid.T, name string) *model.Entity {
	short := rapid.Custom(func(t *rapid.T) string {
		part := rapid.SampledFrom([]string{"{x}", "{y}", "{x:02}", "a", "#", "1", "0"})
		text := ""
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			p := part.Draw(t, "part")
			if strings.HasSuffix(text, "}") && p[0] == '{' {
				text += "#"
			}
			text += p
		}
		return text
	})
	kinds := map[string]model.Kind{}
	if rapid.Bool().Draw(t, name+" integer") {
		kinds["y"] = model.KindInteger
	}
	return entity(t, name, kinds, short.Draw(t, name+" PK"), short.Draw(t, name+" SK"))
}

func wordsUpTo(length int, letters string) []string {
	var all []string
	last := []string{""}
	for range length {
		var longer []string
		for _, word := range last {
			for _, letter := range letters {
				longer = append(longer, word+string(letter))
			}
		}
		all = append(all, longer...)
		last = longer
	}
	return all
}

// shortTexts gives, per key attribute, the words that its template matches, whatever the other one holds.
func shortTexts(t *rapid.T, e *model.Entity, words []string) [2]map[string]bool {
	var all [2]map[string]bool
	for i, attribute := range attributes {
		kinds := map[string]model.Kind{}
		for _, f := range e.Fields {
			kinds[f.Name] = f.Type.Kind
		}
		// Each placeholder has a name of its own here, since a template alone says what is more specific.
		text := e.Key[attribute].String()
		for _, p := range e.Key[attribute].Placeholders() {
			fresh := fmt.Sprintf("{%s%d", p.Name, p.Offset)
			kinds[fresh[1:]] = kinds[p.Name]
			text = strings.Replace(text, "{"+p.Name, fresh, 1)
			text = strings.Replace(text, fresh, "\x00"+fresh[1:], 1)
		}
		one := entity(t, "one", kinds, strings.ReplaceAll(text, "\x00", "{"))
		m := modelOf("S", one)
		all[i] = map[string]bool{}
		for _, word := range words {
			if matched, _ := m.Match(nil, keyOf("S", word), ""); matched != nil {
				all[i][word] = true
			}
		}
	}
	return all
}

// shareKey says that there is a key of short texts, 6 bytes together, that both entities match.
func shareKey(a, b *model.Entity, inA, inB [2]map[string]bool) bool {
	onlyA, onlyB := modelOf("SS", a), modelOf("SS", b)
	for pk := range inA[0] {
		if !inB[0][pk] {
			continue
		}
		for sk := range inA[1] {
			if !inB[1][sk] || len(pk)+len(sk) > 6 {
				continue
			}
			matchedA, _ := onlyA.Match(nil, keyOf("SS", pk, sk), "")
			matchedB, _ := onlyB.Match(nil, keyOf("SS", pk, sk), "")
			if matchedA != nil && matchedB != nil {
				return true
			}
		}
	}
	return false
}

func within(a, b [2]map[string]bool) bool {
	for i := range a {
		for word := range a[i] {
			if !b[i][word] {
				return false
			}
		}
	}
	return true
}

func strictlyWithin(a, b [2]map[string]bool) bool {
	return within(a, b) && len(a[0])*len(a[1]) > 0 && (len(a[0]) < len(b[0]) || len(a[1]) < len(b[1]))
}

// hasNumbers says that short texts may not show what tells the templates apart: numbers go on.
func hasNumbers(entities ...*model.Entity) bool {
	for _, e := range entities {
		for _, f := range e.Fields {
			if f.Type.Kind == model.KindInteger {
				return true
			}
		}
	}
	return false
}

func requireMatches(t require.TestingT, e *model.Entity, key []string) {
	matched, _ := modelOf("SS", e).Match(nil, keyOf("SS", key...), "")
	require.NotNil(t, matched, "%s does not match %q", e.Name, key)
}

func BenchmarkPrepare(b *testing.B) {
	var entities []*model.Entity
	for i := range 50 {
		sk := fmt.Sprintf("KIND%d#{id}#{n:06}", i%25) + strings.Repeat("#x", i/25)
		entities = append(entities, entity(b, fmt.Sprintf("E%02d", i), nil, "TENANT#{tenant}", sk))
	}
	m := modelOf("SS", entities...)
	for b.Loop() {
		m.Prepare()
	}
}
