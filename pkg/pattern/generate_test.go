package pattern_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// pair is a pattern with an event that was made to fit it more or less.
type pair struct{ pattern, event string }

// pairGenerator makes patterns of all operators, some of them spoilt, with events from the same few names and values.
func pairGenerator() *rapid.Generator[pair] {
	return rapid.Custom(func(t *rapid.T) pair {
		top := object(t, 0, false)
		event := top.event(t)
		if !strings.HasPrefix(event, "{") {
			event = `{"d": ` + event + `}`
		}
		return pair{spoilt(t, top.pattern()), event}
	})
}

// tree is an object of a pattern, or a field's list where it has alternatives.
type tree struct {
	names    []string
	children []tree // by name, or the alternatives of "$or"
	leaf     []alternative
}

// alternative is an element of a field's list, with a value that it probably holds for; "" where the field should not
// be there.
type alternative struct{ text, wish string }

func object(t *rapid.T, depth int, inOr bool) tree {
	var o tree
	for range rapid.IntRange(1, 3-min(depth, 1)).Draw(t, "fields") {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		switch {
		case kind == 0 && depth < 2:
			o.add("$or", tree{children: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tree {
				return object(t, depth+1, true)
			}), 2, 3).Draw(t, "or")})
		case kind <= 3 && depth < 2:
			o.add(name(t), object(t, depth+1, inOr))
		default:
			o.add(name(t), tree{leaf: rapid.SliceOfN(rapid.Custom(element), 1, 2).Draw(t, "list")})
		}
	}
	return o
}

func (o *tree) add(name string, child tree) {
	o.names = append(o.names, name)
	o.children = append(o.children, child)
}

func name(t *rapid.T) string {
	if rarely(t) {
		return "prefix" // an operator's, which must not stand inside "$or"
	}
	return rapid.SampledFrom([]string{"a", "a", "b", "b", "c", "d", "a.b", "é", "𐐀"}).Draw(t, "name")
}

func rarely(t *rapid.T) bool { return rapid.IntRange(0, 39).Draw(t, "rarely") == 29 }

// pattern is the pattern's text.
func (o tree) pattern() string {
	switch {
	case o.leaf != nil:
		texts := make([]string, len(o.leaf))
		for i, a := range o.leaf {
			texts[i] = a.text
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case o.names == nil: // "$or"
		texts := make([]string, len(o.children))
		for i, child := range o.children {
			texts[i] = child.pattern()
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	members := make([]string, len(o.names))
	for i, name := range o.names {
		members[i] = quoted(name) + ": " + o.children[i].pattern()
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// event is a value of an event that more or less fits.
func (o tree) event(t *rapid.T) string {
	if o.leaf != nil {
		return o.value(t)
	}
	if rapid.IntRange(0, 7).Draw(t, "list") == 0 {
		return "[" + o.members(t) + ", " + o.members(t) + "]"
	}
	return o.members(t)
}

func (o tree) members(t *rapid.T) string {
	var members []string
	seen := map[string]bool{}
	var collect func(o tree)
	collect = func(o tree) {
		for i, child := range o.children {
			switch {
			case o.names == nil || o.names[i] == "$or":
				collect(child)
			case !seen[o.names[i]] && rapid.IntRange(0, 9).Draw(t, "there") > 0:
				seen[o.names[i]] = true
				if value := child.event(t); value != "" {
					members = append(members, quoted(o.names[i])+": "+value)
				}
			}
		}
	}
	collect(o)
	return "{" + strings.Join(members, ", ") + "}"
}

func (o tree) value(t *rapid.T) string {
	switch rapid.IntRange(0, 9).Draw(t, "fit") {
	case 0, 1:
		return scalar(t)
	case 2:
		return "[" + strings.Join(rapid.SliceOfN(rapid.Custom(scalar), 0, 3).Draw(t, "values"), ", ") + "]"
	case 3:
		return rapid.SampledFrom([]string{`{}`, `[]`, `{"a": 1}`, `[[1], ["a"]]`, `[{"a": "ab"}, {"b": 1}]`}).Draw(t, "shape")
	default:
		return rapid.SampledFrom(o.leaf).Draw(t, "fitting").wish
	}
}

func scalar(t *rapid.T) string {
	if rapid.Bool().Draw(t, "text") {
		return quoted(text(t))
	}
	return literal(t)
}

func text(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"", "a", "ab", "abc", "ABC", "aBc", "bc", "b", "é", "É", "aé", "straße", "STRASSE", "a*b", `a\b`, `"`, "1", "true",
		"10.0.0.1", "10.0.0.200", "10.1.2.3", "192.168.0.1", "::1", "0:0:0:0:0:0:0:1", "2001:db8::1", "2001:DB8:0::1", "::ffff:a00:1",
	}).Draw(t, "string")
}

func literal(t *rapid.T) string {
	return rapid.SampledFrom([]string{"true", "false", "null", number(t), number(t)}).Draw(t, "literal")
}

func number(t *rapid.T) string {
	if rarely(t) { // more digits than a double holds
		return rapid.SampledFrom([]string{"9007199254740993", "12345678901234567890.5", "1e400", "1e-400"}).Draw(t, "number")
	}
	return rapid.SampledFrom(numbers()).Draw(t, "number")
}

// numbers ascend.
func numbers() []string {
	return []string{
		"-5000000000.25", "-1", "-0", "0", "0.0", "1e-1", "0.1", "0.30000000000000004", "10e-1", "1", "1.0", "1e0", "1.5", "3.0e2", "300",
		"301.8", "5E+9", "123456789012", "9007199254740992", "1e300",
	}
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(text)
}

// spoilt makes of one pattern in ten another text, which mostly is no pattern.
func spoilt(t *rapid.T, pattern string) string {
	if rapid.IntRange(0, 9).Draw(t, "spoil") != 7 {
		return pattern
	}
	change := rapid.SampledFrom([][2]string{
		{"[", "[["}, {"]", "]]"}, {"{", "{{"}, {`"`, `'`}, {": [", ": "}, {"[", "[], ["}, {"}", ", \"x\": 1}"}, {"[", "[{}, "},
		{"[", "[[1], "}, {`": "`, `": 1, "`}, {"{", "["}, {`{"`, `{"x`}, {"[", "[null, "}, {"]", ", true]"}, {"]", ", 1.5]"}, {"]", ", \"z\"]"},
	}).Draw(t, "change")
	places := strings.Count(pattern, change[0])
	if places == 0 {
		return fmt.Sprintf("[%s]", pattern)
	}
	parts := strings.SplitN(pattern, change[0], rapid.IntRange(2, places+1).Draw(t, "place"))
	return strings.Join(parts[:len(parts)-1], change[0]) + change[1] + parts[len(parts)-1]
}
