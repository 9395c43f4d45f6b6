package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// canary is an item that is written to be seen, and taken out again.
type canary struct {
	entity  *model.Entity
	key     []byte       // in canonical form
	fields  table.Item   // the entity's key fields, and what else the item needs
	event   *model.Event // that announces its insertion; nil where the model announces none that can be foreseen
	removal *model.Event // likewise its removal
	indexed bool         // it is the root of a document
	stamp   table.Stamp
}

// canaryLife is when DynamoDB takes the canary out, where the table has a time to live, if nobody else does.
const canaryLife = time.Hour

// newCanary makes a canary of the named entity or, for "", of the one that shows in most places.
func newCanary(m *model.Model, name string, id uuid.UUID, now time.Time) (*canary, error) {
	if name != "" && m.Entities[name] == nil {
		return nil, fmt.Errorf("the model has no entity %s", name)
	}
	var best *canary
	var faults []string
	for _, e := range m.Sorted() {
		if name != "" && e.Name != name {
			continue
		}
		c, err := makeCanary(m, e, id, now)
		switch {
		case err != nil:
			faults = append(faults, fmt.Sprintf("%s: %v", e.Name, err))
		case best == nil || c.places() > best.places():
			best = c
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no canary can be made: %s", strings.Join(faults, "; "))
	}
	return best, nil
}

// places counts where the canary shows; a document counts most, since it is looked at twice.
func (c *canary) places() int {
	n := 0
	for i, shows := range []bool{c.removal != nil, c.event != nil, c.indexed} {
		if shows {
			n += 1 << i
		}
	}
	return n
}

func makeCanary(m *model.Model, e *model.Entity, id uuid.UUID, now time.Time) (*canary, error) {
	c := &canary{entity: e, fields: table.Item{}, event: foreseen(e, model.Insert), removal: foreseen(e, model.Remove)}
	for _, index := range m.Indexes {
		c.indexed = c.indexed || index.Root.Entity == e.Name && index.Root.Where == "" && index.Root.Gone == ""
	}
	text := strings.ReplaceAll(id.String(), "-", "")
	maker := maker{text: "outflowsmoke" + text[:16], number: int64(id.ID()) % 1_000_000_000, now: now.UTC()}
	for i := range e.Fields {
		f := &e.Fields[i]
		if !c.needs(f) {
			continue
		}
		value, err := maker.value(&f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %s %w", f.Name, err)
		}
		c.fields[f.Name] = value
	}
	if err := c.meetConditions(); err != nil {
		return nil, err
	}
	c.setLife(m, now)
	if m.Table.Stamps.Actor != "" {
		c.stamp.Actor = "outflow smoke"
	}
	if m.Table.Stamps.Request != "" {
		c.stamp.Request = "smoke-" + id.String()
	}
	var err error
	c.key, err = c.primaryKey(m)
	return c, err
}

// foreseen is an event that an insertion or removal causes for certain: its rule asks nothing that the item decides.
func foreseen(e *model.Entity, op string) *model.Event {
	for i := range e.Events {
		event := &e.Events[i]
		asks := event.When != "" || op == model.Remove && len(event.Becomes)+len(event.Changes) > 0
		if slices.Contains(event.Change, op) && !asks {
			return event
		}
	}
	return nil
}

func (c *canary) needs(f *model.Field) bool {
	return f.Required || slices.Contains(c.entity.KeyFields, f.Name) ||
		c.event != nil && (slices.Contains(c.event.Data, f.Name) || slices.Contains(c.event.Changes, f.Name))
}

func (c *canary) meetConditions() error {
	if c.event == nil {
		return nil
	}
	for _, condition := range c.event.Becomes {
		var value any
		if err := json.Unmarshal(condition.Value, &value); err != nil {
			return fmt.Errorf("the condition of %s on %s: %w", c.event.Name, condition.Field, err)
		}
		c.fields[condition.Field] = value
	}
	return nil
}

func (c *canary) setLife(m *model.Model, now time.Time) {
	if m.Table.TTL == "" {
		return
	}
	name := m.Table.TTL
	for i := range c.entity.Fields {
		if c.entity.Fields[i].Attribute() == m.Table.TTL {
			name = c.entity.Fields[i].Name
		}
	}
	c.fields[name] = now.Add(canaryLife)
}

// primaryKey is the key that the table will make of the fields.
func (c *canary) primaryKey(m *model.Model) ([]byte, error) {
	if m.Table.Format != "" {
		return nil, fmt.Errorf("its keys have the form of %s, which smoke does not write", m.Table.Format)
	}
	values := map[string]string{}
	for _, attribute := range m.Table.Key {
		template := c.entity.Key[attribute.Name]
		if template == nil {
			return nil, fmt.Errorf("the model has no template for its %s", attribute.Name)
		}
		text, ok := template.Render(func(name string) (string, bool) {
			value, ok := c.fields[name]
			return fmt.Sprint(value), ok
		})
		if !ok {
			return nil, fmt.Errorf("its %s cannot be made: %s", attribute.Name, template)
		}
		values[attribute.Name] = text
	}
	written, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	return audit.ParseKey(m.Table, string(written))
}

// maker makes values that name the canary.
type maker struct {
	text   string
	number int64
	now    time.Time
}

func (v maker) value(t *model.Type) (any, error) {
	switch t.Kind {
	case model.KindString:
		return v.text, nil
	case model.KindEnum:
		return t.Values[0], nil
	case model.KindInteger, model.KindNumber:
		return v.number, nil
	case model.KindDecimal:
		return strconv.FormatInt(v.number, 10), nil
	case model.KindBoolean:
		return false, nil
	case model.KindTimestamp:
		return v.now.Format(time.RFC3339), nil
	case model.KindList, model.KindSet:
		element, err := v.value(t.Of)
		return []any{element}, err
	case model.KindMap:
		element, err := v.value(t.Of)
		return map[string]any{"smoke": element}, err
	case model.KindFields:
		return v.members(t)
	}
	return nil, fmt.Errorf("is of type %s, of which smoke makes no values", t.Kind)
}

// members has all of them: a member that an index wants, such as a place's lat and lon, may not be absent.
func (v maker) members(t *model.Type) (any, error) {
	small := v
	small.number = v.number % 10 // fits whatever a number stands for, such as degrees
	all := map[string]any{}
	for i := range t.Fields {
		value, err := small.value(&t.Fields[i].Type)
		if err != nil {
			return nil, fmt.Errorf("member %s %w", t.Fields[i].Name, err)
		}
		all[t.Fields[i].Name] = value
	}
	return all, nil
}
