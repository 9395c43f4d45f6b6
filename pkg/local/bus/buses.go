package bus

import (
	"maps"
	"slices"
	"strings"
)

type createEventBusInput struct{ Name, Description string }

type createEventBusOutput struct {
	EventBusArn string
	Description string `json:",omitempty"`
}

func (b *Bus) createEventBus(in *createEventBusInput) (*createEventBusOutput, error) {
	if err := busNames.check(in.Name, "name"); err != nil {
		return nil, err
	}
	now := b.cfg.Now().UTC()
	err := b.update(func(next *state) error {
		if next.Buses[in.Name] != nil {
			return &fault{Code: "ResourceAlreadyExistsException", Message: "Event bus " + in.Name + " already exists."}
		}
		next.Buses[in.Name] = &bus{Description: in.Description, Created: &now, Rules: map[string]*rule{}}
		return nil
	})
	return &createEventBusOutput{EventBusArn: b.busARN(in.Name), Description: in.Description}, err
}

type eventBusName struct{ Name string }

// eventBusOutput describes a bus. A bus of the configuration was always there: it has no times.
type eventBusOutput struct {
	Name, Arn        string
	Description      string `json:",omitempty"`
	CreationTime     int64  `json:",omitempty"` // seconds since 1970
	LastModifiedTime int64  `json:",omitempty"`
}

func (b *Bus) describeEventBus(in *eventBusName) (*eventBusOutput, error) {
	name, found, err := b.findBus(b.state.Load(), in.Name)
	if err != nil {
		return nil, err
	}
	return b.describeBus(name, found), nil
}

func (b *Bus) describeBus(name string, found *bus) *eventBusOutput {
	out := &eventBusOutput{Name: name, Arn: b.busARN(name), Description: found.Description}
	if found.Created != nil {
		out.CreationTime = found.Created.Unix()
		out.LastModifiedTime = out.CreationTime // nothing changes a bus
	}
	return out
}

type listEventBusesInput struct {
	NamePrefix, NextToken string
	Limit                 int
}

type listEventBusesOutput struct {
	EventBuses []*eventBusOutput
	NextToken  string `json:",omitempty"`
}

func (b *Bus) listEventBuses(in *listEventBusesInput) (*listEventBusesOutput, error) {
	buses := b.state.Load().Buses
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(buses)), func(name string) bool {
		return !strings.HasPrefix(name, in.NamePrefix)
	})
	names, next, err := page(names, in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &listEventBusesOutput{EventBuses: []*eventBusOutput{}, NextToken: next}
	for _, name := range names {
		out.EventBuses = append(out.EventBuses, b.describeBus(name, buses[name]))
	}
	return out, nil
}

// deleteEventBus removes a bus without rules; a bus that does not exist is no fault.
func (b *Bus) deleteEventBus(in *eventBusName) (empty, error) {
	if in.Name == DefaultBus {
		return empty{}, invalid("Cannot delete event bus %s.", DefaultBus)
	}
	return empty{}, b.update(func(next *state) error {
		if found := next.Buses[in.Name]; found != nil && len(found.Rules) > 0 {
			return invalid("EventBus can't be deleted since it has rules.")
		}
		delete(next.Buses, in.Name)
		return nil
	})
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
