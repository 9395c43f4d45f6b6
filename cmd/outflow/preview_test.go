package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program that reads the JSON need not tell an empty list from none.
func TestPreviewJSONHasNoNullLists(t *testing.T) {
	content, err := os.ReadFile(changes)
	require.NoError(t, err)
	undecodable := write(t, "records.json", strings.Replace(string(content), `{"N": "84.20"}`, `{"N": "a lot"}`, 1))
	empty := map[string]int{}
	for records, want := range map[string]int{changes: exitFine, undecodable: exitWrong} {
		status, stdout, stderr := outflow(t, "preview", shop, records, "--json")
		require.Equal(t, want, status, stderr)
		var printed struct{ Rows []map[string]any }
		require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
		require.Len(t, printed.Rows, 12)
		for _, row := range printed.Rows {
			for _, name := range []string{"documents", "events", "parked", "notes"} {
				list, isList := row[name].([]any)
				require.True(t, isList, "%s of %v", name, row["change"])
				if len(list) == 0 {
					empty[name]++
				}
			}
		}
	}
	require.Len(t, empty, 4, "each list is empty somewhere, or this tests nothing")
}
