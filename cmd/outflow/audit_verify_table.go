package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
	"github.com/outflow-dev/outflow/pkg/change"
)

// tableScan reads the whole table, consistently.
type tableScan struct{ *deployment }

var _ verify.Table = tableScan{}

// Items implements verify.Table.
func (t tableScan) Items(ctx context.Context) iter.Seq2[verify.Item, error] {
	return func(yield func(verify.Item, error) bool) {
		pages := dynamodb.NewScanPaginator(t.items(), &dynamodb.ScanInput{TableName: &t.target.Table, ConsistentRead: aws.Bool(true)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(verify.Item{}, fmt.Errorf("scan table %s: %w", t.target.Table, err))
				return
			}
			for _, item := range page.Items {
				one, err := t.item(item)
				if !yield(one, err) || err != nil {
					return
				}
			}
		}
	}
}

// item brings an item into the form that lines have.
func (t tableScan) item(item map[string]types.AttributeValue) (verify.Item, error) {
	text, err := attributevalue.MarshalMapJSON(item)
	if err != nil {
		return verify.Item{}, fmt.Errorf("write an item of table %s in DynamoDB's JSON: %w", t.target.Table, err)
	}
	state, err := change.DecodeItem(t.model, text)
	if err != nil {
		return verify.Item{}, fmt.Errorf("decode an item of table %s: %w", t.target.Table, err)
	}
	keys, err := audit.ParseKey(t.model.Table, string(state.AppendKey(nil, t.model.Table)))
	return verify.Item{Keys: keys, Image: state.AppendCanonical(nil)}, err
}
