package pattern_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

// FuzzMatch holds for any two texts: nothing panics, a fault has a place in the text, and an answer does not depend
// on white space, on fields that the pattern does not name, or on whether it is asked for with its reasons.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"a": [1]}`, `{"a": 1}`},
		{`{"a": {"b": [{"prefix": "x"}, {"exists": false}]}}`, `{"a": [{"b": "xy"}, {"c": null}]}`},
		{`{"$or": [{"a": [{"numeric": [">", 0, "<=", 5]}]}, {"b": [{"cidr": "10.0.0.0/8"}]}]}`, `{"a": 5e0, "b": "10.1.2.3"}`},
		{`{"a": [{"anything-but": {"wildcard": ["*x*", "y\\*"]}}]}`, `{"a": ["\u0078", "é"]}`},
		{`{"a": [{"suffix": {"equals-ignore-case": "ß"}}], "a.b": [null]}`, `{"a.b": null, "a": "SS"}`},
		{`{"$or": [{"prefix": "x"}]}`, `{"$or": "xy"}`},
		{`{"a": [}`, `[]`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, text, event []byte) {
		p, err := pattern.Compile(text)
		if err != nil {
			requirePlace(t, text, err)
			return
		}
		got, err := p.Match(event)
		if err != nil {
			requirePlace(t, event, err)
			return
		}
		misses, err := p.Explain(event)
		require.NoError(t, err)
		require.Equal(t, got, len(misses) == 0)
		again, err := pattern.Compile(indented(t, text))
		require.NoError(t, err)
		same, err := again.Match(append([]byte(`{"another field": [{"x": [1]}, 2],`), withoutBrace(indented(t, event))...))
		if err == nil { // an empty event has no field to follow the comma
			require.Equal(t, got, same)
		}
	})
}

func requirePlace(t *testing.T, text []byte, err error) {
	t.Helper()
	var fault *pattern.Error
	require.True(t, errors.As(err, &fault))
	require.LessOrEqual(t, fault.Offset, len(text))
	require.Equal(t, 1+bytes.Count(text[:fault.Offset], []byte("\n")), fault.Line)
	require.Equal(t, fault.Offset-bytes.LastIndexByte(text[:fault.Offset], '\n'), fault.Column)
}

func indented(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Indent(&b, text, "", "\t"))
	return b.Bytes()
}

func withoutBrace(object []byte) []byte { return object[bytes.IndexByte(object, '{')+1:] }

// A pattern made of an event's own leaves matches it, and does not once one leaf is another.
func TestOwnLeavesMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,3}`), rapid.String(), 1, 6).Draw(t, "leaves")
		event, own := map[string]any{}, map[string]any{}
		for name, value := range leaves {
			event[name] = map[string]any{"v": value}
			own[name] = map[string]any{"v": []any{map[string]any{"exactly": value}}}
		}
		requireMatch(t, true, marshal(t, own), marshal(t, event))
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(leaves))).Draw(t, "changed")
		event[name] = map[string]any{"v": leaves[name] + "!"}
		requireMatch(t, false, marshal(t, own), marshal(t, event))
	})
}

// What one operator says, anything-but it denies, of every value that is there.
func TestAnythingButIsTheOpposite(t *testing.T) {
	text := rapid.StringMatching(`[abAB.é]{0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		operator := rapid.SampledFrom([]string{"prefix", "suffix", "equals-ignore-case", "wildcard"}).Draw(t, "operator")
		operand := marshal(t, text.Filter(func(s string) bool { return s != "" }).Draw(t, "operand"))
		event := fmt.Sprintf(`{"x": %s}`, marshal(t, text.Draw(t, "value")))
		p, err := pattern.Compile(fmt.Appendf(nil, `{"x": [{%q: %s}]}`, operator, operand))
		require.NoError(t, err)
		holds, err := p.Match([]byte(event))
		require.NoError(t, err)
		requireMatch(t, !holds, fmt.Sprintf(`{"x": [{"anything-but": {%q: %s}}]}`, operator, operand), event)
	})
}

func marshal(t require.TestingT, v any) string {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
