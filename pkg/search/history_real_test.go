package search_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/items"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// historiesVariable says how many histories run on real engines; make histories sets it.
const historiesVariable = "OUTFLOW_HISTORIES"

// The same histories against a real OpenSearch, with items in a real table.
func TestHistoriesOnRealEngines(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	db := newRealTable(t, m)
	for i := range realHistories(t) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			rapid.MakeFuzz(func(r *rapid.T) {
				h := newHistory(r, m, fmt.Sprintf("%s%d-", d.prefix, i))
				h.documents, h.drop = d.all, d.drop
				h.connect(http.DefaultTransport, d.url)
				h.table = db.Item
				h.commit = func(thing *thing) { db.commit(t, thing) }
				for _, thing := range h.things {
					h.commit(thing)
				}
				h.run()
			})(t, drawn(uint64(i)))
		})
	}
}

func realHistories(t *testing.T) int {
	text := os.Getenv(historiesVariable)
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, historiesVariable)
	return n
}

// drawn is what a history draws from: more than it needs.
func drawn(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	var all []byte
	for range 1 << 15 {
		all = binary.LittleEndian.AppendUint64(all, random.Uint64())
	}
	return all
}

// realTable is a table of DynamoDB Local.
type realTable struct {
	items.Table
	client *dynamodb.Client
}

func newRealTable(t *testing.T, m *model.Model) *realTable {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	client := dynamodb.NewFromConfig(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}, func(o *dynamodb.Options) { o.BaseEndpoint = &url })
	name := fmt.Sprintf("histories-%d", os.Getpid())
	_, err := table.New(client, m, name).Create(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name})
		require.NoError(t, err)
	})
	return &realTable{items.Table{Client: client, Name: name}, client}
}

// commit makes the item what the thing is now.
func (r *realTable) commit(t *testing.T, thing *thing) {
	t.Helper()
	if thing.item() == nil {
		key, err := attributevalue.UnmarshalMapJSON(thing.key())
		require.NoError(t, err)
		_, err = r.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &r.Name, Key: key})
		require.NoError(t, err)
		return
	}
	item, err := attributevalue.UnmarshalMapJSON(thing.item())
	require.NoError(t, err)
	_, err = r.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &r.Name, Item: item})
	require.NoError(t, err)
}

// all are the documents of an index by _id, hidden ones and tombstones too.
func (d *domain) all(index string) map[string][]byte {
	d.t.Helper()
	var found struct {
		Docs []struct {
			ID     string          `json:"_id"`
			Source json.RawMessage `json:"_source"`
		}
	}
	body := map[string]any{"ids": []string{"Product/p1", "Order/o1"}} // at this moment, which a search does not show
	content, err := json.Marshal(body)
	require.NoError(d.t, err)
	r, err := http.Post(d.url+"/"+index+"/_mget", "application/json", bytes.NewReader(content))
	require.NoError(d.t, err)
	defer r.Body.Close()
	require.NoError(d.t, json.NewDecoder(r.Body).Decode(&found))
	all := map[string][]byte{}
	for _, doc := range found.Docs {
		if doc.Source != nil {
			all[doc.ID] = doc.Source
		}
	}
	return all
}

func (d *domain) drop(index string) {
	d.t.Helper()
	d.request(http.MethodDelete, "/"+index+"?ignore_unavailable=true", "")
}
