package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSearchQuery(t *testing.T) {
	f := newShopFloor(t)
	f.documents["Product/p1"] = json.RawMessage(lampShown)
	status, stdout, stderr := f.run("search", "query", "products", "lamp")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "1.500  Product/p1")
	require.Contains(t, stdout, lampShown)

	status, stdout, _ = f.run("search", "query", "products", "lamp", "--json")
	require.Equal(t, exitFine, status)
	var printed struct {
		Index, Text string
		Hits        []struct {
			ID     string
			Source json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
	require.Equal(t, "products", printed.Index)
	require.Len(t, printed.Hits, 1)
	require.JSONEq(t, lampShown, string(printed.Hits[0].Source))

	status, _, stderr = f.run("search", "query", "products", "a", "table")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stderr, `"a table"`)

	status, _, stderr = f.run("search", "query", "orders", "lamp")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "no field under text")

	f.documents = nil
	status, _, stderr = f.run("search", "query", "products", "lamp")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "the consumer makes it with its first batch")
}
