package table

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// conditions are all that must hold of an item, as attributes; a nil value stands for an absent one.
type conditions struct {
	keyAttribute   string // one that every item has
	absent, exists bool
	entity         attributes // the entity attribute, where one tells the entity
	revision       attributes // the revision that was read
	read           attributes // what index keys were made of
	equal          attributes // the caller's own
}

// conditions are the caller's.
func (t *Table) conditions(e *model.Entity, c Condition) (conditions, error) {
	out := conditions{keyAttribute: t.model.Table.Key[0].Name, absent: c.Absent, exists: c.Exists, equal: attributes{}}
	if c.Absent && (c.Exists || len(c.Equal) > 0) {
		return out, errors.New("the condition asks for an absent item and for one that exists; leave one out")
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(c.Equal)) {
		f, err := t.field(e, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if t.isKey(e, f) {
			faults = append(faults, &FieldError{e.Name, name, "", "is a key field, which no condition needs; leave it out"})
			continue
		}
		value, err := t.encodeField(e, f, reflect.ValueOf(c.Equal[name]))
		if err != nil {
			faults = append(faults, err)
		}
		out.equal[f.Attribute()] = value
		out.exists = out.exists || value != nil
	}
	return out, errors.Join(faults...)
}

func (c *conditions) word(e *expression) *string {
	var all []string
	if c.absent {
		all = append(all, "attribute_not_exists("+e.name(c.keyAttribute)+")")
	}
	if c.exists {
		all = append(all, "attribute_exists("+e.name(c.keyAttribute)+")")
	}
	for _, group := range []attributes{c.entity, c.revision, c.read, c.equal} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			if value := group[name]; value == nil {
				all = append(all, "attribute_not_exists("+e.name(name)+")")
			} else {
				all = append(all, e.name(name)+" = "+e.value(value))
			}
		}
	}
	if all == nil {
		return nil
	}
	return aws.String(strings.Join(all, " AND "))
}

// broken says which of the conditions did not hold, given the item as it was.
func (c *conditions) broken(item attributes) error {
	switch {
	case len(item) == 0:
		return ErrNotFound
	case c.absent:
		return ErrExists
	case !holds(c.entity, item):
		return fmt.Errorf("the item with this key is of another entity: %w", ErrCondition)
	case !holds(c.revision, item):
		return ErrStale
	case !holds(c.read, item):
		return ErrConflict
	}
	return ErrCondition
}

func holds(wanted, item attributes) bool {
	for name, value := range wanted {
		if (value == nil) != (item[name] == nil) || value != nil && !equal(value, item[name]) {
			return false
		}
	}
	return true
}

// equal compares scalars as DynamoDB gives them back; numbers by their normal form.
func equal(a, b types.AttributeValue) bool {
	x, isNumber := a.(*types.AttributeValueMemberN)
	y, areNumbers := b.(*types.AttributeValueMemberN)
	if !isNumber || !areNumbers {
		return reflect.DeepEqual(a, b)
	}
	m, errM := model.ParseDecimal(x.Value)
	n, errN := model.ParseDecimal(y.Value)
	return errM == nil && errN == nil && m == n
}
