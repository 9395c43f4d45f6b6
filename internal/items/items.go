// Package items reads items of a DynamoDB table as they are now, in DynamoDB's JSON: what the search outlet asks for
// where a change does not say enough. Each call is one GetItem, read consistently; the SDK tries it up to three times.
package items

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/outflow-dev/outflow/pkg/search"
)

// DynamoDB is the part of *dynamodb.Client that items are read with.
type DynamoDB interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
}

// Table is one table.
type Table struct {
	Client DynamoDB
	Name   string
}

var _ search.Items = Table{}

// Of returns what reads the table of a name, for search.OutletConfig.ItemsOf.
func Of(client DynamoDB) func(table string) search.Items {
	return func(table string) search.Items { return Table{client, table} }
}

// Item implements search.Items.
func (t Table) Item(ctx context.Context, key []byte) ([]byte, error) {
	typed, err := attributevalue.UnmarshalMapJSON(key)
	if err != nil {
		return nil, fmt.Errorf("get item from table %s: read the key: %w", t.Name, err)
	}
	got, err := t.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.Name, Key: typed, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("get item from table %s: %w (the caller's IAM policy must allow dynamodb:GetItem on it)", t.Name, err)
	}
	if len(got.Item) == 0 {
		return nil, nil
	}
	item, err := attributevalue.MarshalMapJSON(got.Item)
	if err != nil {
		return nil, fmt.Errorf("get item from table %s: write it in DynamoDB's JSON: %w", t.Name, err)
	}
	return item, nil
}
