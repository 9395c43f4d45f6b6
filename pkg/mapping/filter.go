package mapping

import (
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

const (
	maxFilters = 10   // 5 by default, 10 by a raised quota ("Control which events Lambda sends to your function")
	maxPattern = 4096 // characters (Lambda API reference, Filter)
)

// Filter decides which records the function gets: the filter criteria of a mapping. Records that it refuses are passed
// over for good, so a consumer that hosts audit has none.
type Filter struct{ patterns []*pattern.Pattern }

// NewFilter compiles filter criteria: EventBridge patterns over a whole stream record, of which one must match; none
// lets everything through. The error names every pattern that is refused by its number from 1, with line and column:
// what EventBridge refuses, and what can never match a DynamoDB record, whose numbers are strings.
func NewFilter(patterns []string) (*Filter, error) {
	f := &Filter{}
	var faults []error
	if len(patterns) > maxFilters {
		faults = append(faults, fmt.Errorf("%d filters: a mapping has at most %d, and 5 where the account's quota was not raised",
			len(patterns), maxFilters))
	}
	for i, text := range patterns {
		compiled, err := compileFilter(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("filter %d: %w", i+1, err))
		}
		f.patterns = append(f.patterns, compiled)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return f, nil
}

func compileFilter(text string) (*pattern.Pattern, error) {
	if n := len([]rune(text)); n > maxPattern {
		return nil, fmt.Errorf("%d characters: a pattern has at most %d", n, maxPattern)
	}
	compiled, err := pattern.Compile([]byte(text))
	if err != nil {
		return nil, err
	}
	if err := checkNumbers([]byte(text)); err != nil {
		return nil, err
	}
	return compiled, nil
}

// Matches reports whether the function gets the record, an element of Records in the event. It fails where the record
// is no JSON object; what becomes of one is the caller's to say.
func (f *Filter) Matches(record []byte) (bool, error) {
	for _, p := range f.patterns {
		if matches, err := p.Match(record); matches || err != nil {
			return matches, err
		}
	}
	return len(f.patterns) == 0, nil
}
