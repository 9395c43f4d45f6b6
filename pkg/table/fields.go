package table

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/internal/nearest"
	"github.com/outflow-dev/outflow/pkg/model"
)

// entity finds the entity that a write or a read names.
func (t *Table) entity(name string) (*model.Entity, error) {
	if e := t.model.Entities[name]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("the model has no entity %q%s", name, nearest.Hint(name, slices.Collect(maps.Keys(t.model.Entities))))
}

// values encodes given fields, by name; all their faults come together. A nil value is one that was given as nil.
func (t *Table) values(e *model.Entity, given any) (attributes, error) {
	members, err := membersOf(reflect.ValueOf(given))
	if err != nil {
		return nil, err
	}
	values := attributes{}
	var faults []error
	for _, m := range members {
		f, err := t.field(e, m.name)
		if err == nil {
			values[m.name], err = t.encodeField(e, f, m.value)
		}
		faults = append(faults, err)
	}
	return values, errors.Join(faults...)
}

// keyOf makes the primary key of the fields that name an item.
func (t *Table) keyOf(e *model.Entity, given any) (key, values attributes, err error) {
	values, err = t.values(e, given)
	if err != nil {
		return nil, nil, err
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !t.isKey(e, &model.Field{Name: name}) {
			faults = append(faults, &FieldError{e.Name, name, "", "is no key field; an item is named by its key fields alone"})
		}
	}
	if faults != nil {
		return nil, nil, errors.Join(faults...)
	}
	key, err = t.primaryKey(e, values)
	return key, values, err
}

// field finds a field that a writer may give: one of the entity, the table's TTL, or a key attribute that the model
// has no template for.
func (t *Table) field(e *model.Entity, name string) (*model.Field, error) {
	f := e.Field(name)
	switch {
	case f != nil:
		return f, t.ours(e, f)
	case name == t.model.Table.TTL && name != "":
		return &model.Field{Name: name, Type: model.Type{Kind: model.KindTimestamp}}, nil
	case t.isRawKey(e, name):
		kinds := map[string]model.Kind{"S": model.KindString, "N": model.KindDecimal, "B": model.KindBinary}
		return &model.Field{Name: name, Type: model.Type{Kind: kinds[t.keyAttribute(name).Type]}}, nil
	}
	return nil, &FieldError{e.Name, name, "", "is not in the model" + nearest.Hint(name, fieldNames(e.Fields))}
}

// ours refuses fields whose attributes this package sets by itself.
func (t *Table) ours(e *model.Entity, f *model.Field) error {
	if f.Key > 0 {
		return nil
	}
	stamps := t.model.Table.Stamps
	switch f.Attribute() {
	case stamps.Actor, stamps.Request, stamps.Revision:
		return &FieldError{e.Name, f.Name, "", "is a stamp of the table; give it in By"}
	case t.model.Table.EntityAttribute:
		return &FieldError{e.Name, f.Name, "", "tells the entity and is written by itself; leave it out"}
	}
	return nil
}

// encodeField encodes a value as its attribute needs it: the TTL and keys of type N in epoch seconds.
func (t *Table) encodeField(e *model.Entity, f *model.Field, v reflect.Value) (types.AttributeValue, error) {
	value, err := encode(v, &f.Type)
	if err == nil && f.Type.Kind == model.KindTimestamp && value != nil {
		ttl := f.Key == 0 && f.Attribute() == t.model.Table.TTL
		if ttl || f.Key == 0 && t.keyAttribute(f.Attribute()).Type == "N" {
			value, err = inSeconds(value, ttl)
		}
	}
	if misfit := (*misfit)(nil); errors.As(err, &misfit) {
		return nil, &FieldError{e.Name, f.Name + misfit.path, string(misfit.kind), misfit.reason}
	}
	return value, err
}

func fieldNames(fields []model.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}
