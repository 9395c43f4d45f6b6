package table

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Found is an item as it was read.
type Found struct {
	Entity string
	// Fields by name, absent ones and stamps left out, so that a Put takes them as they are: string, int64, float64,
	// bool, time.Time, model.Decimal, []byte, []any (lists, sets) or map[string]any (maps, fields).
	Fields  Item
	Stamp   Stamp    // who wrote it last, by the item itself, and the revision to write with
	Dropped []string // fields that are there but are not of their declared type, in the model's order
}

// Decode sets the fields of a struct by its json tags; into is a pointer to it. Decimals and binaries are JSON strings,
// as in documents and events.
func (f Found) Decode(into any) error {
	data, err := json.Marshal(f.Fields)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return fmt.Errorf("decode %s: %w", f.Entity, err)
	}
	return nil
}

// Get reads an item, consistently, by its key fields: an Item or a struct. The error is ErrNotFound where there is
// none, or one of another entity.
func (t *Table) Get(ctx context.Context, entity string, key any) (Found, error) {
	e, err := t.entity(entity)
	if err != nil {
		return Found{}, fmt.Errorf("get: %w", err)
	}
	primary, _, err := t.keyOf(e, key)
	if err != nil {
		return Found{}, fmt.Errorf("get %s: %w", e.Name, err)
	}
	item, err := t.read(ctx, primary)
	if err != nil {
		return Found{}, fmt.Errorf("get %s: %w", e.Name, err)
	}
	found, ok := t.found(e, item)
	if !ok {
		return Found{}, fmt.Errorf("get %s: %w", e.Name, ErrNotFound)
	}
	return found, nil
}

// found takes an item apart; it is false where the item is not of the entity, or there is none.
func (t *Table) found(e *model.Entity, item attributes) (Found, bool) {
	if len(item) == 0 {
		return Found{}, false
	}
	told, _ := item[t.model.Table.EntityAttribute].(*types.AttributeValueMemberS)
	value := ""
	if told != nil {
		value = told.Value
	}
	is, bound := t.model.Match(nil, t.keyValues(item), value)
	if is != e {
		return Found{}, false
	}
	out := Found{Entity: e.Name, Fields: Item{}, Stamp: stampOf(t.model.Table.Stamps, item)}
	for i := range e.Fields {
		f := &e.Fields[i]
		switch {
		case f.Key > 0:
			out.add(f, keyValue(string(bound[f.Key-1]), &f.Type))
		case t.ours(e, f) == nil:
			value, _ := stored(e, f.Name, item)
			out.add(f, value)
		}
	}
	if name := t.model.Table.TTL; e.Field(name) == nil {
		out.add(&model.Field{Name: name, Type: model.Type{Kind: model.KindTimestamp}}, item[name])
	}
	return out, true
}

func (f *Found) add(field *model.Field, value types.AttributeValue) {
	if value == nil || isNull(value) {
		return
	}
	if decoded, fits := decode(value, &field.Type); fits {
		f.Fields[field.Name] = decoded
	} else {
		f.Dropped = append(f.Dropped, field.Name)
	}
}
