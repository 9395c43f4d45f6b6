package table

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// createWait is how long a new table may take to become active, and createPoll how often that is asked. The service
// takes some seconds, DynamoDB Local none.
const (
	createWait = 2 * time.Minute
	createPoll = time.Second
)

// Create makes the table that the model describes, on demand, with its indexes, its stream of both images and its time
// to live, and returns the stream's ARN. A table that is there already is kept, with its items; where its keys or its
// stream are not what the model needs the error says in what they differ. It is for local use: Terraform makes the
// table on AWS.
func (t *Table) Create(ctx context.Context) (streamARN string, err error) {
	want := Definition(t.model, t.name)
	_, err = t.client.CreateTable(ctx, want)
	var there *types.ResourceInUseException
	if err != nil && !errors.As(err, &there) {
		return "", fmt.Errorf("create table %s: %w", t.name, err)
	}
	waiter := dynamodb.NewTableExistsWaiter(t.client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = createPoll, createPoll
	})
	out, err := waiter.WaitForOutput(ctx, &dynamodb.DescribeTableInput{TableName: &t.name}, createWait)
	if err != nil {
		return "", fmt.Errorf("create table %s: wait until it is active: %w", t.name, err)
	}
	if there := differences(want, out.Table); there != nil {
		return "", fmt.Errorf("create table %s: there is one that does not fit the model: %s; delete it, or give the new one "+
			"another name", t.name, strings.Join(there, "; "))
	}
	if err := t.enableTTL(ctx); err != nil {
		return "", fmt.Errorf("create table %s: enable the time to live: %w", t.name, err)
	}
	return aws.ToString(out.Table.LatestStreamArn), nil
}

// Definition is the request that creates a model's table, but for its time to live, which takes one of its own.
func Definition(m *model.Model, name string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: schema(m.Table.Key),
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages,
		},
	}
	keys := [][]model.KeyAttribute{m.Table.Key}
	for _, index := range slices.Sorted(maps.Keys(m.Table.Indexes)) {
		keys = append(keys, m.Table.Indexes[index])
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: &index, KeySchema: schema(m.Table.Indexes[index]),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		})
	}
	defined := map[string]bool{}
	for _, attribute := range slices.Concat(keys...) {
		if !defined[attribute.Name] {
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
				AttributeName: &attribute.Name, AttributeType: types.ScalarAttributeType(attribute.Type),
			})
		}
		defined[attribute.Name] = true
	}
	return in
}

func schema(key []model.KeyAttribute) []types.KeySchemaElement {
	roles := []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}
	elements := make([]types.KeySchemaElement, len(key))
	for i := range key {
		elements[i] = types.KeySchemaElement{AttributeName: &key[i].Name, KeyType: roles[i]}
	}
	return elements
}

// differences says in what a table is not what the model needs. Indexes that the model does not have do no harm.
func differences(want *dynamodb.CreateTableInput, have *types.TableDescription) []string {
	var all []string
	if !sameKey(want.KeySchema, have.KeySchema, want.AttributeDefinitions, have.AttributeDefinitions) {
		all = append(all, "its key is another")
	}
	for _, index := range want.GlobalSecondaryIndexes {
		at := slices.IndexFunc(have.GlobalSecondaryIndexes, func(i types.GlobalSecondaryIndexDescription) bool {
			return aws.ToString(i.IndexName) == *index.IndexName
		})
		if at < 0 {
			all = append(all, "it has no index "+*index.IndexName)
			continue
		}
		schema := have.GlobalSecondaryIndexes[at].KeySchema
		if !sameKey(index.KeySchema, schema, want.AttributeDefinitions, have.AttributeDefinitions) {
			all = append(all, "the key of index "+*index.IndexName+" is another")
		}
	}
	s := have.StreamSpecification
	if s == nil || !aws.ToBool(s.StreamEnabled) || s.StreamViewType != types.StreamViewTypeNewAndOldImages {
		all = append(all, "it has no stream of NEW_AND_OLD_IMAGES")
	}
	return all
}

func sameKey(want, have []types.KeySchemaElement, wanted, defined []types.AttributeDefinition) bool {
	return reflect.DeepEqual(typed(want, wanted), typed(have, defined))
}

// typed lists a key's attributes with their types.
func typed(key []types.KeySchemaElement, definitions []types.AttributeDefinition) []string {
	var all []string
	for _, element := range key {
		for _, d := range definitions {
			if *d.AttributeName == *element.AttributeName {
				all = append(all, fmt.Sprint(*element.AttributeName, element.KeyType, d.AttributeType))
			}
		}
	}
	slices.Sort(all)
	return all
}

// enableTTL enables the time to live, unless it is: the service refuses to enable it twice.
func (t *Table) enableTTL(ctx context.Context) error {
	name := t.model.Table.TTL
	if name == "" {
		return nil
	}
	out, err := t.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &t.name})
	if err != nil {
		return err
	}
	if d := out.TimeToLiveDescription; d != nil && d.AttributeName != nil &&
		(d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling) {
		if *d.AttributeName != name {
			return fmt.Errorf("it is enabled on attribute %s, and the model says %s; disable it first", *d.AttributeName, name)
		}
		return nil
	}
	_, err = t.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               &t.name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &name, Enabled: aws.Bool(true)},
	})
	return err
}
