package items_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/items"
)

// answers is a table that always gives one answer.
type answers struct {
	item  map[string]types.AttributeValue
	err   error
	asked *dynamodb.GetItemInput
}

func (a *answers) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	a.asked = in
	return &dynamodb.GetItemOutput{Item: a.item}, a.err
}

func TestItem(t *testing.T) {
	key := []byte(`{"PK":{"S":"a"},"SK":{"N":"1"}}`)
	table := &answers{item: map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: "a"}, "SK": &types.AttributeValueMemberN{Value: "1"},
		"all": &types.AttributeValueMemberL{Value: []types.AttributeValue{
			&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"b": &types.AttributeValueMemberB{Value: []byte{0, 255}}}},
			&types.AttributeValueMemberNULL{Value: true}, &types.AttributeValueMemberBOOL{Value: true},
			&types.AttributeValueMemberNS{Value: []string{"12345678901234567890123456789012345678"}},
			&types.AttributeValueMemberSS{Value: []string{"x"}}, &types.AttributeValueMemberBS{Value: [][]byte{{1}}},
		}},
	}}
	item, err := items.Of(table)("shop").Item(t.Context(), key)
	require.NoError(t, err)
	require.JSONEq(t, `{"PK":{"S":"a"},"SK":{"N":"1"},"all":{"L":[{"M":{"b":{"B":"AP8="}}},{"NULL":true},{"BOOL":true},
		{"NS":["12345678901234567890123456789012345678"]},{"SS":["x"]},{"BS":["AQ=="]}]}}`, string(item))
	require.Equal(t, "shop", *table.asked.TableName)
	require.True(t, *table.asked.ConsistentRead)
	require.Equal(t, &types.AttributeValueMemberN{Value: "1"}, table.asked.Key["SK"])

	table.item = nil
	item, err = items.Of(table)("shop").Item(t.Context(), key)
	require.NoError(t, err)
	require.Nil(t, item)

	table.err = errors.New("AccessDeniedException")
	_, err = items.Of(table)("shop").Item(t.Context(), key)
	require.ErrorContains(t, err, "get item from table shop: AccessDeniedException (the caller's IAM policy must allow dynamodb:GetItem on it)")
	_, err = items.Of(table)("shop").Item(t.Context(), []byte(`{`))
	require.ErrorContains(t, err, "read the key")
}
