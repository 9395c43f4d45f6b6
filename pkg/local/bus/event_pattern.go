package bus

import (
	"encoding/json"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

type testEventPatternInput struct{ EventPattern, Event string }

type testEventPatternOutput struct{ Result bool }

func (b *Bus) testEventPattern(in *testEventPatternInput) (*testEventPatternOutput, error) {
	compiled, err := pattern.Compile([]byte(in.EventPattern))
	if err != nil {
		return nil, invalidPattern(err)
	}
	if err := checkEvent(in.Event); err != nil {
		return nil, err
	}
	result, err := compiled.Match([]byte(in.Event))
	if err != nil {
		return nil, invalid("Parameter Event is not valid. Reason: %v", err)
	}
	return &testEventPatternOutput{Result: result}, nil
}

// checkEvent refuses what is no event: it must have all fields of the envelope but version and detail.
func checkEvent(event string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(event), &fields); err != nil {
		return invalid("Parameter Event is not valid. Reason: %v", err)
	}
	for _, name := range []string{"id", "account", "source", "time", "region", "resources", "detail-type"} {
		if fields[name] == nil {
			return invalid("Parameter Event is not valid. Reason: it has no field %q.", name)
		}
	}
	return nil
}

func invalidPattern(err error) error {
	return &fault{Code: "InvalidEventPatternException", Message: "Event pattern is not valid. Reason: " + err.Error()}
}
