package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name, pattern, at string // at: the text before which the fault is said to be; "" for the end
		fault             string
	}{
		{"nothing", ``, ``, "not JSON"},
		{"no JSON", `{"a": [}`, `}`, "not JSON"},
		{"a list", `["a"]`, `["a"]`, "must be a JSON object"},
		{"an empty pattern", `{}`, `{}`, "an empty object matches nothing"},
		{"an empty object", `{"a": {}}`, `{}}`, "an empty object matches nothing"},
		{"a value without a list", `{"a": "x"}`, `"x"`, `"a" must be an object or a list of values, as in "a": [...]`},
		{"a number without a list", `{"a": 1}`, `1}`, "must be an object or a list"},
		{"an empty list", `{"a": []}`, `[]`, "an empty list matches nothing"},
		{"a list in a list", `{"a": [["x"]]}`, `["x"]`, "not a list"},
		{"an empty operator", `{"a": [{}]}`, `}]`, "this object must hold an operator"},
		{"an unknown operator", `{"a": [{"begins": "x"}]}`, `"begins"`, `"begins" is no operator: it must be one of prefix`},
		{"two operators", `{"a": [{"prefix": "x", "suffix": "y"}]}`, `"suffix"`, "holds one operator only"},
		{"prefix of a number", `{"a": [{"prefix": 1}]}`, `1}`, `"prefix" must be a string`},
		{"prefix of another operator", `{"a": [{"prefix": {"wildcard": "x"}}]}`, `"wildcard"`, `"wildcard" inside "prefix" is not supported`},
		{"prefix of nothing", `{"a": [{"prefix": {}}]}`, `}}]`, `must hold "equals-ignore-case"`},
		{"prefix ignoring the case of a number", `{"a": [{"prefix": {"equals-ignore-case": 1}}]}`, `1}`, "must be a string"},
		{"suffix of a list", `{"a": [{"suffix": ["x"]}]}`, `["x"]`, `"suffix" must be a string`},
		{"equals-ignore-case of a list", `{"a": [{"equals-ignore-case": ["x"]}]}`, `["x"]`, "must be a string"},
		{"wildcard of a number", `{"a": [{"wildcard": 1}]}`, `1}`, `"wildcard" must be a string`},
		{"two stars", `{"a": [{"wildcard": "x**"}]}`, `"x**"`, "consecutive wildcard characters"},
		{"a stray backslash", `{"a": [{"wildcard": "a\\b"}]}`, `"a\\b"`, "a backslash must stand before"},
		{"a backslash at the end", `{"a": [{"wildcard": "a\\"}]}`, `"a\\"`, "a backslash must stand before"},
		{"anything-but null", `{"a": [{"anything-but": null}]}`, `null`, "takes strings or numbers"},
		{"anything-but true", `{"a": [{"anything-but": [true]}]}`, `true`, "takes strings or numbers"},
		{"anything-but nothing", `{"a": [{"anything-but": []}]}`, `[]}`, "is empty"},
		{"anything-but both", `{"a": [{"anything-but": ["x", 1]}]}`, `1]`, "either strings or numbers"},
		{"anything-but an unknown operator", `{"a": [{"anything-but": {"exists": true}}]}`, `"exists"`, "is not supported"},
		{"anything-but an empty operator", `{"a": [{"anything-but": {}}]}`, `}}]`, "must hold an operator"},
		{"anything-but two operators", `{"a": [{"anything-but": {"prefix": "x", "suffix": "y"}}]}`, `"suffix"`, "holds one operator only"},
		{"anything-but an empty prefix", `{"a": [{"anything-but": {"prefix": ""}}]}`, `""}`, "every string has the empty prefix"},
		{"anything-but an empty suffix", `{"a": [{"anything-but": {"suffix": ["x", ""]}}]}`, `""]`, "every string has the empty suffix"},
		{"anything-but the prefix of a number", `{"a": [{"anything-but": {"prefix": [1]}}]}`, `1]`, "must be a string"},
		{"anything-but a wrong wildcard", `{"a": [{"anything-but": {"wildcard": ["a", "**"]}}]}`, `"**"`, "consecutive"},
		{"anything-but too long a number", `{"a": [{"anything-but": 12345678901234567891}]}`, `123`, "more digits than a double holds"},
		{"numeric without a list", `{"a": [{"numeric": 1}]}`, `1}`, `"numeric" must be a list`},
		{"numeric of nothing", `{"a": [{"numeric": []}]}`, `]}]`, "expected one of"},
		{"numeric without an operator", `{"a": [{"numeric": [1]}]}`, `1]`, "expected one of"},
		{"numeric with an unknown operator", `{"a": [{"numeric": ["!=", 1]}]}`, `"!="`, `"!=" cannot stand here`},
		{"numeric of a string", `{"a": [{"numeric": ["=", "1"]}]}`, `"1"`, "expected a number"},
		{"numeric of too long a number", `{"a": [{"numeric": [">", 0.12345678901234567891]}]}`, `0.1`, "more digits than a double holds"},
		{"numeric with too much behind =", `{"a": [{"numeric": ["=", 1, "<", 2]}]}`, `"<"`, "too many elements"},
		{"numeric with too much behind <", `{"a": [{"numeric": ["<", 1, ">", 0]}]}`, `">"`, "too many elements"},
		{"numeric with a wrong second operator", `{"a": [{"numeric": [">", 1, "=", 2]}]}`, `"="`, `"=" cannot stand here`},
		{"numeric with a third operator", `{"a": [{"numeric": [">", 1, "<", 2, "<", 3]}]}`, `"<", 3`, "too many elements"},
		{"numeric of an empty range", `{"a": [{"numeric": [">", 2, "<", 1]}]}`, `[">", 2`, "the lower bound must be less"},
		{"numeric of one point", `{"a": [{"numeric": [">=", 2, "<=", 2]}]}`, `[">=", 2`, "the lower bound must be less"},
		{"numeric above all", `{"a": [{"numeric": [">", 1.7976931348623157e308]}]}`, `[">", 1`, "no number lies in this range"},
		{"exists of a string", `{"a": [{"exists": "true"}]}`, `"true"`, `"exists" must be true or false`},
		{"exists and more", `{"a": [{"exists": true, "prefix": "x"}]}`, `"prefix"`, "holds one operator only"},
		{"cidr of a number", `{"a": [{"cidr": 10}]}`, `10}`, `"cidr" must be a string`},
		{"cidr without a slash", `{"a": [{"cidr": "10.0.0.0"}]}`, `"10.`, "an address, a slash and a number of bits"},
		{"cidr of no address", `{"a": [{"cidr": "10.0.0/8"}]}`, `"10.`, `"10.0.0" is no IP address`},
		{"cidr of too many bits", `{"a": [{"cidr": "10.0.0.0/32"}]}`, `"10.`, `the number of bits is "32": it must be between 0 and 31`},
		{"cidr of too many bits of IPv6", `{"a": [{"cidr": "::/128"}]}`, `"::`, "between 0 and 127"},
		{"cidr of no number of bits", `{"a": [{"cidr": "::/x"}]}`, `"::`, `the number of bits is "x"`},
		{"$or of one object", `{"$or": [{"a": [1]}]}`, `[{"a"`, "must hold at least two objects"},
		{"$or of values and objects", `{"$or": [{"a": [1]}, 2]}`, `2]}`, "must hold objects only"},
		{"$or of an empty object", `{"$or": [{"a": [1]}, {}]}`, `{}]`, "an empty object matches nothing"},
		{"$or of a string", `{"$or": "x"}`, `"x"`, "must be a list of objects"},
		{"an operator's name inside $or", `{"$or": [{"a": [1]}, {"b": {"prefix": ["x"]}}]}`, `"prefix"`, `"prefix" is an operator and cannot be a field`},
		{"a fault inside $or", `{"$or": [{"a": [1]}, {"b": []}]}`, `[]}]`, "an empty list matches nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, lead := range []string{"", "\n\n  "} { // the place must follow the text
				text := lead + test.pattern
				_, err := pattern.Compile([]byte(text))
				var fault *pattern.Error
				require.ErrorAs(t, err, &fault)
				require.Contains(t, fault.Message, test.fault)
				require.Equal(t, len(lead)+strings.Index(test.pattern, test.at), fault.Offset)
				line := 1 + strings.Count(text[:fault.Offset], "\n")
				require.Equal(t, line, fault.Line)
				require.Equal(t, fault.Offset-strings.LastIndex(text[:fault.Offset], "\n"), fault.Column)
				require.ErrorContains(t, err, fmt.Sprintf("event pattern: line %d, column %d: ", fault.Line, fault.Column))
			}
		})
	}
}

func TestCombinations(t *testing.T) {
	or := func(name string, alternatives int) string {
		list := make([]string, alternatives)
		for i := range list {
			list[i] = fmt.Sprintf(`{"%s%d": [1]}`, name, i)
		}
		return fmt.Sprintf(`{"$or": [%s]}`, strings.Join(list, ", "))
	}
	_, err := pattern.Compile(fmt.Appendf(nil, `{"a": %s, "b": %s, "c": %s}`, or("a", 10), or("b", 10), or("c", 10)))
	require.NoError(t, err)
	_, err = pattern.Compile(fmt.Appendf(nil, `{"a": %s, "b": %s, "c": %s}`, or("a", 10), or("b", 10), or("c", 11)))
	require.ErrorContains(t, err, "more than 1000 combinations")
}

func TestFields(t *testing.T) {
	fields := func(n int) []byte {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`"f%d": [1]`, i)
		}
		return []byte("{" + strings.Join(list, ", ") + "}")
	}
	_, err := pattern.Compile(fields(256))
	require.NoError(t, err)
	_, err = pattern.Compile(fields(257))
	require.ErrorContains(t, err, "257 fields together: a pattern may have 256")
}
