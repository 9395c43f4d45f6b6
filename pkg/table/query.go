package table

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Query asks for items of one entity that share the beginning of their key.
type Query struct {
	Entity string
	Index  string // one of the model's; "" for the table itself, which is read consistently
	// Key has the fields of the partition key and, from the left, any of the sort key's: {order_id} finds all lines of
	// an order, {order_id, item_id} one. Fields of the sort key behind one that is not given are refused.
	Key        any
	Descending bool // by sort key
	Limit      int  // items at most; 0 for all
}

// maxPage is more items than a page of 1 MB has often; it keeps a large Limit within the range of the request's field.
const maxPage = 10_000

// Query yields the items in the order of the sort key, reading page after page as they are asked for. An error ends it.
func (t *Table) Query(ctx context.Context, q Query) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		e, in, err := t.query(q)
		if err != nil {
			yield(Found{}, fmt.Errorf("query %s: %w", q.Entity, err))
			return
		}
		left := q.Limit
		for {
			page, err := t.client.Query(ctx, in)
			if err != nil {
				yield(Found{}, fmt.Errorf("query %s: %w", q.Entity, err))
				return
			}
			for _, item := range page.Items {
				found, ok := t.found(e, item)
				if !ok { // another entity whose keys begin alike
					continue
				}
				if left--; !yield(found, nil) || left == 0 {
					return
				}
			}
			if in.ExclusiveStartKey = page.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
				return
			}
		}
	}
}

// query words a query.
func (t *Table) query(q Query) (*model.Entity, *dynamodb.QueryInput, error) {
	e, err := t.entity(q.Entity)
	if err != nil {
		return nil, nil, err
	}
	keys, known := t.model.Table.Indexes[q.Index]
	if q.Index == "" {
		keys, known = t.model.Table.Key, true
	}
	if !known {
		return nil, nil, fmt.Errorf("the model's table has no index %q", q.Index)
	}
	values, err := t.values(e, q.Key)
	if err != nil {
		return nil, nil, err
	}
	in := &dynamodb.QueryInput{TableName: &t.name, ScanIndexForward: aws.Bool(!q.Descending)}
	if q.Limit > 0 {
		in.Limit = aws.Int32(int32(min(q.Limit, maxPage)))
	}
	if q.Index == "" {
		in.ConsistentRead = aws.Bool(true)
	} else {
		in.IndexName = &q.Index
	}
	var x expression
	condition, err := t.keyCondition(e, keys, values, &x)
	if err != nil {
		return nil, nil, err
	}
	in.KeyConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = &condition, x.names, x.values
	return e, in, nil
}

// keyCondition asks for the partition key, and for as much of the sort key as the values make.
func (t *Table) keyCondition(e *model.Entity, keys []model.KeyAttribute, values attributes, x *expression) (string, error) {
	used := map[string]bool{}
	partition, err := t.keyTemplate(e, keys[0].Name, used)
	if err != nil {
		return "", err
	}
	value, err := render(e, partition, keys[0], values)
	if err != nil {
		return "", err
	}
	condition := x.name(keys[0].Name) + " = " + x.value(value)
	if len(keys) == 2 {
		sort, err := t.keyTemplate(e, keys[1].Name, used)
		if err != nil {
			return "", err
		}
		more, err := sortCondition(e, sort, keys[1], values, x)
		if err != nil {
			return "", err
		}
		condition += more
	}
	var faults []error
	for _, name := range sortedNames(values) {
		if !used[name] {
			faults = append(faults, &FieldError{e.Name, name, "", "is not part of this key; leave it out, and pick from what comes"})
		}
	}
	return condition, errors.Join(faults...)
}

// keyTemplate is the template of a key attribute; a field that is itself such an attribute is one of its own.
func (t *Table) keyTemplate(e *model.Entity, attribute string, used map[string]bool) (*model.Template, error) {
	template := e.Key[attribute]
	if template == nil {
		f := fieldIn(e, attribute)
		if f == nil && !t.isRawKey(e, attribute) {
			return nil, fmt.Errorf("%s has no key template for %s, so none of its items is in this index", e.Name, attribute)
		}
		name := attribute
		if f != nil {
			name = f.Name
		}
		var err error
		if template, err = model.ParseTemplate("{" + name + "}"); err != nil {
			return nil, err
		}
	}
	for _, p := range template.Placeholders() {
		used[p.Name] = true
	}
	return template, nil
}

// fieldIn is the field that the attribute holds, or nil.
func fieldIn(e *model.Entity, attribute string) *model.Field {
	for i := range e.Fields {
		if f := &e.Fields[i]; f.Key == 0 && f.Attribute() == attribute {
			return f
		}
	}
	return nil
}

// sortCondition compares the sort key with what the values make of its template: whole, or its beginning up to the
// first field that is not given.
func sortCondition(
	e *model.Entity, template *model.Template, key model.KeyAttribute, values attributes, x *expression,
) (string, error) {
	absent := -1
	for _, p := range template.Placeholders() {
		switch given := values[p.Name] != nil; {
		case !given && absent < 0:
			absent = p.Offset
		case given && absent >= 0:
			return "", &FieldError{e.Name, p.Name, "", fmt.Sprintf("stands in %s behind a field that is not given; give that too, "+
				"or leave this out: %s", key.Name, template)}
		}
	}
	if absent < 0 {
		value, err := render(e, template, key, values)
		if err != nil {
			return "", err
		}
		return " AND " + x.name(key.Name) + " = " + x.value(value), nil
	}
	if absent == 0 {
		return "", nil
	}
	beginning, err := model.ParseTemplate(template.String()[:absent])
	if err != nil {
		return "", err
	}
	value, err := render(e, beginning, model.KeyAttribute{Name: key.Name, Type: "S"}, values)
	if err != nil {
		return "", err
	}
	return " AND begins_with(" + x.name(key.Name) + ", " + x.value(value) + ")", nil
}
