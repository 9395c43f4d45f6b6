package search

import (
	"fmt"
	"strings"
)

// decimalMapping maps a decimal, which documents hold as a text with all of its digits, in three ways. The field itself
// is a double, for sums, histograms and whatever 15 significant digits are enough for: two decimals that differ in later
// digits are the same to it. The sub-field exact has the text as it is, for equality and counts. The sub-field ordered
// is for sorting and ranges, which are true of all digits.
func decimalMapping() object {
	return object{"type": "double", "ignore_malformed": true, "fields": object{
		"exact":   keyword(),
		"ordered": object{"type": "keyword", "ignore_above": maxKeyword, "normalizer": decimalNormalizer},
	}}
}

// decimalNormalizer turns a decimal in plain notation into a text that stands among others as the decimal does among
// decimals. OpenSearch applies it to what is indexed and to what queries give; other texts than decimals come out of it
// in no useful order. Every index has it, so that a decimal can be added in place.
const decimalNormalizer = "outflow_decimal"

// integerDigits are those before the point of DynamoDB's greatest number, 9.99E+125 (Amazon DynamoDB Developer Guide,
// Supported data types).
const integerDigits = 126

// decimalFilter is one step of the normalizer: a regular expression of Java, and what takes the place of each match.
type decimalFilter struct{ pattern, replacement string }

// decimalFilters are the steps. A positive decimal becomes its digits, those before the point padded with zeros to one
// length: 12.50 -> 000...012.5. A negative one has for each digit the letter that orders the other way round, and ends
// with a tilde, which comes after the point and all letters, since of two negatives the longer is the smaller:
// -12.5 -> -jjj...jih.e~. The minus comes before all digits. Padding comes late, since the time that a step takes grows
// with the text.
func decimalFilters() []decimalFilter {
	filters := []decimalFilter{
		{`^-(?=[0.]*$)`, ""},               // no negative zero
		{`\.0*$|(\.[0-9]*[1-9])0+$`, "$1"}, // no trailing zeros of a fraction
	}
	for digit := range 10 {
		// From the minus on, or from the last match: the regular expression finds nothing in a positive decimal.
		pattern := fmt.Sprintf(`(^-|(?!^)\G)([^%d]*)%d`, digit, digit)
		filters = append(filters, decimalFilter{pattern, "$1$2" + string(rune('j'-digit))})
	}
	return append(filters,
		decimalFilter{`^(?=[0-9])`, strings.Repeat("0", integerDigits)}, // padded by more than enough
		decimalFilter{`^-`, "-" + strings.Repeat("j", integerDigits)},
		decimalFilter{fmt.Sprintf(`^(-?)[0-9a-j]*?([0-9a-j]{%d})(?![0-9a-j])`, integerDigits), "$1$2"}, // and cut to the length
		decimalFilter{`^(-.*)$`, "$1~"},
	)
}

// decimalAnalysis is the part of an index's settings that defines the normalizer.
func decimalAnalysis() object {
	filters, order := object{}, []string{}
	for i, f := range decimalFilters() {
		name := fmt.Sprintf("%s_%02d", decimalNormalizer, i)
		filters[name] = object{"type": "pattern_replace", "pattern": f.pattern, "replacement": f.replacement}
		order = append(order, name)
	}
	return object{
		"char_filter": filters,
		"normalizer":  object{decimalNormalizer: object{"type": "custom", "char_filter": order}},
	}
}
