package bus

import (
	"encoding/json"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

type createEventBusInput struct{ Name string }

type createEventBusOutput struct{ EventBusArn string }

func (b *Bus) createEventBus(in *createEventBusInput) (*createEventBusOutput, error) {
	if !validBus.MatchString(in.Name) || in.Name == DefaultBus {
		return nil, invalid("Name %q: 1 to 256 letters, digits and . - _ /, and not %q.", in.Name, DefaultBus)
	}
	err := b.update(func(next *state) error {
		if next.Buses[in.Name] != nil {
			return &fault{Code: "ResourceAlreadyExistsException", Message: "Event bus " + in.Name + " already exists."}
		}
		next.Buses[in.Name] = &bus{Rules: map[string]*rule{}}
		return nil
	})
	return &createEventBusOutput{EventBusArn: b.busARN(in.Name)}, err
}

type describeEventBusInput struct{ Name string }

type describeEventBusOutput struct{ Name, Arn string }

func (b *Bus) describeEventBus(in *describeEventBusInput) (*describeEventBusOutput, error) {
	name, _, err := b.findBus(b.state.Load(), in.Name)
	if err != nil {
		return nil, err
	}
	return &describeEventBusOutput{Name: name, Arn: b.busARN(name)}, nil
}

// findBus finds the bus that a call names by name or ARN, or the default bus.
func (b *Bus) findBus(s *state, given string) (string, *bus, error) {
	name, err := b.busName(given)
	if err != nil {
		return "", nil, err
	}
	found := s.Buses[name]
	if found == nil {
		return "", nil, notFound("Event bus %s does not exist.", name)
	}
	return name, found, nil
}

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
