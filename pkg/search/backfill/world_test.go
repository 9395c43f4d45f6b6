package backfill_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

// describedTable is a fakeTable that can be described.
type describedTable struct {
	fakeTable
	key  []string
	fail error
}

func (d *describedTable) DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	table := &types.TableDescription{ItemCount: aws.Int64(1000), TableSizeBytes: aws.Int64(1 << 20)}
	for _, name := range d.key {
		table.KeySchema = append(table.KeySchema, types.KeySchemaElement{AttributeName: &name})
	}
	return &dynamodb.DescribeTableOutput{Table: table}, d.fail
}

func (d *describedTable) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if !*in.ConsistentRead {
		return nil, errors.New("not a consistent read")
	}
	item := map[string]types.AttributeValue{"title": &types.AttributeValueMemberS{Value: strings.Repeat("x", 9000)}}
	for name, value := range in.Key {
		item[name] = value
	}
	return &dynamodb.GetItemOutput{Item: item}, nil
}

func worldOf(t *testing.T, d *describedTable, domain string) *backfill.World {
	t.Helper()
	client, err := search.NewClient(search.ClientConfig{URL: domain})
	require.NoError(t, err)
	return &backfill.World{
		Model: parseModel(t), Table: "shop-test", IndexPrefix: "shop-test-", DynamoDB: d, Domain: client, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), Budget: backfill.NewBudget(0, time.Now),
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error":{"type":"security_exception","reason":"no permissions"},"status":403}`)
	}))
	defer down.Close()
	for _, row := range []struct {
		name  string
		table *describedTable
		says  string
	}{
		{"no table", &describedTable{fail: &types.ResourceNotFoundException{Message: aws.String("not found")}}, "describe table shop-test: ResourceNotFoundException"},
		{"a table of another key", &describedTable{key: []string{"id"}},
			"table shop-test has the key id, and the model says PK, SK: is it the right table, and the right model?"},
		{"a domain that refuses", &describedTable{key: []string{"PK", "SK"}}, "no permissions"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := worldOf(t, row.table, down.URL)
			_, err := w.Plan(t.Context(), w.Scan(2, backfill.Filter{}))
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	key := json.RawMessage(`{"PK":{"S":"PRODUCT#1"},"SK":{"S":"METADATA"}}`)
	w := worldOf(t, &describedTable{}, "http://127.0.0.1:1")
	for _, row := range []struct {
		name    string
		options backfill.Options
		says    string // "" where they can be
	}{
		{"none", backfill.Options{}, ""},
		{"keys", backfill.Options{Keys: []json.RawMessage{key, json.RawMessage(" {\n\"SK\":{\"S\":\"m\"},\n\"PK\":{\"S\":\"1\"}}")}}, ""},
		{"too many segments", backfill.Options{Segments: 1001}, "segments is 1001; it must be a number from 1 to 1000"},
		{"a negative rate", backfill.Options{Rate: -1}, "rcu is -1"},
		{"keys and an export", backfill.Options{Keys: []json.RawMessage{key}, Export: "s3://b/p"}, "not both"},
		{"keys and an entity", backfill.Options{Keys: []json.RawMessage{key}, Entity: "Order"}, "no entity and no prefix beside them"},
		{"an entity that there is none of", backfill.Options{Entity: "Lamp"}, "documents have Order, Product"},
		{"half a key", backfill.Options{Keys: []json.RawMessage{key, json.RawMessage(`{"PK":{"S":"1"}}`)}},
			`line 2: not a primary key such as {"PK":{"S":"..."},"SK":{"S":"..."}}`},
		{"a key of another type", backfill.Options{Keys: []json.RawMessage{json.RawMessage(`{"PK":{"N":"1"},"SK":{"S":"m"}}`)}}, "line 1: not a primary key"},
		{"a key that is no JSON", backfill.Options{Keys: []json.RawMessage{json.RawMessage(`{`)}}, "key 1 is no JSON"},
		{"an export that is not there", backfill.Options{Export: t.TempDir()}, "name the folder that holds it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := w.Task(t.Context(), &row.options, nil)
			if row.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.says)
		})
	}
}

// Items that are read one by one are within the budget too.
func TestItemsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldOf(t, &describedTable{}, "http://127.0.0.1:1")
		w.Budget = backfill.NewBudget(3, time.Now)
		items, began := w.Outlet().Items, time.Now()
		for range 4 { // of 9 KB, so 3 units each
			item, err := items.Item(t.Context(), []byte(`{"PK":{"S":"PRODUCT#1"},"SK":{"S":"METADATA"}}`))
			require.NoError(t, err)
			require.Greater(t, len(item), 9000)
		}
		require.InDelta(t, 2*time.Second, time.Since(began), float64(time.Millisecond), "the first and the second are within the first second")
		require.InDelta(t, 12, w.Budget.Spent(), 0)
	})
}
