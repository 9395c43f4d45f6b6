package model

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// inWords is a type in the model's words, with its article.
func inWords(t *types.Type) string { return nameInWords(cel.FormatCELType(t)) }

var celTypes = map[string]string{
	"int": "an integer", "uint": "an unsigned integer", "double": "a number", "bool": "a boolean", "bytes": "a binary",
	"google.protobuf.Timestamp": "a timestamp", "timestamp": "a timestamp", "google.protobuf.Duration": "a duration",
	"duration": "a duration", "null": "null", "null_type": "null", "dyn": "a value of any type", "list": "a list",
	"string": "a string", "decimal": "a decimal", "map": "a map",
}

// nameInWords does the same for a type as CEL writes it: list(int) is a list of integer.
func nameInWords(name string) string {
	if words, ok := celTypes[name]; ok {
		return words
	}
	if entity, ok := strings.CutPrefix(name, "@"); ok {
		if before, ok := strings.CutPrefix(entity, "key of "); ok {
			return "the key of " + before
		}
		return "the fields of " + entity
	}
	if outer, inner, ok := strings.Cut(name, "("); ok {
		of := splitTypes(strings.TrimSuffix(inner, ")"))
		return nameInWords(outer) + " of " + strings.TrimPrefix(strings.TrimPrefix(nameInWords(of[len(of)-1]), "a "), "an ")
	}
	return name
}

// splitTypes splits a list of types at the commas outside parentheses.
func splitTypes(list string) []string {
	var all []string
	depth, start := 0, 0
	for i, c := range list {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			all = append(all, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
	}
	return append(all, strings.TrimSpace(list[start:]))
}

// mixedHint says how to make two types one.
func mixedHint(given []string) string {
	has := func(name string) bool { return slices.Contains(given, name) }
	switch {
	case has("double") && has("int"):
		return "; write an integer constant as 2.0, or use double(x)"
	case has("decimal") && (has("double") || has("int")):
		return "; use double(x) for both"
	case has("decimal") && has("string"):
		return `; make a decimal of it: decimal("12.50")`
	case (has("timestamp") || has("google.protobuf.Timestamp")) && has("string"):
		return "; make a timestamp of it: timestamp('2026-01-31T00:00:00Z')"
	case has("string"):
		return "; use string(x), or int(x), double(x), decimal(x)"
	}
	return ""
}

func conversionHint(a, b *types.Type) string {
	return mixedHint([]string{cel.FormatCELType(a), cel.FormatCELType(b)})
}
