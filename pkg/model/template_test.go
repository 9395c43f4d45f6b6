package model_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
)

func TestParseTemplate(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []model.Placeholder
	}{
		{"literal", "PROFILE", nil},
		{"bare", "{id}", []model.Placeholder{{Name: "id"}}},
		{"prefix", "ORDER#{order_id}", []model.Placeholder{{Name: "order_id", Offset: 6}}},
		{"padded", "{n:06}", []model.Placeholder{{Name: "n", Pad: 6}}},
		{"widest", "{n:018}", []model.Placeholder{{Name: "n", Pad: 18}}},
		{"narrowest", "{n:01}", []model.Placeholder{{Name: "n", Pad: 1}}},
		{"several", "{a}#{b:02}|{a}", []model.Placeholder{{Name: "a"}, {Name: "b", Pad: 2, Offset: 4}, {Name: "a", Offset: 11}}},
		{"literal braces", "{{{a}}}", []model.Placeholder{{Name: "a", Offset: 2}}},
		{"underscore and digits", "{_a1}", []model.Placeholder{{Name: "_a1"}}},
		{"not ASCII", "é{a}ü", []model.Placeholder{{Name: "a", Offset: 2}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			tpl, err := model.ParseTemplate(row.text)
			require.NoError(t, err)
			require.Equal(t, row.want, tpl.Placeholders())
			require.Equal(t, row.text, tpl.String())
		})
	}
}

func TestParseTemplateRefuses(t *testing.T) {
	many := strings.Repeat("{a}#", model.MaxPlaceholders)
	for _, row := range []struct {
		name, text string
		offset     int
		want       string
	}{
		{"empty", "", 0, "empty"},
		{"unclosed", "ORDER#{id", 6, "{ without }"},
		{"unopened", "ORDER#id}", 8, "} without {"},
		{"no name", "A{}", 1, "no name"},
		{"no name before a padding", "A{:06}", 1, "no name"},
		{"name with a dash", "A{order-id}", 2, "not a field name"},
		{"name that starts with a digit", "{1a}", 1, "not a field name"},
		{"name with a space", "{ a}", 1, "not a field name"},
		{"name that is not ASCII", "{é}", 1, "not a field name"},
		{"brace in a name", "{a{b}", 1, "not a field name"},
		{"padding without zero", "{n:6}", 3, `write {n:06}`},
		{"padding of zero", "{n:00}", 3, "bad padding"},
		{"padding without width", "{n:0}", 3, "bad padding"},
		{"padding that is empty", "{n:}", 3, "bad padding"},
		{"padding too wide", "{n:019}", 3, "at most {n:018}"},
		{"padding with two zeros", "{n:006}", 3, "bad padding"},
		{"padding that is a word", "{n:0x}", 3, "bad padding"},
		{"adjacent", "A{a}{b}", 4, "nothing between {a} and {b}"},
		{"adjacent behind a padded one", "{a:03}{b:03}", 6, "nothing between {a} and {b}"},
		{"too many", many + "{b}", len(many), "more than 16 placeholders"},
		{"too long", strings.Repeat("x", 2049), 2048, "2049 bytes"},
		{"not UTF-8", "A\xff", 1, "UTF-8"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := model.ParseTemplate(row.text)
			var fault *model.TemplateError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, row.offset, fault.Offset)
			require.Contains(t, fault.Message, row.want)
		})
	}
}

func TestTemplateBare(t *testing.T) {
	for text, want := range map[string]bool{"{a}": true, "{a:03}": true, "a": false, "x{a}": false, "{a}x": false} {
		p, bare := template(t, text).Bare()
		require.Equal(t, want, bare, text)
		require.Equal(t, want, p.Name == "a", text)
	}
}

func TestTemplateDelimiters(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []model.Delimiter
	}{
		{"none", "ORDER#{id}", nil},
		{"one", "{a}#{b}", []model.Delimiter{{Name: "a", Literal: "#"}}},
		{"at the end", "{a}#x", []model.Delimiter{{Name: "a", Literal: "#x"}}},
		{"several", "A{a}#{b}|{c}", []model.Delimiter{{Name: "a", Literal: "#"}, {Name: "b", Literal: "|"}}},
		{"behind a number", "{a:02}#{b}", nil},
		{"digits behind a number", "{a:02}0{b}", []model.Delimiter{{Name: "a", Literal: "0"}}},
		{"doubled brace", "{a}}}{b}", []model.Delimiter{{Name: "a", Literal: "}"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, template(t, row.text).Delimiters())
		})
	}
}

func TestTemplateRender(t *testing.T) {
	for _, row := range []struct {
		name, text, value, want string
		ok                      bool
	}{
		{"literal", "PROFILE", "", "PROFILE", true},
		{"value", "ORDER#{a}", "42", "ORDER#42", true},
		{"twice", "{a}#{a}", "x", "x#x", true},
		{"padded", "N{a:06}", "42", "N000042", true},
		{"padded zero", "{a:03}", "0", "000", true},
		{"wider than the padding", "{a:03}", "12345", "12345", true},
		{"greatest", "{a:03}", "9223372036854775807", "9223372036854775807", true},
		{"braces", "{{{a}}}", "x", "{x}", true},
		{"empty value", "{a}", "", "", false},
		{"absent value", "{b}", "x", "", false},
		{"padded word", "{a:03}", "x", "", false},
		{"padded negative", "{a:03}", "-1", "", false},
		{"padded with a zero in front", "{a:03}", "07", "", false},
		{"padded past int64", "{a:03}", "9223372036854775808", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := template(t, row.text).Render(func(name string) (string, bool) { return row.value, name == "a" })
			require.Equal(t, row.ok, ok)
			require.Equal(t, row.want, got)
		})
	}
}

func TestTemplateInJSON(t *testing.T) {
	var tpl model.Template
	require.NoError(t, json.Unmarshal([]byte(`"A#{a}"`), &tpl))
	text, err := json.Marshal(&tpl)
	require.NoError(t, err)
	require.Equal(t, `"A#{a}"`, string(text))
	require.ErrorContains(t, json.Unmarshal([]byte(`"{a"`), &tpl), "{ without }")
}

func template(t require.TestingT, text string) *model.Template {
	tpl, err := model.ParseTemplate(text)
	require.NoError(t, err, text)
	return tpl
}

// templates generates template texts over few names and literals, so that keys are ambiguous and names repeat.
func templates(names ...string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		placeholder := false
		for range rapid.IntRange(1, 5).Draw(t, "parts") {
			if placeholder = !placeholder && rapid.Bool().Draw(t, "placeholder"); !placeholder {
				b.WriteString(rapid.SampledFrom([]string{"#", "a", "0", "##", "-", "1"}).Draw(t, "literal"))
				continue
			}
			pad := ""
			if rapid.IntRange(0, 3).Draw(t, "padded") == 0 {
				pad = fmt.Sprintf(":0%d", rapid.IntRange(1, 3).Draw(t, "width"))
			}
			fmt.Fprintf(&b, "{%s%s}", rapid.SampledFrom(names).Draw(t, "name"), pad)
		}
		return b.String()
	})
}
