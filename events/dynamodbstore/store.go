// Package dynamodbstore is a store of package events in a DynamoDB table: what a subscriber's functions have handled, and
// what they are at work on.
//
// The table has the partition key id, a string, and no sort key; its time to live is the attribute expires. A function
// needs dynamodb:UpdateItem and dynamodb:DeleteItem on it. Every method is one conditional write, so that any number of
// functions may share the table; an entry that has expired counts until the table takes it out.
package dynamodbstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/events"
)

// DynamoDB is the part of *dynamodb.Client that the store needs.
type DynamoDB interface {
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// Store keeps entries in a table. It is safe for concurrent use.
type Store struct {
	Client DynamoDB
	Table  string
}

var _ events.Store = (*Store)(nil)

// Attributes of an item.
const (
	keyName      = "id"       // S
	versionName  = "version"  // S; absent where nothing was finished
	revisionName = "revision" // S; absent where none is known
	leaseName    = "lease"    // N, its end in nanoseconds since 1970; absent where nobody is at work
	expiresName  = "expires"  // N, seconds since 1970; absent for never
)

// Begin implements events.Store.
func (s *Store) Begin(ctx context.Context, key string, next events.Entry, lease events.Lease) (events.Entry, error) {
	set, values := "SET #l = :end", map[string]types.AttributeValue{
		":end": nanos(lease.End), ":now": nanos(lease.Begin), ":v": text(next.Version),
	}
	names := map[string]string{"#l": leaseName, "#v": versionName}
	if !next.Expires.IsZero() { // should the handler die, what is left of it goes too
		set += ", #e = if_not_exists(#e, :e)"
		names["#e"], values[":e"] = expiresName, seconds(next.Expires)
	}
	out, err := s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.Table, Key: itemKey(key), UpdateExpression: &set,
		ConditionExpression: aws.String("(attribute_not_exists(#v) OR #v < :v) AND (attribute_not_exists(#l) OR #l <= :now)"),
		ReturnValues:        types.ReturnValueAllOld, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused):
		if last := entry(refused.Item); last.Version >= next.Version {
			return last, nil
		}
		return events.Entry{}, events.ErrBusy
	case err != nil:
		return events.Entry{}, s.failed("begin", key, err)
	}
	return entry(out.Attributes), nil
}

// Finish implements events.Store.
func (s *Store) Finish(ctx context.Context, key string, e events.Entry, lease events.Lease) error {
	set, remove := "SET #v = :v", " REMOVE #l"
	names := map[string]string{"#l": leaseName, "#v": versionName, "#r": revisionName, "#e": expiresName}
	values := map[string]types.AttributeValue{":end": nanos(lease.End), ":v": text(e.Version)}
	if e.Revision == "" {
		remove += ", #r"
	} else {
		set, values[":r"] = set+", #r = :r", text(e.Revision)
	}
	if e.Expires.IsZero() {
		remove += ", #e"
	} else {
		set, values[":e"] = set+", #e = :e", seconds(e.Expires)
	}
	_, err := s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.Table, Key: itemKey(key), UpdateExpression: aws.String(set + remove), ConditionExpression: aws.String("#l = :end"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		ExpressionAttributeNames:            names, ExpressionAttributeValues: values,
	})
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused) && refused.Item[leaseName] == nil && entry(refused.Item).Version == e.Version:
		return nil // a try of the SDK before this one had its effect
	case errors.As(err, &refused):
		return events.ErrLost
	case err != nil:
		return s.failed("finish", key, err)
	}
	return nil
}

// Release implements events.Store: an item that was made for the lease goes, any other loses it.
func (s *Store) Release(ctx context.Context, key string, lease events.Lease) error {
	names := map[string]string{"#l": leaseName, "#v": versionName}
	values := map[string]types.AttributeValue{":end": nanos(lease.End)}
	var refused *types.ConditionalCheckFailedException
	_, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.Table, Key: itemKey(key), ConditionExpression: aws.String("#l = :end AND attribute_not_exists(#v)"),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	if errors.As(err, &refused) {
		_, err = s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &s.Table, Key: itemKey(key), UpdateExpression: aws.String("REMOVE #l"),
			ConditionExpression:      aws.String("#l = :end AND attribute_exists(#v)"),
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		})
	}
	if err == nil || errors.As(err, &refused) {
		return nil
	}
	return s.failed("release", key, err)
}

func (s *Store) failed(what, key string, err error) error {
	return fmt.Errorf("%s %s in table %s: %w", what, key, s.Table, err)
}

func itemKey(key string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{keyName: text(key)}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func nanos(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.UnixNano(), 10)}
}

func seconds(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

// entry reads what Finish has written; what is not there, or is of another type, is zero.
func entry(item map[string]types.AttributeValue) events.Entry {
	var e events.Entry
	if v, ok := item[versionName].(*types.AttributeValueMemberS); ok {
		e.Version = v.Value
	}
	if v, ok := item[revisionName].(*types.AttributeValueMemberS); ok {
		e.Revision = v.Value
	}
	if v, ok := item[expiresName].(*types.AttributeValueMemberN); ok {
		if seconds, err := strconv.ParseInt(v.Value, 10, 64); err == nil {
			e.Expires = time.Unix(seconds, 0).UTC()
		}
	}
	return e
}
