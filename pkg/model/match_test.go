package model_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
)

// entity makes an entity from the templates of its key, PK and perhaps SK; fields are of type string if kinds does
// not say another.
func entity(t require.TestingT, name string, kinds map[string]model.Kind, key ...string) *model.Entity {
	e := &model.Entity{Name: name, Key: map[string]*model.Template{}}
	for i, text := range key {
		tpl := template(t, text)
		e.Key[attributes[i]] = tpl
		for _, p := range tpl.Placeholders() {
			if slices.Contains(e.KeyFields, p.Name) {
				continue
			}
			kind := model.KindString
			if p.Pad > 0 {
				kind = model.KindInteger
			}
			if k, ok := kinds[p.Name]; ok {
				kind = k
			}
			e.KeyFields = append(e.KeyFields, p.Name)
			e.Fields = append(e.Fields, model.Field{Name: p.Name, Type: model.Type{Kind: kind}, Key: len(e.KeyFields)})
		}
	}
	return e
}

var attributes = []string{"PK", "SK"}

// modelOf makes a model of entities whose key attributes are all of the given types.
func modelOf(types string, entities ...*model.Entity) *model.Model {
	m := &model.Model{Entities: map[string]*model.Entity{}}
	for i := range types {
		m.Table.Key = append(m.Table.Key, model.KeyAttribute{Name: attributes[i], Type: types[i : i+1]})
	}
	for _, e := range entities {
		m.Entities[e.Name] = e
	}
	return m.Prepare()
}

func keyOf(types string, texts ...string) []model.KeyValue {
	key := make([]model.KeyValue, len(texts))
	for i, text := range texts {
		key[i] = model.KeyValue{Type: types[i], Text: []byte(text)}
	}
	return key
}

func texts(bound [][]byte) []string {
	all := make([]string, len(bound))
	for i, b := range bound {
		all[i] = string(b)
	}
	return all
}

func TestMatch(t *testing.T) {
	integer := map[string]model.Kind{"n": model.KindInteger}
	for _, row := range []struct {
		name  string
		kinds map[string]model.Kind
		key   []string // templates
		texts []string
		want  []string // nil where the key does not match
	}{
		{"prefix", nil, []string{"ORDER#{id}", "METADATA"}, []string{"ORDER#7", "METADATA"}, []string{"7"}},
		{"another prefix", nil, []string{"ORDER#{id}", "METADATA"}, []string{"USER#7", "METADATA"}, nil},
		{"another sort key", nil, []string{"ORDER#{id}", "METADATA"}, []string{"ORDER#7", "METADATAX"}, nil},
		{"an empty value", nil, []string{"ORDER#{id}", "METADATA"}, []string{"ORDER#", "METADATA"}, nil},
		{"both ends of a short text", nil, []string{"ab{x}ba"}, []string{"aba"}, nil},
		{"shortest first", nil, []string{"{a}#{b}"}, []string{"1#2#3"}, []string{"1", "2#3"}},
		{"back from the first delimiter", nil, []string{"{a}#{b}#x"}, []string{"1#2#3#x"}, []string{"1", "2#3"}},
		{"back from an empty value", nil, []string{"{a}#{b}"}, []string{"##2"}, []string{"#", "2"}},
		{"delimiters only", nil, []string{"{a}#{b}"}, []string{"###"}, []string{"#", "#"}},
		{"too few delimiters", nil, []string{"{a}#{b}"}, []string{"##"}, nil},
		{"back from a word to a number", integer, []string{"{a}#{n}"}, []string{"1#x#5"}, []string{"1#x", "5"}},
		{"braces", nil, []string{"{{{a}}}"}, []string{"{x}"}, []string{"x"}},
		{"padded", nil, []string{"{n:06}"}, []string{"000042"}, []string{"42"}},
		{"padded zero", nil, []string{"{n:03}"}, []string{"000"}, []string{"0"}},
		{"padded full", nil, []string{"{n:03}"}, []string{"123"}, []string{"123"}},
		{"wider than the padding", nil, []string{"{n:03}"}, []string{"1234"}, []string{"1234"}},
		{"zero too many", nil, []string{"{n:03}"}, []string{"0123"}, nil},
		{"digits too few", nil, []string{"{n:03}"}, []string{"12"}, nil},
		{"padded word", nil, []string{"{n:03}"}, []string{"12x"}, nil},
		{"padded minus", nil, []string{"{n:03}"}, []string{"-12"}, nil},
		{"padded past int64", nil, []string{"{n:03}"}, []string{"9223372036854775808"}, nil},
		{"greatest padded", nil, []string{"{n:03}"}, []string{"9223372036854775807"}, []string{"9223372036854775807"}},
		{"padded before digits", nil, []string{"{n:02}0{a}"}, []string{"1200x"}, []string{"12", "0x"}},
		{"padded before a digit of its own", nil, []string{"{n:02}3{a}"}, []string{"1233x"}, []string{"12", "3x"}},
		{"integer", integer, []string{"N#{n}"}, []string{"N#-42"}, []string{"-42"}},
		{"zero", integer, []string{"N#{n}"}, []string{"N#0"}, []string{"0"}},
		{"negative zero", integer, []string{"N#{n}"}, []string{"N#-0"}, nil},
		{"leading zero", integer, []string{"N#{n}"}, []string{"N#042"}, nil},
		{"plus", integer, []string{"N#{n}"}, []string{"N#+42"}, nil},
		{"minus alone", integer, []string{"N#{n}"}, []string{"N#-"}, nil},
		{"fraction", integer, []string{"N#{n}"}, []string{"N#1.5"}, nil},
		{"least integer", integer, []string{"N#{n}"}, []string{"N#-9223372036854775808"}, []string{"-9223372036854775808"}},
		{"past the least", integer, []string{"N#{n}"}, []string{"N#-9223372036854775809"}, nil},
		{"past the greatest", integer, []string{"N#{n}"}, []string{"N#9223372036854775808"}, nil},
		{"twice equal", nil, []string{"{a}#{a}"}, []string{"x#x"}, []string{"x"}},
		{"twice not equal", nil, []string{"{a}#{a}"}, []string{"x#y"}, nil},
		{"twice with the delimiter inside", nil, []string{"{a}#{a}"}, []string{"x#y#x#y"}, []string{"x#y"}},
		{"in both attributes", nil, []string{"O#{a}", "O#{a}"}, []string{"O#1", "O#1"}, []string{"1"}},
		{"not equal in both", nil, []string{"O#{a}", "O#{a}"}, []string{"O#1", "O#2"}, nil},
		{"back over the attributes", nil, []string{"{a}#{b}", "{b}"}, []string{"1#2#3", "3"}, []string{"1#2", "3"}},
		{"padded once, plain once", nil, []string{"{n:04}", "{n}"}, []string{"0042", "42"}, []string{"42"}},
		{"plain once, padded once", integer, []string{"{n}", "{n:04}"}, []string{"42", "0042"}, []string{"42"}},
		{"padded twice, one not padded", nil, []string{"{n:04}", "{n:04}"}, []string{"0042", "42"}, nil},
		{"no sort key", nil, []string{"{a}", "{b}"}, []string{"1"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			types := strings.Repeat("S", len(row.key))
			m := modelOf(types, entity(t, "E", row.kinds, row.key...))
			e, bound := m.Match(nil, keyOf(types, row.texts...), "")
			require.Equal(t, row.want != nil, e != nil)
			if row.want != nil {
				require.Equal(t, row.want, texts(bound))
			}
		})
	}
}

func TestMatchTypes(t *testing.T) {
	for _, row := range []struct {
		name, types string
		kind        model.Kind
		template    string
		value       model.KeyValue
		matches     bool
	}{
		{"integer in N", "N", model.KindInteger, "{a}", model.KeyValue{Type: 'N', Text: []byte("42")}, true},
		{"fraction in N for an integer", "N", model.KindInteger, "{a}", model.KeyValue{Type: 'N', Text: []byte("1.5")}, false},
		{"fraction in N for a decimal", "N", model.KindDecimal, "{a}", model.KeyValue{Type: 'N', Text: []byte("1.5")}, true},
		{"S where the table has N", "N", model.KindInteger, "{a}", model.KeyValue{Type: 'S', Text: []byte("42")}, false},
		{"N where the table has S", "S", model.KindString, "{a}", model.KeyValue{Type: 'N', Text: []byte("42")}, false},
		{"N for a template with a literal", "N", model.KindInteger, "x{a}", model.KeyValue{Type: 'N', Text: []byte("42")}, false},
		{"N for a padded placeholder", "N", model.KindInteger, "{a:02}", model.KeyValue{Type: 'N', Text: []byte("42")}, false},
		{"base64 in B", "B", model.KindBinary, "{a}", model.KeyValue{Type: 'B', Text: []byte("AA==")}, true},
		{"empty S", "S", model.KindString, "{a}", model.KeyValue{Type: 'S'}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := modelOf(row.types, entity(t, "E", map[string]model.Kind{"a": row.kind}, row.template))
			e, bound := m.Match(nil, []model.KeyValue{row.value}, "")
			require.Equal(t, row.matches, e != nil)
			if row.matches {
				require.Equal(t, []string{string(row.value.Text)}, texts(bound))
			}
		})
	}
}

func TestMatchOrder(t *testing.T) {
	for _, row := range []struct {
		name    string
		first   []string
		second  []string
		key     []string
		matches string
	}{
		{"a literal beats a placeholder", []string{"O#{a}", "{b}"}, []string{"O#{a}", "META"}, []string{"O#1", "META"}, "B"},
		{"the placeholder has the rest", []string{"O#{a}", "{b}"}, []string{"O#{a}", "META"}, []string{"O#1", "X"}, "A"},
		{"a longer literal", []string{"O#{a}"}, []string{"O#X#{a}"}, []string{"O#X#1"}, "B"},
		{"a padded number", []string{"{a}"}, []string{"{n:03}"}, []string{"012"}, "B"},
		{"a repeated name", []string{"O#{a}", "O#{b}"}, []string{"O#{a}", "O#{a}"}, []string{"O#1", "O#1"}, "B"},
		{"a repeated name that differs", []string{"O#{a}", "O#{b}"}, []string{"O#{a}", "O#{a}"}, []string{"O#1", "O#2"}, "A"},
	} {
		t.Run(row.name, func(t *testing.T) {
			types := strings.Repeat("S", len(row.key))
			m := modelOf(types, entity(t, "A", nil, row.first...), entity(t, "B", nil, row.second...))
			e, _ := m.Match(nil, keyOf(types, row.key...), "")
			require.NotNil(t, e)
			require.Equal(t, row.matches, e.Name)
		})
	}
}

func TestMatchOrderOverThree(t *testing.T) {
	m := modelOf("SS", entity(t, "A", nil, "{x}", "{y}"), entity(t, "B", nil, "O#{x}", "{y}"),
		entity(t, "C", nil, "O#{x}", "I#{y}"), entity(t, "D", nil, "O#{x}", "I#{n:03}"))
	for sk, want := range map[string]string{"I#001": "D", "I#x": "C", "x": "B"} {
		e, _ := m.Match(nil, keyOf("SS", "O#1", sk), "")
		require.Equal(t, want, e.Name, sk)
	}
	require.Len(t, m.Sorted(), 4)
	require.Equal(t, "A", m.Sorted()[0].Name)
}

func TestMatchByAttribute(t *testing.T) {
	told := entity(t, "Told", nil, "X#{a}")
	told.Value = "told"
	m := modelOf("S", told, entity(t, "Keyed", nil, "K#{a}"))
	for _, row := range []struct{ name, key, value, want string }{
		{"by the attribute, whatever the key", "anything", "told", "Told"},
		{"by the key", "K#1", "", "Keyed"},
		{"by the key in spite of an unknown value", "K#1", "other", "Keyed"},
		{"not by the key of a told entity", "X#1", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, bound := m.Match(nil, keyOf("S", row.key), row.value)
			if row.want == "" {
				require.Nil(t, e)
				return
			}
			require.Equal(t, row.want, e.Name)
			require.Equal(t, row.want == "Keyed", len(bound) == 1)
		})
	}
}

func TestMatchAppends(t *testing.T) {
	m := modelOf("S", entity(t, "E", nil, "{a}#{b}"))
	dst := [][]byte{[]byte("before")}
	_, bound := m.Match(dst, keyOf("S", "1#2"), "")
	require.Equal(t, []string{"before", "1", "2"}, texts(bound))
	_, bound = m.Match(dst, keyOf("S", "x"), "")
	require.Equal(t, []string{"before"}, texts(bound))
}

func TestMatchBindsSlicesOfTheKey(t *testing.T) {
	m := modelOf("S", entity(t, "E", nil, "N{n:06}"))
	key := keyOf("S", "N000042")
	_, bound := m.Match(nil, key, "")
	key[0].Text[6] = '3'
	require.Equal(t, []string{"43"}, texts(bound))
}

func TestMatchAllocatesNothing(t *testing.T) {
	m := modelOf("SS", entity(t, "E", nil, "ORDER#{order_id}", "STEP#{kind}#{n:06}"))
	key, dst := keyOf("SS", "ORDER#1", "STEP#pay#000042"), make([][]byte, 0, 3)
	var matched *model.Entity
	require.Zero(t, testing.AllocsPerRun(100, func() { matched, _ = m.Match(dst, key, "") }))
	require.NotNil(t, matched)
}

func TestMatchField(t *testing.T) {
	for _, row := range []struct {
		name, template, text, field string
		integer                     bool
		want                        string
		ok                          bool
	}{
		{"first", "{a}#{b}", "1#2", "a", false, "1", true},
		{"last", "{a}#{b}", "1#2", "b", false, "2", true},
		{"padded", "S{a:04}#{b}", "S0007#x", "a", true, "7", true},
		{"other part does not match", "{a}#{b:02}", "1#x", "a", false, "", false},
		{"integer", "{a}", "42", "a", true, "42", true},
		{"not an integer", "{a}", "4x", "a", true, "", false},
		{"integer elsewhere", "{a}#{b}", "x#2", "b", true, "2", true},
		{"unknown name", "{a}", "1", "b", false, "", false},
		{"repeated", "{a}#{b}#{a}", "1#2#1", "a", false, "1", true},
		{"repeated, not equal", "{a}#{b}#{a}", "1#2#3", "a", false, "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := template(t, row.template).MatchField([]byte(row.text), row.field, row.integer)
			require.Equal(t, row.ok, ok)
			require.Equal(t, row.want, string(got))
		})
	}
}

// Exponential work on these would not end.
func TestMatchHostileKeys(t *testing.T) {
	delimiters := strings.Repeat("#", model.MaxTemplate)
	ones := strings.Repeat("1", model.MaxTemplate)
	for _, row := range []struct {
		name, template, text string
		matches              bool
	}{
		{"many ways to match", "{a}#{b}#{c}#{d}#{e}#{f}#{g}#{h}", delimiters, true},
		{"a number that is not there", "{a}#{b}#{c}#{d}#{e}#{f}#{g}#{n:02}", delimiters, false},
		{"a literal that is not there", "{a}#{b}#{c}#{d}#{e}#{f}#x#{h}#", delimiters, false},
		{"the most placeholders", "{a}#{b}#{c}#{d}#{e}#{f}#{g}#{h}#{i}#{j}#{k}#{l}#{m}#{n}#{o}#x#{p}", delimiters, false},
		{"a repeated name", "{a}#{b}#{c}#{d}#{a}#{b}#{c}#{d}#{n:02}", delimiters, false},
		{"numbers between digits", "{a:01}1{b:01}1{c:01}1{d:01}1{e:01}1{f:01}1{g:01}1{h:01}1{i:01}", ones, false},
		{"numbers within anything", "{x}1{a:01}1{b:01}1{c:01}x{y}1", ones, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := modelOf("S", entity(t, "E", nil, row.template))
			e, _ := m.Match(nil, keyOf("S", row.text), "")
			require.Equal(t, row.matches, e != nil)
		})
	}
}

// A key that does not render back byte for byte does not match, and one that can be split does.
func TestMatchAgreesWithAllSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c"}
		key := rapid.SliceOfN(templates(names...), 1, 2).Draw(t, "templates")
		kinds := map[string]model.Kind{}
		for _, name := range names {
			if rapid.IntRange(0, 3).Draw(t, "integer "+name) == 0 {
				kinds[name] = model.KindInteger
			}
		}
		e := entity(t, "E", kinds, key...)
		types := strings.Repeat("S", len(key))
		values := make([]string, len(key))
		for i := range key {
			values[i] = text(t, e, key[i])
		}
		matched, bound := modelOf(types, e).Match(nil, keyOf(types, values...), "")
		want, ok := firstSplit(e, key, values)
		require.Equal(t, ok, matched != nil)
		if ok {
			require.Equal(t, want, texts(bound))
			requireRendersBack(t, e, bound, key, values)
		}
	})
}

// text draws a rendered key, or any short one.
func text(t *rapid.T, e *model.Entity, tpl string) string {
	if rapid.Bool().Draw(t, "rendered") {
		values := map[string]string{}
		for i, name := range e.KeyFields {
			pattern := `[#a01-]{1,3}`
			if e.Fields[i].Type.Kind == model.KindInteger {
				pattern = `[0-9]{1,3}`
			}
			values[name] = rapid.StringMatching(pattern).Draw(t, name)
		}
		if got, ok := template(t, tpl).Render(func(name string) (string, bool) { return values[name], true }); ok {
			return got
		}
	}
	return rapid.StringMatching(`[#a01-]{1,7}`).Draw(t, "text")
}

func requireRendersBack(t require.TestingT, e *model.Entity, bound [][]byte, key, values []string) {
	for i := range key {
		got, ok := template(t, key[i]).Render(func(name string) (string, bool) {
			return string(bound[slices.Index(e.KeyFields, name)]), true
		})
		require.True(t, ok)
		require.Equal(t, values[i], got)
	}
}

// firstSplit tries all ways to split the texts, those with shorter values first, and renders each.
func firstSplit(e *model.Entity, key, values []string) ([]string, bool) {
	bound := slices.Repeat([]string{""}, len(e.KeyFields))
	var try func(i, p, at int) bool
	try = func(i, p, at int) bool {
		if i == len(key) {
			return true
		}
		parts := pieces(key[i])
		if p == len(parts) {
			return at == len(values[i]) && try(i+1, 0, 0)
		}
		if parts[p].Name == "" {
			rest, ok := strings.CutPrefix(values[i][at:], parts[p].literal)
			return ok && try(i, p+1, len(values[i])-len(rest))
		}
		slot := slices.Index(e.KeyFields, parts[p].Name)
		for end := at + 1; end <= len(values[i]); end++ {
			value, ok := unrendered(values[i][at:end], parts[p].Pad, e.Fields[slot].Type.Kind == model.KindInteger)
			if !ok || bound[slot] != "" && bound[slot] != value {
				continue
			}
			before := bound[slot]
			if bound[slot] = value; try(i, p+1, end) {
				return true
			}
			bound[slot] = before
		}
		return false
	}
	found := try(0, 0, 0)
	return bound, found
}

// unrendered is the value whose rendered form the text is.
func unrendered(text string, pad int, integer bool) (string, bool) {
	if pad == 0 && !integer {
		return text, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	plain := strconv.FormatInt(n, 10)
	rendered := plain
	if pad > 0 {
		rendered = strings.Repeat("0", max(0, pad-len(plain))) + plain
	}
	return plain, err == nil && rendered == text && (pad == 0 || n >= 0)
}

type piece struct {
	literal string
	model.Placeholder
}

// pieces splits a template without doubled braces.
func pieces(text string) []piece {
	var all []piece
	for text != "" {
		if text[0] != '{' {
			literal, _, _ := strings.Cut(text, "{")
			all, text = append(all, piece{literal: literal}), text[len(literal):]
			continue
		}
		inside, rest, _ := strings.Cut(text[1:], "}")
		name, pad, _ := strings.Cut(inside, ":0")
		width, _ := strconv.Atoi(pad)
		all, text = append(all, piece{Placeholder: model.Placeholder{Name: name, Pad: width}}), rest
	}
	return all
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range [][2]string{
		{"ORDER#{order_id}", "ORDER#1"}, {"{n:06}", "000042"}, {"{a}#{b}#{a}", "1#2#1"}, {"{{{a}}}", "{x}"},
		{"{a}#{n:02}", "##07"},
	} {
		f.Add(seed[0], seed[1], false)
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, text, key string, integers bool) {
		tpl, err := model.ParseTemplate(text)
		if err != nil {
			var fault *model.TemplateError
			require.ErrorAs(t, err, &fault)
			require.LessOrEqual(t, fault.Offset, len(text))
			return
		}
		kinds := map[string]model.Kind{}
		for _, p := range tpl.Placeholders() {
			if integers {
				kinds[p.Name] = model.KindInteger
			}
		}
		e := entity(t, "E", kinds, text)
		matched, bound := modelOf("S", e).Match(nil, keyOf("S", key), "")
		if matched == nil {
			return
		}
		requireRendersBack(t, e, bound, []string{text}, []string{key})
		for i, name := range e.KeyFields {
			value, ok := tpl.MatchField([]byte(key), name, integers)
			if ok && !integers {
				require.True(t, bytes.Equal(bound[i], value))
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	m := modelOf("SS",
		entity(b, "User", nil, "USER#{user_id}", "PROFILE"),
		entity(b, "Product", nil, "PRODUCT#{product_id}", "METADATA"),
		entity(b, "Order", nil, "ORDER#{order_id}", "METADATA"),
		entity(b, "OrderLine", nil, "ORDER#{order_id}", "ITEM#{item_id}"),
		entity(b, "OrderLink", nil, "USER#{user_id}", "ORDER#{order_id}"),
		entity(b, "Step", nil, "ORDER#{order_id}", "STEP#{kind}#{n:06}"))
	for _, row := range []struct{ name, pk, sk string }{
		{"line", "ORDER#0123456789", "ITEM#0123456789"},
		{"step", "ORDER#0123456789", "STEP#pay#000042"},
		{"none", "CUSTOMER#0123456789", "PROFILE"},
	} {
		b.Run(row.name, func(b *testing.B) {
			key, dst := keyOf("SS", row.pk, row.sk), make([][]byte, 0, 8)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = m.Match(dst, key, "")
			}
		})
	}
	b.Run("hostile", func(b *testing.B) {
		m := modelOf("S", entity(b, "E", nil, "{a}#{b}#{c}#{d}#{e}#{f}#{g}#{n:02}"))
		key, dst := keyOf("S", strings.Repeat("#", model.MaxTemplate)), make([][]byte, 0, 8)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = m.Match(dst, key, "")
		}
	})
	b.Run("hostile repeated", func(b *testing.B) {
		m := modelOf("S", entity(b, "E", nil, "{a}#{b}#{c}#{d}#{a}#{b}#{c}#{d}#{n:02}"))
		key, dst := keyOf("S", strings.Repeat("#", model.MaxTemplate)), make([][]byte, 0, 8)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = m.Match(dst, key, "")
		}
	})
}
