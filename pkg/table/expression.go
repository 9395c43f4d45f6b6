package table

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// plan is a write that is ready to be worded: attributes, no longer fields.
type plan struct {
	kind       kind
	doing      string     // such as: update Order
	key        attributes // the primary key
	item       attributes // a put's, whole
	set        attributes
	removed    []string
	revision   string // attribute that an update counts up; "" where the model has none
	conditions conditions
}

type kind int

const (
	put kind = iota
	update
	remove
	check
)

func (p *plan) transact(table string) types.TransactWriteItem {
	switch p.kind {
	case put:
		return types.TransactWriteItem{Put: p.put(table)}
	case update:
		return types.TransactWriteItem{Update: p.update(table)}
	case remove:
		return types.TransactWriteItem{Delete: p.remove(table)}
	}
	var e expression
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &table, Key: p.key, ConditionExpression: p.conditions.word(&e),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
}

func (p *plan) put(table string) *types.Put {
	var e expression
	return &types.Put{
		TableName: &table, Item: p.item, ConditionExpression: p.conditions.word(&e),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

func (p *plan) update(table string) *types.Update {
	var e expression
	return &types.Update{
		TableName: &table, Key: p.key, UpdateExpression: p.word(&e), ConditionExpression: p.conditions.word(&e),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

func (p *plan) remove(table string) *types.Delete {
	var e expression
	return &types.Delete{
		TableName: &table, Key: p.key, ConditionExpression: p.conditions.word(&e),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// word is the update expression; its attributes are in their order, so that equal updates are worded alike.
func (p *plan) word(e *expression) *string {
	var sets, removes []string
	for _, name := range slices.Sorted(maps.Keys(p.set)) {
		sets = append(sets, e.name(name)+" = "+e.value(p.set[name]))
	}
	if p.revision != "" {
		n := e.name(p.revision)
		sets = append(sets, n+" = if_not_exists("+n+", "+e.value(number(0))+") + "+e.value(number(1)))
	}
	for _, name := range slices.Sorted(slices.Values(p.removed)) {
		removes = append(removes, e.name(name))
	}
	var clauses []string
	if sets != nil {
		clauses = append(clauses, "SET "+strings.Join(sets, ", "))
	}
	if removes != nil {
		clauses = append(clauses, "REMOVE "+strings.Join(removes, ", "))
	}
	return aws.String(strings.Join(clauses, " "))
}

// expression gives names and values the placeholders that DynamoDB's expressions take: names of attributes may be
// reserved words or contain dots.
type expression struct {
	names  map[string]string
	values attributes
}

func (e *expression) name(attribute string) string {
	for placeholder, name := range e.names {
		if name == attribute {
			return placeholder
		}
	}
	placeholder := "#n" + strconv.Itoa(len(e.names))
	if e.names == nil {
		e.names = map[string]string{}
	}
	e.names[placeholder] = attribute
	return placeholder
}

func (e *expression) value(v types.AttributeValue) string {
	placeholder := ":v" + strconv.Itoa(len(e.values))
	if e.values == nil {
		e.values = attributes{}
	}
	e.values[placeholder] = v
	return placeholder
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
