package contract

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Format is the version of a contract's JSON form; Load refuses any other.
const Format = 1

// Contract is what subscribers may rely on: all events of one model.
type Contract struct {
	Comment  string  `json:"$comment"` // Marker
	Contract int     `json:"contract"` // Format
	Model    string  `json:"model"`    // the model's name
	Source   string  `json:"source"`   // EventBridge source of all events; "" where there are none
	Revision bool    `json:"revision"` // metadata has revision and previousRevision, since writers stamp a revision
	Events   []Event `json:"events"`   // by name, then schema
}

// Event is one schema number of one event.
type Event struct {
	Name    string            `json:"name"` // the detail-type
	Schema  int               `json:"schema"`
	Entity  string            `json:"entity"`
	Key     []Field           `json:"key"`               // members of metadata.key, all there in every event
	Change  []string          `json:"change"`            // operations that can fire it, in the order insert, modify, remove
	Becomes []model.Condition `json:"becomes,omitempty"` // as in model.Event
	Changes []string          `json:"changes,omitempty"` // as in model.Event
	When    string            `json:"when,omitempty"`    // as in model.Event
	Data    []Field           `json:"data"`              // members of data, by name
	Watched []string          `json:"watched"`           // names that changed may hold; sorted
	Before  []Field           `json:"before"`            // members of before: those watched that may leave; by name
}

// Field is a member of an event's key, data or before.
type Field struct {
	Name   string     `json:"name"`
	Type   model.Type `json:"type"`
	PII    bool       `json:"pii,omitempty"`
	Always bool       `json:"always,omitempty"` // there in every event; never in before
	// Value is the only value of a field of data that the event's rule fixes, as its type's JSON; nil for all others.
	Value json.RawMessage `json:"value,omitempty"`
}

// Of takes the contract out of a model. An error means that a rule does not compile, which a checked model excludes.
func Of(m *model.Model) (*Contract, error) {
	c := &Contract{Comment: Marker, Contract: Format, Model: m.Name, Source: m.EventSource,
		Revision: m.Table.Stamps.Revision != "", Events: []Event{}}
	for _, e := range m.Sorted() {
		for i := range e.Events {
			event, err := eventOf(m, e, &e.Events[i])
			if err != nil {
				return nil, fmt.Errorf("event %s of %s: %w", e.Events[i].Name, e.Name, err)
			}
			c.Events = append(c.Events, event)
		}
	}
	slices.SortFunc(c.Events, byName)
	return c, nil
}

func eventOf(m *model.Model, e *model.Entity, rule *model.Event) (Event, error) {
	event := Event{Name: rule.Name, Schema: rule.Schema, Entity: e.Name, Change: rule.Change, Becomes: rule.Becomes,
		Changes: rule.Changes, When: rule.When, Key: keyOf(m, e), Data: []Field{}, Watched: []string{}, Before: []Field{}}
	for _, name := range rule.Data {
		f := fieldOf(e.Field(name))
		f.Always = e.Field(name).Required
		for _, condition := range rule.Becomes {
			if condition.Field == name {
				f.Always, f.Value = true, condition.Value
			}
		}
		event.Data = append(event.Data, f)
	}
	names, err := namedBy(e, rule)
	if err != nil {
		return event, err
	}
	for _, name := range names {
		f := e.Field(name)
		if f.Key > 0 || !slices.Contains(rule.Change, model.Modify) {
			continue // a key never changes, nor does what has one image only
		}
		event.Watched = append(event.Watched, name)
		if !f.PII || slices.Contains(rule.Data, name) {
			event.Before = append(event.Before, fieldOf(f))
		}
	}
	return event, nil
}

func fieldOf(f *model.Field) Field { return Field{Name: f.Name, Type: f.Type, PII: f.PII} }

// keyOf are the members of metadata.key: the entity's key fields, or the primary key's attributes, as texts, where an
// attribute tells the entity.
func keyOf(m *model.Model, e *model.Entity) []Field {
	key := []Field{}
	if e.ToldByAttribute() {
		for _, k := range m.Table.Key {
			key = append(key, Field{Name: k.Name, Type: model.Type{Kind: model.KindString}, Always: true})
		}
		return key
	}
	for _, name := range e.KeyFields {
		f := fieldOf(e.Field(name))
		f.Always = true
		key = append(key, f)
	}
	return key
}

// namedBy are the fields that the event names in data or in a condition, sorted.
func namedBy(e *model.Entity, rule *model.Event) ([]string, error) {
	names := slices.Concat(rule.Data, rule.Changes)
	for _, condition := range rule.Becomes {
		names = append(names, condition.Field)
	}
	if rule.When != "" {
		scope := model.RuleScope{Entity: e.Name, Fields: e.Fields, KeyFields: e.KeyFields, Old: true}
		when, err := model.CompileRule(rule.When, scope)
		if err != nil {
			return nil, err
		}
		names = append(names, when.Fields()...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
