package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// scan reads the whole table, each item as the insert that would make it.
func (w *world) scan(t *testing.T) []change.Change {
	var records []string
	pages := dynamodb.NewScanPaginator(w.items, &dynamodb.ScanInput{TableName: &w.Target.Table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, item := range page.Items {
			key := map[string]types.AttributeValue{}
			for _, k := range w.model.Table.Key {
				key[k.Name] = item[k.Name]
			}
			n := len(records) + 1
			records = append(records, fmt.Sprintf(`{"eventID":"scan%d","eventName":"INSERT","eventSource":"aws:dynamodb","eventSourceARN":%q,`+
				`"dynamodb":{"SequenceNumber":"%d","StreamViewType":"NEW_AND_OLD_IMAGES","Keys":%s,"NewImage":%s}}`,
				n, w.Target.StreamARN, n, typed(t, key), typed(t, item)))
		}
	}
	changes, err := w.decode(records)
	require.NoError(t, err)
	return changes
}

// typed is the item in DynamoDB's JSON.
func typed(t *testing.T, item map[string]types.AttributeValue) []byte {
	members := map[string]any{}
	for name, value := range item {
		members[name] = typedValue(t, value)
	}
	content, err := json.Marshal(members)
	require.NoError(t, err)
	return content
}

func typedValue(t *testing.T, value types.AttributeValue) any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return map[string]string{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]string{"N": v.Value}
	case *types.AttributeValueMemberL:
		elements := make([]any, len(v.Value))
		for i, element := range v.Value {
			elements[i] = typedValue(t, element)
		}
		return map[string]any{"L": elements}
	}
	require.Failf(t, "an item of the shop holds it", "%T", value)
	return nil
}

// checkSearch holds every index against the projection of the table: the same documents with the same bodies, and no
// others. It returns how many there are.
func (w *world) checkSearch(t *testing.T, items []change.Change) map[string]int {
	counts := map[string]int{}
	for _, index := range w.model.SortedIndexes() {
		hits, err := w.hits(t.Context(), index.Name, "true")
		require.NoError(t, err)
		found := map[string]string{}
		for _, hit := range hits {
			content, err := json.Marshal(hit.Source)
			require.NoError(t, err)
			found[hit.ID] = body(t, content)
		}
		requireSame(t, w.project(t, index, items), found, "documents of "+index.Name)
		counts[index.Name] = len(found)
	}
	return counts
}

// project returns the bodies that the items ask for, by id.
func (w *world) project(t *testing.T, index *model.Index, items []change.Change) map[string]string {
	projector, err := search.NewProjector(w.model, index)
	require.NoError(t, err)
	var projection search.Projection
	for i := range items {
		projector.Add(&projection, &items[i])
	}
	documents := map[string]*search.Document{}
	for _, op := range projection.Operations {
		if documents[op.ID] == nil {
			documents[op.ID] = &search.Document{}
		}
		documents[op.ID].Apply(op)
	}
	wanted := map[string]string{}
	for id, document := range documents {
		if document.Visible() {
			wanted[id] = body(t, document.Source(search.Lists(index)))
		}
	}
	return wanted
}

// body is a document's JSON, members sorted, without the reserved field, which tells the document's history.
func body(t *testing.T, source []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.UseNumber() // digits count
	var members map[string]any
	require.NoError(t, decoder.Decode(&members))
	delete(members, "outflow")
	content, err := json.Marshal(members)
	require.NoError(t, err)
	return string(content)
}
