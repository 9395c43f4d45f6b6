package pattern_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

const twoMatches = `{"x": [{"name": "ann", "age": 30, "tags": ["a"]}, {"name": "bob", "age": 40, "tags": ["b", "c"]}]}`

// rulesRow is a rule of matching, shown by a pattern and an event.
type rulesRow struct {
	name, pattern, event string
	want                 bool
}

func TestMatch(t *testing.T) {
	for _, test := range rulesOfMatching() {
		t.Run(test.name, func(t *testing.T) { requireMatch(t, test.want, test.pattern, test.event) })
	}
}

func rulesOfMatching() []rulesRow {
	return []rulesRow{
		// Numbers.
		{"numbers compare by value", `{"a": [300]}`, `{"a": 3.0e2}`, true},
		{"numbers compare by value, a fraction", `{"a": [0.10]}`, `{"a": 1E-1}`, true},
		{"minus zero is zero", `{"a": [{"numeric": ["=", 0]}]}`, `{"a": -0.0}`, true},
		{"a number beyond a double compares by its text", `{"a": [12345678901234567890.1]}`, `{"a": 12345678901234567890.1}`, true},
		{"a number beyond a double is no number", `{"a": [{"numeric": [">", 0]}]}`, `{"a": 12345678901234567890.1}`, false},
		{"an integer that a double holds", `{"a": [{"numeric": ["=", 9007199254740992]}]}`, `{"a": 9007199254740992}`, true},
		{"an integer that a double does not hold", `{"a": [{"numeric": [">", 1]}]}`, `{"a": 9007199254740993}`, false},
		{"beyond the documented range", `{"a": [{"numeric": [">", 5e9]}]}`, `{"a": 5000000000.5}`, true},
		{"negative", `{"a": [{"numeric": [">=", -5.5, "<", -5]}]}`, `{"a": -5.5}`, true},
		{"an overflow is no number", `{"a": [{"numeric": [">", 0]}]}`, `{"a": 1e400}`, false},
		{"an underflow is no number", `{"a": [{"numeric": ["=", 0]}]}`, `{"a": 1e-400}`, false},
		{"an exponent beyond reason", `{"a": [{"anything-but": 0}]}`, `{"a": 1e-99999999999999999999}`, true},
		{"anything-but a number matches a string", `{"a": [{"anything-but": 1}]}`, `{"a": "1"}`, true},
		{"anything-but a string matches a number", `{"a": [{"anything-but": "1"}]}`, `{"a": 1}`, true},
		// Text.
		{"an escape is the character", `{"a": ["caf\u00e9"]}`, `{"a": "café"}`, true},
		{"an escape in a name", `{"\u0061": ["x"]}`, `{"a": "x"}`, true},
		{"a quote in a string", `{"a": [{"prefix": "\""}]}`, `{"a": "\"x"}`, true},
		{"an empty prefix is any string", `{"a": [{"prefix": ""}]}`, `{"a": ""}`, true},
		{"an empty prefix is no number", `{"a": [{"prefix": ""}]}`, `{"a": 1}`, false},
		{"exactly", `{"a": [{"exactly": "x"}]}`, `{"a": "x"}`, true},
		{"case beyond ASCII", `{"a": [{"equals-ignore-case": "ÄÖÉ"}]}`, `{"a": "äÖé"}`, true},
		{"a sharp s is two letters in upper case", `{"a": [{"equals-ignore-case": "straße"}]}`, `{"a": "STRASSE"}`, true},
		{"two letters are no sharp s", `{"a": [{"equals-ignore-case": "STRASSE"}]}`, `{"a": "straße"}`, false},
		{"a dotted capital I", `{"a": [{"prefix": {"equals-ignore-case": "İ"}}]}`, "{\"a\": \"i\u0307x\"}", true},
		{"a suffix of another case and letter", `{"a": [{"suffix": {"equals-ignore-case": "xy"}}]}`, `{"a": "zY"}`, false},
		{"case outside the first plane", `{"a": [{"equals-ignore-case": "𐐀😀"}]}`, `{"a": "𐐨😀"}`, true},
		{"wildcard alone is any string", `{"a": [{"wildcard": "*"}]}`, `{"a": ""}`, true},
		{"wildcard alone is no number", `{"a": [{"wildcard": "*"}]}`, `{"a": 1}`, false},
		{"wildcard without a star", `{"a": [{"wildcard": "abc"}]}`, `{"a": "abcd"}`, false},
		{"wildcard parts do not overlap", `{"a": [{"wildcard": "ab*ba"}]}`, `{"a": "aba"}`, false},
		{"wildcard parts in order", `{"a": [{"wildcard": "*b*a*"}]}`, `{"a": "ab"}`, false},
		{"wildcard over any characters", `{"a": [{"wildcard": "é*é"}]}`, `{"a": "é\n\"é"}`, true},
		{"wildcard of many stars", `{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}`, `{"a": "arn:aws:events:us-east-1:1:event-bus/b"}`, true},
		{"wildcard, a backslash itself", `{"a": [{"wildcard": "a\\\\*"}]}`, `{"a": "a\\b"}`, true},
		// Addresses.
		{"an exact address in another notation", `{"a": ["0:0:0:0:0:0:0:1"]}`, `{"a": "::1"}`, true},
		{"an exact address mapped into IPv6", `{"a": ["10.0.0.1"]}`, `{"a": "::ffff:a00:1"}`, true},
		{"exactly an address is text", `{"a": [{"exactly": "::1"}]}`, `{"a": "0:0:0:0:0:0:0:1"}`, false},
		{"cidr within a digit", `{"a": [{"cidr": "10.0.0.64/26"}]}`, `{"a": "10.0.0.127"}`, true},
		{"cidr within a digit, outside", `{"a": [{"cidr": "10.0.0.64/26"}]}`, `{"a": "10.0.0.128"}`, false},
		{"cidr of all", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": "255.255.255.255"}`, true},
		{"cidr of no address", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": "example"}`, false},
		{"cidr of IPv4 sees the first digits of IPv6", `{"a": [{"cidr": "38.0.0.0/8"}]}`, `{"a": "2600:1f18::1"}`, true},
		{"anything-but an address is text", `{"a": [{"anything-but": "::1"}]}`, `{"a": "0:0:0:0:0:0:0:1"}`, true},
		// Names.
		{"a dot in the event's name", `{"a": {"b": [1]}}`, `{"a.b": 1}`, true},
		{"a dot in the pattern's name", `{"a.b.c": [1]}`, `{"a": {"b.c": 1}}`, true},
		{"names beyond ASCII", `{"é": {"a": [1], "b": [2]}, "𐐀": [3]}`, `{"é": [{"a": 1, "b": 2}], "𐐀": 3}`, true},
		{"empty names", `{"": {"": ["x"]}}`, `{"": {"": "x"}}`, true},
		{"an empty name is not nothing", `{"": {"b": ["x"]}}`, `{"b": "x"}`, false},
		{"a key that the event has twice has both values", `{"a": [1], "b": [2]}`, `{"a": 1, "a": 3, "b": 2}`, true},
		// Arrays.
		{"any element", `{"x": {"name": ["bob"]}}`, twoMatches, true},
		{"both in one element", `{"x": {"name": ["bob"], "age": [40]}}`, twoMatches, true},
		{"in different elements", `{"x": {"name": ["bob"], "age": [30]}}`, twoMatches, false},
		{"a list inside the element", `{"x": {"name": ["bob"], "tags": ["c"]}}`, twoMatches, true},
		{"a list inside another element", `{"x": {"name": ["bob"], "tags": ["a"]}}`, twoMatches, false},
		{"an inner and an outer field", `{"x": {"y": {"b": [2]}, "a": [1]}}`, `{"x": [{"a": 1, "y": [{"b": 1}, {"b": 2}]}]}`, true},
		{"an inner and another outer field", `{"x": {"y": {"b": [2]}, "a": [1]}}`, `{"x": [{"a": 1, "y": [{"b": 1}]}, {"a": 2, "y": [{"b": 2}]}]}`, false},
		{"lists in lists", `{"a": [3]}`, `{"a": [[1, 2], [[3]]]}`, true},
		{"an empty list is nothing", `{"a": [{"exists": false}]}`, `{"a": []}`, true},
		{"null exists", `{"a": [{"exists": true}]}`, `{"a": null}`, true},
		{"anything-but holds if one element is another", `{"a": [{"anything-but": "x"}]}`, `{"a": ["x", "y"]}`, true},
		{"absent, or a value", `{"a": [{"exists": false}, "x"]}`, `{"a": "x"}`, true},
		{"absent or a value, another", `{"a": [{"exists": false}, "x"]}`, `{"a": "y"}`, false},
		{"absent in the element that matched", `{"x": {"a": [1], "b": [{"exists": false}]}}`, `{"x": [{"a": 1}, {"a": 2, "b": 3}]}`, true},
		{"present in the element that matched", `{"x": {"a": [1], "b": [{"exists": false}]}}`, `{"x": [{"a": 1, "b": 3}, {"a": 2}]}`, false},
		// The later field is not looked at when the earlier one, by name, must be absent.
		{"absent goes by the names before it", `{"x": {"a": [{"exists": false}], "b": [1]}}`, `{"x": [{"b": 1}, {"a": 2}]}`, false},
		// $or.
		{"$or adds to the fields around it", `{"a": [1], "$or": [{"b": [2]}, {"c": [3]}], "d": [4]}`, `{"a": 1, "c": 3, "d": 4}`, true},
		{"a field in $or takes the place of the one before", `{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}`, `{"a": 2}`, true},
		{"$or inside an array element", `{"x": {"name": ["bob"], "$or": [{"age": [30]}, {"tags": ["a"]}]}}`, twoMatches, false},
	}
}

func TestExplain(t *testing.T) {
	p, err := pattern.Compile([]byte(`{"$or": [{"x": {"age": [30], "name": ["bob"]}}, {"y": [{"exists": true}]}], "z": [1]}`))
	require.NoError(t, err)
	misses, err := p.Explain([]byte(twoMatches))
	require.NoError(t, err)
	require.Equal(t, []pattern.Miss{
		{Field: "x.name", Want: `["bob"]`, Found: []string{`"ann"`, `"bob"`}},
		{Field: "y", Want: `[{"exists": true}]`},
	}, misses)
}

func TestEventsThatAreNone(t *testing.T) {
	p, err := pattern.Compile([]byte(`{"a": [1]}`))
	require.NoError(t, err)
	for _, test := range []struct{ name, event, fault string }{
		{"nothing", "", "event: line 1, column 1: not JSON"},
		{"cut short", `{"a": 1`, "event: line 1, column 8: not JSON: unexpected end"},
		{"a list", `[1]`, "event: line 1, column 1: must be a JSON object"},
		{"something behind it", "{}\n{}", "event: line 2, column 1: not JSON"},
		{"not UTF-8", "{\"a\": \"\xff\"}", "event: line 1, column 8: this byte is not UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := p.Match([]byte(test.event))
			require.ErrorContains(t, err, test.fault)
			_, err = p.Explain([]byte(test.event))
			require.ErrorContains(t, err, test.fault)
		})
	}
}

// Choices in arrays without a common field must not multiply: done one by one these would be 10^12.
func TestManyArrays(t *testing.T) {
	elements := strings.TrimSuffix(strings.Repeat(`{"k": 1},`, 10_000), ",")
	event := `{"a": [` + elements + `], "b": [` + elements + `], "c": [` + elements + `], "d": 2}`
	requireMatch(t, false, `{"a": {"k": [1]}, "b": {"k": [1]}, "c": {"k": [1]}, "d": [1]}`, event)
}
