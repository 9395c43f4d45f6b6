package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
	"github.com/outflow-dev/outflow/pkg/table"
)

// field is a table of products, whose price is a number that grows with each write, and the index that they go into.
type field struct {
	items   int
	model   *model.Model
	name    string // of the table, and the prefix of indexes
	table   *dynamodb.Client
	streams *dynamodbstreams.Client
	url     string // of OpenSearch
	life    *life
}

// newField makes a table with items in it, and only then its stream; and empty indexes that are an hour old.
func newField(t *testing.T, items int) *field {
	source, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", source)
	require.NoError(t, faults.Err())
	f := &field{items: items, model: m, name: "shop-b" + uuid.NewString()[:8], url: enginetest.URL(t, enginetest.OpenSearch)}
	endpoint := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	config := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	f.table = dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.BaseEndpoint = &endpoint })
	f.streams = dynamodbstreams.NewFromConfig(config, func(o *dynamodbstreams.Options) { o.BaseEndpoint = &endpoint })
	definition := table.Definition(m, f.name)
	stream := definition.StreamSpecification
	definition.StreamSpecification = nil
	_, err = f.table.CreateTable(t.Context(), definition)
	require.NoError(t, err)
	f.load(t)
	_, err = f.table.UpdateTable(t.Context(), &dynamodb.UpdateTableInput{TableName: &f.name, StreamSpecification: stream})
	require.NoError(t, err)
	for _, index := range m.SortedIndexes() {
		name := search.IndexName(f.name+"-", index.Name, 1)
		meta := search.NewMeta(index, m.Version(), time.Now().Add(-time.Hour))
		body, err := search.IndexBody(name, search.ReadAlias(f.name+"-", index.Name), meta)
		require.NoError(t, err)
		f.call(t, http.MethodPut, "/"+name, body)
	}
	return f
}

// load writes the items, each about 1 KB.
func (f *field) load(t *testing.T) {
	batches := make(chan int)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for first := range batches {
				var puts []types.WriteRequest
				for i := first; i < min(first+25, f.items); i++ {
					puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: product(i, 1)}})
				}
				_, err := f.table.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{
					RequestItems: map[string][]types.WriteRequest{f.name: puts},
				})
				if err != nil {
					t.Errorf("load: %v", err)
				}
			}
		})
	}
	for first := 0; first < f.items; first += 25 {
		batches <- first
	}
	close(batches)
	wait.Wait()
	require.False(t, t.Failed())
}

func productKey(i int) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: "PRODUCT#" + productID(i)}, "SK": &types.AttributeValueMemberS{Value: "METADATA"},
	}
}

func product(i, price int) map[string]types.AttributeValue {
	item := productKey(i)
	item["title"] = &types.AttributeValueMemberS{Value: fmt.Sprintf("Desk lamp %d", i)}
	item["description"] = &types.AttributeValueMemberS{Value: strings.Repeat("Warm light, brass switch, walnut foot. ", 23)}
	item["price"] = &types.AttributeValueMemberN{Value: strconv.Itoa(price)}
	return item
}

func (f *field) world() *backfill.World {
	client, err := search.NewClient(search.ClientConfig{URL: f.url})
	if err != nil {
		panic(err)
	}
	return &backfill.World{
		Model: f.model, Table: f.name, IndexPrefix: f.name + "-", DynamoDB: f.table, Domain: client, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Budget: backfill.NewBudget(0, time.Now),
	}
}

func (f *field) call(t testing.TB, method, path string, body []byte) []byte {
	content, err := f.try(t.Context(), method, path, body)
	require.NoError(t, err)
	return content
}

func (f *field) try(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, f.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %.500s", method, path, answer.Status, content)
	}
	return content, err
}

// bare is what many have: a loop of Scan and _bulk, with as many segments at once as a backfill, into an index of the same
// mapping without what guards it. It returns the items per second.
func (f *field) bare(t *testing.T, name string) float64 {
	index := f.name + "-products-000001"
	var made map[string]struct{ Mappings, Settings json.RawMessage }
	require.NoError(t, json.Unmarshal(f.call(t, http.MethodGet, "/"+index, nil), &made))
	var settings struct {
		Index struct {
			Analysis json.RawMessage `json:"analysis"`
		} `json:"index"`
	}
	require.NoError(t, json.Unmarshal(made[index].Settings, &settings))
	analysis := settings.Index.Analysis
	if analysis == nil {
		analysis = []byte("{}")
	}
	name = f.name + "-" + name
	f.call(t, http.MethodPut, "/"+name, fmt.Appendf(nil, `{"mappings":%s,"settings":{"analysis":%s}}`, made[index].Mappings, analysis))
	began, total := time.Now(), make(chan int, backfill.Workers)
	for segment := range backfill.Workers {
		go func() {
			n, err := f.bareSegment(t.Context(), name, segment)
			if err != nil {
				t.Errorf("bare loop: %v", err)
			}
			total <- n
		}()
	}
	items := 0
	for range backfill.Workers {
		items += <-total
	}
	took := time.Since(began)
	require.False(t, t.Failed())
	require.Greater(t, items, f.items*9/10)
	f.call(t, http.MethodDelete, "/"+name, nil)
	return float64(items) / took.Seconds()
}

func (f *field) bareSegment(ctx context.Context, index string, segment int) (n int, err error) {
	in := &dynamodb.ScanInput{
		TableName: &f.name, ConsistentRead: aws.Bool(true), Segment: aws.Int32(int32(segment)), TotalSegments: aws.Int32(backfill.Workers),
	}
	for {
		out, err := f.table.Scan(ctx, in)
		if err != nil {
			return n, err
		}
		var body bytes.Buffer
		for _, item := range out.Items {
			var document map[string]any
			if err := attributevalue.UnmarshalMap(item, &document); err != nil {
				return n, err
			}
			id := strings.TrimPrefix(document["PK"].(string), "PRODUCT#")
			delete(document, "PK")
			delete(document, "SK")
			document["product_id"], document["price"] = id, fmt.Sprint(document["price"])
			fmt.Fprintf(&body, `{"index":{"_index":%q,"_id":"Product/%s"}}`+"\n", index, id)
			if err := json.NewEncoder(&body).Encode(document); err != nil {
				return n, err
			}
		}
		if n += len(out.Items); len(out.Items) > 0 {
			content, err := f.try(ctx, http.MethodPost, "/_bulk", body.Bytes())
			if err != nil {
				return n, err
			}
			if !bytes.Contains(content, []byte(`"errors":false`)) {
				return n, fmt.Errorf("a plain document was refused: %.500s", content)
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return n, nil
		}
	}
}
