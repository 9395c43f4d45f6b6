package search_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/items"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/table"
)

// worldOfEngines is a name space of an OpenSearch, and a table of DynamoDB Local.
type worldOfEngines struct {
	http.RoundTripper
	*domain
	*realTable
}

var _ world = (*worldOfEngines)(nil)

func (w *worldOfEngines) commit(thing *thing) { w.realTable.commit(w.t, thing) }
func (w *worldOfEngines) refresh()            { w.domain.refresh() }
func (w *worldOfEngines) drop(index string)   { w.delete(index) }
func (w *worldOfEngines) dropAll()            { w.delete(w.prefix + "*") }
func (w *worldOfEngines) delete(indexes string) {
	w.request(http.MethodDelete, "/"+indexes+"?ignore_unavailable=true&expand_wildcards=all", "")
}

// documents asks for them by their ids: a search does not show this moment.
func (w *worldOfEngines) documents(at []address) map[string][]byte {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"docs": at})
	require.NoError(w.t, err)
	var answer struct {
		Docs []struct {
			ID     string          `json:"_id"`
			Source json.RawMessage `json:"_source"`
			Error  *struct{ Type string }
		}
	}
	require.NoError(w.t, json.Unmarshal([]byte(w.request(http.MethodPost, "/_mget", string(body))), &answer))
	require.Len(w.t, answer.Docs, len(at))
	all := map[string][]byte{}
	for _, doc := range answer.Docs {
		if doc.Error != nil {
			require.Equal(w.t, "index_not_found_exception", doc.Error.Type)
			continue
		}
		if doc.Source != nil {
			all[doc.ID] = doc.Source
		}
	}
	return all
}

// found are the _ids of what readers find, sorted.
func (w *worldOfEngines) found(m *model.Model) []string {
	w.t.Helper()
	w.refresh()
	all := []string{}
	for _, index := range m.SortedIndexes() {
		var answer struct {
			Hits struct {
				Hits []struct {
					ID string `json:"_id"`
				}
			}
		}
		at := "/" + search.ReadAlias(w.prefix, index.Name) + "/_search?_source=false"
		require.NoError(w.t, json.Unmarshal([]byte(w.request(http.MethodPost, at, "")), &answer))
		for _, hit := range answer.Hits.Hits {
			all = append(all, hit.ID)
		}
	}
	slices.Sort(all)
	return all
}

// makeIndexesCheap is for an engine that is not going to crash: nothing waits for the disk, and searches see what is
// written only after a refresh, so that a history does not depend on when one happens to come.
func (d *domain) makeIndexesCheap() {
	template := fmt.Sprintf(`{"index_patterns": [%q], "template": {"settings": {"index": {
		"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": -1, "translog": {"durability": "async"}}}}}`, d.prefix+"*")
	at := "/_index_template/" + strings.TrimSuffix(d.prefix, "-")
	d.request(http.MethodPut, at, template)
	d.t.Cleanup(func() { d.request(http.MethodDelete, at, "") })
}

// putScript stores the script as the first outlet would: with no number does a history meet a domain without it.
func (d *domain) putScript() {
	body, err := json.Marshal(map[string]any{"script": map[string]string{"lang": "painless", "source": search.Script}})
	require.NoError(d.t, err)
	d.request(http.MethodPut, "/_scripts/"+search.ScriptID(), string(body))
}

// realTable is a table of DynamoDB Local.
type realTable struct {
	items.Table
	client *dynamodb.Client
}

func newRealTable(t *testing.T, m *model.Model, lane int) *realTable {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	client := dynamodb.NewFromConfig(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}, func(o *dynamodb.Options) { o.BaseEndpoint = &url })
	name := fmt.Sprintf("histories-%d-%d", os.Getpid(), lane)
	_, err := table.New(client, m, name).Create(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name})
		require.NoError(t, err)
	})
	return &realTable{items.Table{Client: client, Name: name}, client}
}

// commit makes the item what the thing is now.
func (r *realTable) commit(t testing.TB, thing *thing) {
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
