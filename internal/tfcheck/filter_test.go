package tfcheck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/model"
)

// A filter that Terraform derives from the model passes every record of an entity that the consumer's outlets want.
func TestFilterPassesWhatIsWanted(t *testing.T) {
	var blocks []struct {
		Filter []struct {
			Pattern string `json:"pattern"`
		} `json:"filter"`
	}
	content, err := json.Marshal(resource(t, "aws_lambda_event_source_mapping", `consumer["search"]`).Values["filter_criteria"])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &blocks))
	require.Len(t, blocks, 1)
	var patterns []string
	for _, f := range blocks[0].Filter {
		patterns = append(patterns, f.Pattern)
	}
	filter, err := mapping.NewFilter(patterns) // which refuses what Lambda refuses
	require.NoError(t, err)

	wanted := 0
	for _, record := range shopRecords(t) {
		passes, err := filter.Matches(record.raw)
		require.NoError(t, err)
		if record.searched {
			wanted++
			require.True(t, passes, "%s", record.raw)
		}
	}
	require.Greater(t, wanted, 5)
	passes, err := filter.Matches([]byte(`{"eventName": "INSERT", "dynamodb": {"Keys": {"PK": {"S": "CACHE#1"}, "SK": {"S": "x"}}}}`))
	require.NoError(t, err)
	require.False(t, passes, "an item that no index takes")
}

type shopRecord struct {
	raw      json.RawMessage
	searched bool // an index takes its entity
}

func shopRecords(t testing.TB) []shopRecord {
	t.Helper()
	compiled, err := os.ReadFile(filepath.Join(repository, "terraform", "tests", "package", "model.json"))
	require.NoError(t, err)
	m, err := model.Load(compiled)
	require.NoError(t, err)
	sources := map[string]bool{}
	for _, index := range m.SortedIndexes() {
		for _, source := range append(index.Parts, index.Root) {
			sources[source.Entity] = true
		}
	}
	event, err := os.ReadFile(filepath.Join(repository, "examples", "shop", "changes.json"))
	require.NoError(t, err)
	var batch struct{ Records []json.RawMessage }
	require.NoError(t, json.Unmarshal(event, &batch))
	changes, err := change.Decode(m, event)
	require.NoError(t, err)
	require.Len(t, changes, len(batch.Records))
	records := make([]shopRecord, len(changes))
	for i, c := range changes {
		records[i].raw = batch.Records[i]
		for _, state := range []change.State{c.Old, c.New} {
			records[i].searched = records[i].searched || state.Entity != nil && sources[state.Entity.Name]
		}
	}
	return records
}
