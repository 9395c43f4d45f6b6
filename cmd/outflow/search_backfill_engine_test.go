package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

func TestSearchBackfillOnTheEngines(t *testing.T) {
	f := newFilledFloor(t, 500)
	status, stdout, stderr := f.run("search", "backfill", "--segments", "3")
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	require.Contains(t, stdout, f.target.Table+": scan in 3 segments")
	require.Contains(t, stdout, "into     "+f.target.IndexPrefix+"products-000001, made ")
	require.Contains(t, stdout, "complete: 500 items read in ")
	require.Contains(t, stdout, "500 new, 0 as they were, 0 read anew, 0 without a document, 0 refused")
	require.Equal(t, 500, f.shown())
	require.NoFileExists(t, filepath.Join(filepath.Dir(f.path), "backfill.json"), "what is complete needs no state")

	status, stdout, _ = f.run("search", "backfill", "--prefix", "PRODUCT#p0000", "--json")
	require.Equal(t, exitFine, status)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var end struct {
		Event    string
		Complete bool
		Counts   backfill.Counts
	}
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &end))
	require.Equal(t, "end", end.Event)
	require.True(t, end.Complete)
	require.Equal(t, 500, end.Counts.Seen)
	require.Equal(t, 100, end.Counts.Equal)

	keys := write(t, "keys", "PRODUCT#p000007 METADATA\n"+`{"PK":"PRODUCT#p000008","SK":"METADATA"}`+"\n"+`PRODUCT#gone METADATA`)
	status, stdout, stderr = f.run("search", "backfill", "--keys", keys)
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	require.Contains(t, stdout, "3 items read in 1 pages")

	status, stdout, _ = f.run("search", "backfill", "--entity", "Order")
	require.Equal(t, exitFine, status)
	require.NotContains(t, stdout, "products-000001")
	require.Contains(t, stdout, "500 items read")
	require.Contains(t, stdout, ": 0 new, 0 as they were")
}

func TestSearchBackfillNamesWhatIsRefused(t *testing.T) {
	f := newFilledFloor(t, 30)
	f.makeIndexes(refusing)
	status, stdout, stderr := f.run("search", "backfill")
	require.Equal(t, exitWrong, status, "%s%s", stdout, stderr)
	require.Contains(t, stdout, `REFUSED  {"PK":{"S":"PRODUCT#p0000`)
	require.Contains(t, stdout, "field description does not fit type long")
	require.NotContains(t, stdout+stderr, "Warm light", "no item data")
	require.Contains(t, stdout, "30 refused, listed in ")
	listed, err := os.ReadFile(filepath.Join(filepath.Dir(f.path), "backfill.poison.ndjson"))
	require.NoError(t, err)
	require.Equal(t, 30, bytes.Count(listed, []byte("\n")))

	f.makeIndexes(func([]byte) []byte { return nil })
	status, _, stderr = f.run("search", "backfill")
	require.Equal(t, exitFine, status, stderr)
	require.NoFileExists(t, filepath.Join(filepath.Dir(f.path), "backfill.poison.ndjson"), "it began anew")
}

func TestSearchBackfillOfAnotherState(t *testing.T) {
	f := newFilledFloor(t, 1)
	state := filepath.Join(filepath.Dir(f.path), "backfill.json")
	for _, row := range []struct {
		name    string
		content string
		says    []string
	}{
		{"truncated", `{"format":1,"of":{"tab`, []string{"it is not whole", "delete it to begin anew"}},
		{"of another table", `{"format":1,"of":{"table":"shop-prod"},"lanes":[{}]}`, []string{`the table was "shop-prod"`, "--state"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(state, []byte(row.content), 0o600))
			status, _, stderr := f.run("search", "backfill")
			require.Equal(t, exitBlind, status, stderr)
			for _, said := range append(row.says, state) {
				require.Contains(t, stderr, said)
			}
			require.Zero(t, f.shown())
		})
	}
	status, _, stderr := f.run("search", "backfill", "--state", filepath.Join(filepath.Dir(f.path), "nowhere", "state.json"))
	require.Equal(t, exitBlind, status, stderr)
	require.Contains(t, stderr, "name a file that can be written with --state")
	require.Zero(t, f.shown(), "what cannot be kept is not begun")
}
