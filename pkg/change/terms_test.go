package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// A term of the map m has at most 9 bytes: m.a=12345.
func TestValuesThatATermCannotHold(t *testing.T) {
	text := &model.Type{Kind: model.KindString}
	listOf := func(of *model.Type) *model.Type { return &model.Type{Kind: model.KindList, Of: of} }
	mapOf := func(of *model.Type) *model.Type { return &model.Type{Kind: model.KindMap, Of: of} }
	for _, row := range []struct {
		name        string
		of          *model.Type
		value, json string
		dropped     []string
	}{
		{"as long as can be", text, `{"M":{"a":{"S":"12345"}}}`, `{"a":"12345"}`, nil},
		{"a byte more", text, `{"M":{"a":{"S":"123456"},"b":{"S":"1"}}}`, `{"b":"1"}`, []string{"a"}},
		{"bytes count, not characters", text, `{"M":{"a":{"S":"ééé"},"b":{"S":"éé"}}}`, `{"b":"éé"}`, []string{"a"}},
		{"not the escapes of JSON", text, `{"M":{"a":{"S":"\u0001\u0001\u0001\u0001\u0001"}}}`, `{"a":"\u0001\u0001\u0001\u0001\u0001"}`, nil},
		{"the name counts", text, `{"M":{"abcde":{"S":"1"},"abcdef":{"S":"1"}}}`, `{"abcde":"1"}`, []string{"abcdef"}},
		{"a name alone", mapOf(text), `{"M":{"abcdefg":{"M":{}},"b":{"M":{}}}}`, `{"b":{}}`, []string{"abcdefg"}},
		{"a map in it", mapOf(text), `{"M":{"a":{"M":{"b":{"S":"123"},"c":{"S":"1234"}}}}}`, `{"a":{"b":"123"}}`, []string{"a.c"}},
		{"after a map in it", mapOf(text), `{"M":{"a":{"M":{"long":{"S":"1"}}},"b":{"M":{"c":{"S":"123"}}}}}`, `{"a":{},"b":{"c":"123"}}`, []string{"a.long"}},
		{"an element of a list", listOf(text), `{"M":{"a":{"L":[{"S":"1"},{"S":"123456"}]},"b":{"L":[{"S":"12345"}]}}}`, `{"b":["12345"]}`, []string{"a"}},
		{"a number", &model.Type{Kind: model.KindInteger}, `{"M":{"a":{"N":"12345"},"b":{"N":"123456"}}}`, `{"a":12345}`, []string{"b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			state := thing(t, "value", row.value)
			v, _ := state.Get("value")
			m := mapOf(row.of)
			report := change.Report{Terms: &change.Terms{Max: 9, Paths: map[*model.Type]int{m: len("m")}}}
			out, fits := v.AppendAs(nil, m, &report)
			require.True(t, fits)
			require.Equal(t, row.json, string(out))
			require.Equal(t, row.dropped, report.Dropped)

			report = change.Report{Terms: &change.Terms{Max: 9, Paths: map[*model.Type]int{mapOf(row.of): len("m")}}}
			_, fits = v.AppendAs(nil, m, &report)
			require.True(t, fits)
			require.Empty(t, report.Dropped, "another map has no terms")
		})
	}
}
