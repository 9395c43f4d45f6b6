package pattern_test

import (
	"strings"

	"pgregory.net/rapid"
)

// element draws an element of a field's list.
func element(t *rapid.T) alternative {
	return rapid.SampledFrom([]func(*rapid.T) alternative{
		exact, exact, exists, affix, ignoringCase, wildcard, numeric, cidr, anythingBut, anythingBut,
	}).Draw(t, "operator")(t)
}

func operator(name, operand, wish string) alternative {
	return alternative{"{" + quoted(name) + ": " + operand + "}", wish}
}

func exact(t *rapid.T) alternative {
	value := scalar(t)
	return alternative{value, value}
}

func exists(t *rapid.T) alternative {
	if rapid.Bool().Draw(t, "exists") {
		return operator("exists", "true", scalar(t))
	}
	return operator("exists", "false", "")
}

func affix(t *rapid.T) alternative {
	s := text(t)
	ignoring := rapid.Bool().Draw(t, "ignoring case")
	operand := quoted(s)
	if ignoring {
		operand = `{"equals-ignore-case": ` + operand + "}"
		s = otherCase(t, s)
	}
	if rapid.Bool().Draw(t, "prefix") {
		return operator("prefix", operand, quoted(s+text(t)))
	}
	return operator("suffix", operand, quoted(text(t)+s))
}

func otherCase(t *rapid.T, s string) string {
	return rapid.SampledFrom([]func(string) string{strings.ToUpper, strings.ToLower, strings.ToTitle}).Draw(t, "case")(s)
}

func ignoringCase(t *rapid.T) alternative {
	s := text(t)
	return operator("equals-ignore-case", quoted(s), quoted(otherCase(t, s)))
}

func wildcard(t *rapid.T) alternative {
	w, wish := aWildcard(t)
	return operator("wildcard", quoted(w), quoted(wish))
}

func aWildcard(t *rapid.T) (w, wish string) {
	parts := []string{"*", "*", "*b", "a", "ab", "b", "é", `\*`, `\\`}
	if rarely(t) {
		parts = append(parts, `\a`, "**")
	}
	for _, part := range rapid.SliceOfN(rapid.SampledFrom(parts), 1, 4).Draw(t, "parts") {
		if strings.HasSuffix(w, "*") && part[0] == '*' && !strings.HasSuffix(w, `\*`) {
			continue // two stars in a row are no wildcard
		}
		w += part
		switch {
		case strings.HasPrefix(part, `\`):
			wish += part[1:]
		default:
			wish += strings.ReplaceAll(part, "*", text(t))
		}
	}
	return w, wish
}

func numeric(t *rapid.T) alternative {
	low, high := number(t), number(t)
	if at := rapid.IntRange(1, len(numbers())-1).Draw(t, "at"); !rarely(t) {
		low = numbers()[at-1]
		high = rapid.SampledFrom(numbers()[at:]).Draw(t, "high")
	}
	switch comparison := rapid.SampledFrom([]string{"=", "<", "<=", ">", ">=", "range"}).Draw(t, "comparison"); comparison {
	case "range":
		open := rapid.SampledFrom([]string{">", ">="}).Draw(t, "lower")
		end := rapid.SampledFrom([]string{"<", "<="}).Draw(t, "upper")
		return operator("numeric", "["+quoted(open)+", "+low+", "+quoted(end)+", "+high+"]", rapid.SampledFrom([]string{low, high, number(t)}).Draw(t, "bound"))
	default:
		return operator("numeric", "["+quoted(comparison)+", "+low+"]", rapid.SampledFrom([]string{low, number(t)}).Draw(t, "bound"))
	}
}

func cidr(t *rapid.T) alternative {
	if rarely(t) {
		return operator("cidr", quoted(rapid.SampledFrom([]string{
			"10.0.0.0/32", "10.0.0.0", "x/8", "10.0.0.0/-1", "10.0.0.0/x", "::/128", "10.0.0/8", "10.0.0.0/8/8", "", "/",
		}).Draw(t, "no block")), scalar(t))
	}
	block := rapid.SampledFrom([][2]string{
		{"10.0.0.0/24", "10.0.0.200"}, {"10.0.0.0/8", "10.1.2.3"}, {"10.0.0.1/31", "10.0.0.1"}, {"10.0.0.77/27", "10.0.0.64"},
		{"192.168.0.0/17", "192.168.0.1"}, {"2001:db8::/32", "2001:DB8:0::1"}, {"2001:db8::/126", "2001:db8::1"},
	}).Draw(t, "block")
	return operator("cidr", quoted(block[0]), quoted(block[1]))
}

// anythingBut wishes for a value that is excluded as often as for another.
func anythingBut(t *rapid.T) alternative {
	kind := rapid.SampledFrom([]string{"", "", "prefix", "suffix", "equals-ignore-case", "wildcard"}).Draw(t, "anything but")
	numbers := kind == "" && rapid.Bool().Draw(t, "numbers")
	operands := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		switch {
		case rarely(t):
			return scalar(t)
		case kind == "wildcard":
			w, _ := aWildcard(t)
			return quoted(w)
		case numbers:
			return number(t)
		}
		return quoted(rapid.Custom(text).Filter(func(s string) bool { return s != "" }).Draw(t, "text"))
	}), 1, 2).Draw(t, "operands")
	operand := operands[0]
	if len(operands) > 1 || rapid.Bool().Draw(t, "as list") {
		operand = "[" + strings.Join(operands, ", ") + "]"
	}
	if kind != "" {
		operand = "{" + quoted(kind) + ": " + operand + "}"
	}
	return operator("anything-but", operand, rapid.SampledFrom([]string{operands[0], scalar(t)}).Draw(t, "value"))
}
