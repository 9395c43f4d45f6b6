package search_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/items"
	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/stream"
	"github.com/outflow-dev/outflow/pkg/table"
)

// electro is the model of the table that testdata/electrodb/shop.cjs writes.
const electro = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [pk, sk], indexes: {gsi1: [gsi1pk, gsi1sk]}, format: electrodb}
entities:
  order:
    required: [orderId, customerId]
    attributes:
      orderId: string
      customerId: string
      status: {enum: [NEW, PAID, SHIPPED]}
      total: number
      gift: boolean
      note: {type: string, stored_as: nt}
      tags: {set: string}
      steps: {list: string}
      address: {fields: {city: string, zip: string}}
    search: {index: orders, text: [note], filter: [orderId, customerId, status, total, tags, address.city]}
  customer:
    attributes: {customerId: string, name: string, visits: integer}
    search: {index: customers, text: [name], filter: [customerId]}
`

// electroShop is a table of DynamoDB Local that ElectroDB writes, its stream, and a domain that it goes to.
type electroShop struct {
	*domain
	model  *model.Model
	items  *dynamodb.Client
	reader *stream.Reader
	shard  string
	table  string
	node   string
	outlet *search.Outlet
}

func newElectroShop(t *testing.T) *electroShop {
	t.Helper()
	node := toolbox.Node(t, "testdata/electrodb")
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	config := aws.Config{Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	s := &electroShop{domain: realDomain(t), model: parseModel(t, electro), items: dynamodb.NewFromConfig(config),
		table: "electro-" + rand.Text(), node: node}
	definition := table.Definition(s.model, s.table)
	definition.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages}
	made, err := s.items.CreateTable(t.Context(), definition)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := s.items.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &s.table})
		require.NoError(t, err)
	})
	s.reader, err = stream.New(dynamodbstreams.NewFromConfig(config), stream.Config{Stream: *made.TableDescription.LatestStreamArn})
	require.NoError(t, err)
	shards, err := s.reader.Shards(t.Context())
	require.NoError(t, err)
	require.Len(t, shards, 1)
	s.shard = shards[0].ID
	outlet := s.config(s.model)
	outlet.Items = items.Table{Client: s.items, Name: s.table}
	s.outlet = search.NewOutlet(outlet)
	return s
}

// readBack is what ElectroDB says that the table holds.
type readBack struct {
	Orders, Customers []map[string]any
	Account           struct{ Order, Customer []map[string]any }
}

// live runs a phase of the shop's life.
func (s *electroShop) live(phase string) readBack {
	s.t.Helper()
	id, secret := enginetest.Credentials(s.t)
	run := exec.Command("node", "shop.cjs", phase)
	run.Dir = "testdata/electrodb"
	run.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(s.node, "node_modules"), "TABLE="+s.table,
		"ENDPOINT="+enginetest.URL(s.t, enginetest.DynamoDB), "AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret)
	var faults bytes.Buffer
	run.Stderr = &faults
	output, err := run.Output()
	require.NoError(s.t, err, faults.String())
	var back readBack
	require.NoError(s.t, json.Unmarshal(output, &back))
	return back
}

// take reads the stream on and delivers what it has, in batches of that size; it returns how many records came.
func (s *electroShop) take(t *testing.T, size int, after string) (records int, last string) {
	t.Helper()
	from := stream.Position{Type: stream.TrimHorizon}
	if after != "" {
		from = stream.Position{Type: stream.After, Sequence: after}
	}
	batch, err := s.reader.Read(t.Context(), stream.Reading{Shard: s.shard, From: from, Restart: true, Limit: stream.MaxRecords})
	require.NoError(t, err)
	for part := range slices.Chunk(batch.Records, size) {
		var bodies [][]byte
		for _, record := range part {
			bodies = append(bodies, record.Body)
			last = record.Sequence
		}
		changes, err := change.Decode(s.model, slices.Concat([]byte(`{"Records":[`), bytes.Join(bodies, []byte{','}), []byte(`]}`)))
		require.NoError(t, err)
		pointers := make([]*change.Change, len(changes))
		for i := range changes {
			pointers[i] = &changes[i]
		}
		deliver(t, s.outlet, pointers)
	}
	return len(batch.Records), last
}

// shown are the documents that readers of an index see, without what Outflow adds.
func (s *electroShop) shown(index string) []map[string]any {
	s.t.Helper()
	s.refresh()
	var found struct {
		Hits struct {
			Hits []struct {
				Source map[string]any `json:"_source"`
			}
		}
	}
	answer := s.request(http.MethodPost, "/"+s.prefix+index+"/_search", `{"size":100,"_source":{"excludes":["outflow"]}}`)
	require.NoError(s.t, json.Unmarshal([]byte(answer), &found))
	var all []map[string]any
	for _, hit := range found.Hits.Hits {
		all = append(all, hit.Source)
	}
	return all
}

// Documents of a table that ElectroDB writes are what ElectroDB reads back, phase after phase.
func TestElectroDB(t *testing.T) {
	s := newElectroShop(t)
	first := s.live("first")
	require.Len(t, first.Orders, 4)
	records, last := s.take(t, 4, "")
	require.Equal(t, 6, records)
	s.requireEqual(first)

	second := s.live("second")
	require.Len(t, second.Orders, 4, "Ab and aB are one item, gone is gone")
	require.True(t, slices.ContainsFunc(second.Orders, func(o map[string]any) bool { return o["orderId"] == "aB" }))
	require.Len(t, second.Account.Order, 3, "the collection of cu-2")
	records, _ = s.take(t, 3, last)
	require.Greater(t, records, 9)
	s.requireEqual(second)

	replayed, _ := s.take(t, 100, "")
	require.Greater(t, replayed, records, "all over again")
	s.requireEqual(second)
}

func (s *electroShop) requireEqual(back readBack) {
	s.t.Helper()
	require.NotEmpty(s.t, back.Customers)
	require.ElementsMatch(s.t, normalized(back.Orders), normalized(s.shown("orders")))
	require.ElementsMatch(s.t, normalized(back.Customers), normalized(s.shown("customers")))
}

// normalized sorts what is a set, which has no order.
func normalized(items []map[string]any) []map[string]any {
	for _, item := range items {
		if tags, ok := item["tags"].([]any); ok {
			slices.SortFunc(tags, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		}
	}
	return items
}
