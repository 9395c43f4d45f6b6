package table

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// MaxWrites is the most that one transaction takes
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).
const MaxWrites = 100

// updateAttempts is how often an Update reads the item anew when it was changed between the read and the write.
const updateAttempts = 5

// Table is the table of a model.
type Table struct {
	client *dynamodb.Client
	model  *model.Model
	name   string
}

// New makes a Table; it calls nothing. The model is one of model.Parse or model.Load.
func New(client *dynamodb.Client, m *model.Model, name string) *Table {
	return &Table{client: client, model: m, name: name}
}

// Put writes an item whole: what it held before is gone.
func (t *Table) Put(ctx context.Context, w Put) error {
	p, err := w.plan(ctx, t)
	if err != nil {
		return err
	}
	put := p.put(t.name)
	_, err = t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: put.TableName, Item: put.Item, ConditionExpression: put.ConditionExpression,
		ExpressionAttributeNames: put.ExpressionAttributeNames, ExpressionAttributeValues: put.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: put.ReturnValuesOnConditionCheckFailure,
	})
	return p.failure(err)
}

// Update changes fields of an item that exists. Where an index key is made of a field that changes and of one that
// stays and is not given, the item is read first, and read anew while others change these fields; ErrConflict then
// says that they did so several times in a row.
func (t *Table) Update(ctx context.Context, w Update) error {
	var err error
	for range updateAttempts {
		if err = t.update(ctx, w); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}

func (t *Table) update(ctx context.Context, w Update) error {
	p, err := w.plan(ctx, t)
	if err != nil {
		return err
	}
	update := p.update(t.name)
	_, err = t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: update.TableName, Key: update.Key, UpdateExpression: update.UpdateExpression,
		ConditionExpression:      update.ConditionExpression,
		ExpressionAttributeNames: update.ExpressionAttributeNames, ExpressionAttributeValues: update.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: update.ReturnValuesOnConditionCheckFailure,
	})
	return p.failure(err)
}

// Delete takes out an item that exists.
func (t *Table) Delete(ctx context.Context, w Delete) error {
	p, err := w.plan(ctx, t)
	if err != nil {
		return err
	}
	remove := p.remove(t.name)
	_, err = t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: remove.TableName, Key: remove.Key, ConditionExpression: remove.ConditionExpression,
		ExpressionAttributeNames: remove.ExpressionAttributeNames, ExpressionAttributeValues: remove.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: remove.ReturnValuesOnConditionCheckFailure,
	})
	return p.failure(err)
}

// Transact does 1 to MaxWrites writes of different items, all or none. A *CanceledError says which did not go and why.
func (t *Table) Transact(ctx context.Context, writes ...Write) error {
	if len(writes) == 0 || len(writes) > MaxWrites {
		return fmt.Errorf("transact: %d writes; a transaction takes 1 to %d, so split it where the parts may happen apart",
			len(writes), MaxWrites)
	}
	plans, err := t.plans(ctx, writes)
	if err != nil {
		return err
	}
	in := &dynamodb.TransactWriteItemsInput{}
	for _, p := range plans {
		in.TransactItems = append(in.TransactItems, p.transact(t.name))
	}
	_, err = t.client.TransactWriteItems(ctx, in)
	return canceled(plans, err)
}

// plans takes all writes apart, and reports the faults of all.
func (t *Table) plans(ctx context.Context, writes []Write) ([]*plan, error) {
	plans, first := make([]*plan, len(writes)), map[string]int{}
	var faults []error
	for i, w := range writes {
		p, err := w.plan(ctx, t)
		if err != nil {
			faults = append(faults, fmt.Errorf("write %d: %w", i+1, err))
			continue
		}
		plans[i] = p
		id := t.identity(p.key)
		if before, twice := first[id]; twice {
			faults = append(faults, fmt.Errorf("write %d: %s is of the same item as write %d; a transaction takes one write "+
				"an item, so make them one", i+1, p.doing, before))
		}
		first[id] = i + 1
	}
	if faults != nil {
		return nil, fmt.Errorf("transact: %w", errors.Join(faults...))
	}
	return plans, nil
}

func (t *Table) read(ctx context.Context, key attributes) (attributes, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// attributes are those of an item, or of its key, by name.
type attributes = map[string]types.AttributeValue
