package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/table"
)

// newFilledFloor is a shop on the real engines with n products of about 1 KB in its table, and empty indexes that are an
// hour old.
func newFilledFloor(t *testing.T, n int) *shopFloor {
	t.Helper()
	f := newRealFloor(t)
	d := f.deployment()
	_, err := table.New(d.items(), d.model, d.target.Table).Create(t.Context())
	require.NoError(t, err)
	for first := 0; first < n; first += 25 {
		f.put(first, min(first+25, n))
	}
	f.makeIndexes(func([]byte) []byte { return nil })
	return f
}

// put writes the products from first up to end.
func (f *shopFloor) put(first, end int) {
	f.t.Helper()
	var writes []types.WriteRequest
	for i := first; i < end; i++ {
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: map[string]types.AttributeValue{
			"PK": &types.AttributeValueMemberS{Value: fmt.Sprintf("PRODUCT#p%06d", i)}, "SK": &types.AttributeValueMemberS{Value: "METADATA"},
			"title":       &types.AttributeValueMemberS{Value: strconv.Itoa(i)},
			"description": &types.AttributeValueMemberS{Value: strings.Repeat("Warm light, brass switch, walnut foot. ", 24)},
		}}})
	}
	out, err := f.deployment().items().BatchWriteItem(f.t.Context(), &dynamodb.BatchWriteItemInput{
		RequestItems: map[string][]types.WriteRequest{f.target.Table: writes},
	})
	require.NoError(f.t, err)
	require.Empty(f.t, out.UnprocessedItems)
}

// makeIndexes makes all indexes as of an hour ago; those that there are go. other changes the body of one, nil leaves it.
func (f *shopFloor) makeIndexes(other func(body []byte) []byte) {
	f.t.Helper()
	for _, index := range f.model.SortedIndexes() {
		name := search.IndexName(f.target.IndexPrefix, index.Name, 1)
		f.call(http.MethodDelete, "/"+name+"?ignore_unavailable=true", nil)
		meta := search.NewMeta(index, f.model.Version(), time.Now().Add(-time.Hour))
		body, err := search.IndexBody(name, search.ReadAlias(f.target.IndexPrefix, index.Name), meta)
		require.NoError(f.t, err)
		if changed := other(body); changed != nil {
			body = changed
		}
		f.call(http.MethodPut, "/"+name, body)
	}
}

// call calls OpenSearch.
func (f *shopFloor) call(method, path string, body []byte) []byte {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), method, f.target.OpenSearch+path, bytes.NewReader(body))
	require.NoError(f.t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(f.t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(f.t, err)
	require.Less(f.t, answer.StatusCode, 300, "%s", content)
	return content
}

// shown is how many products readers see.
func (f *shopFloor) shown() int {
	f.t.Helper()
	f.call(http.MethodPost, "/"+f.target.IndexPrefix+"*/_refresh?expand_wildcards=all", nil)
	var counted struct{ Count int }
	require.NoError(f.t, json.Unmarshal(f.call(http.MethodGet, "/"+f.target.IndexPrefix+"products/_count", nil), &counted))
	return counted.Count
}

// refusing is an index whose mapping takes no description.
func refusing(body []byte) []byte {
	return bytes.Replace(body, []byte(`"description":{`), []byte(`"description":{"type":"long"},"description2":{`), 1)
}
