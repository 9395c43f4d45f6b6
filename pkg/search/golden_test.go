package search_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/golden"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// A search case shows, for each index, the _bulk body of the whole batch and the documents that it leaves.
func TestGolden(t *testing.T) {
	golden.Run(t, "../../examples/shop/model.yaml", func(t *testing.T, m *model.Model, changes []change.Change) string {
		var out strings.Builder
		for _, index := range m.SortedIndexes() {
			p, err := search.NewProjector(m, index)
			require.NoError(t, err)
			var asked search.Projection
			for i := range changes {
				p.Add(&asked, &changes[i])
			}
			if len(asked.Operations)+len(asked.RuleFaults) > 0 {
				showIndex(t, &out, m, index, asked)
			}
		}
		if out.Len() == 0 {
			return "nothing\n"
		}
		return out.String()
	})
}

func showIndex(t *testing.T, out *strings.Builder, m *model.Model, index *model.Index, asked search.Projection) {
	for _, op := range asked.Operations {
		fmt.Fprintf(out, "%s %s %s\n", index.Name, op.ID, op.Part)
		if len(op.Unlisted) > 0 {
			fmt.Fprintf(out, "  unlisted %v\n", op.Unlisted)
		}
	}
	for _, err := range asked.RuleFaults {
		fmt.Fprintf(out, "rule fault: %v\n", err)
	}
	body := search.Bulk(search.IndexName(m.Name+"-dev-", index.Name, 1), index, asked.Operations)
	for line := range bytes.Lines(body) {
		out.WriteString(pretty(t, neutral(m, line)))
	}
	documents := map[string]*search.Document{}
	for _, op := range asked.Operations {
		if documents[op.ID] == nil {
			documents[op.ID] = &search.Document{}
		}
		documents[op.ID].Apply(op)
	}
	for _, id := range slices.Sorted(maps.Keys(documents)) {
		fmt.Fprintf(out, "document %s\n%s", id, pretty(t, neutral(m, documents[id].Source(search.Lists(index)))))
	}
}

// neutral puts names in the place of hashes that change with any edit of the model or the script.
func neutral(m *model.Model, line []byte) []byte {
	line = bytes.ReplaceAll(line, []byte(m.Version()), []byte("MODEL"))
	return bytes.ReplaceAll(line, []byte(search.ScriptID()), []byte("SCRIPT"))
}

func pretty(t *testing.T, line []byte) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, bytes.TrimSpace(line), "", "  "))
	return out.String() + "\n"
}
