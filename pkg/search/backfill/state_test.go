package backfill_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

func TestReadState(t *testing.T) {
	of := identity(parseModel(t))
	of.Stream, of.Indexes = "2026-11-21T12:00:00.000", []backfill.Index{{Name: "shop-test-products-000001", Created: time.Unix(1e9, 0).UTC()}}
	whole, err := json.Marshal(backfill.NewState(of, 2, time.Unix(1e9, 0)))
	require.NoError(t, err)
	for _, row := range []struct {
		name  string
		spoil func(text string, of *backfill.Identity, lanes *int) string
		says  string // "" where it is this backfill's
	}{
		{"whole", func(s string, _ *backfill.Identity, _ *int) string { return s + "\n" }, ""},
		{"truncated", func(s string, _ *backfill.Identity, _ *int) string { return s[:len(s)/2] }, "it is not whole"},
		{"empty", func(string, *backfill.Identity, *int) string { return "" }, "it is not whole"},
		{"of another program", func(string, *backfill.Identity, *int) string { return `{"cursor": 1}` }, `unknown field "cursor"`},
		{"of a newer format", func(s string, _ *backfill.Identity, _ *int) string {
			return strings.Replace(s, `"format":1`, `"format":2`, 1)
		}, "it has format 2 and this outflow knows 1"},
		{"of another table", func(s string, of *backfill.Identity, _ *int) string { of.Table = "shop-prod"; return s },
			`the table was "shop-test" and is "shop-prod"`},
		{"of an older stream", func(s string, of *backfill.Identity, _ *int) string { of.Stream = "2026-11-22T00:00:00.000"; return s },
			`the stream was "2026-11-21T12:00:00.000"`},
		{"of another source", func(s string, of *backfill.Identity, _ *int) string { of.Source = "an export"; return s },
			`what is read was "a fake" and is "an export"`},
		{"of another filter", func(s string, of *backfill.Identity, _ *int) string { of.Entity, of.Prefix = "Order", "X"; return s },
			`the entity was "" and is "Order"; the prefix was "" and is "X"`},
		{"of another model", func(s string, of *backfill.Identity, _ *int) string { of.Model = "m"; return s }, `and is "m"`},
		{"of an index that was made anew", func(s string, of *backfill.Identity, _ *int) string {
			of.Indexes = []backfill.Index{{Name: "shop-test-products-000001", Created: time.Unix(2e9, 0)}}
			return s
		}, "the indexes was \"shop-test-products-000001 of 2001-09-09T01:46:40Z\" and is"},
		{"of other lanes", func(s string, _ *backfill.Identity, lanes *int) string { *lanes = 3; return s }, "it has 2 lanes and there are 3"},
	} {
		t.Run(row.name, func(t *testing.T) {
			of, lanes := of, 2
			text := row.spoil(string(whole), &of, &lanes)
			s, err := backfill.ReadState([]byte(text), of, lanes)
			if row.says == "" {
				require.NoError(t, err)
				require.Len(t, s.Lanes, 2)
				require.False(t, s.IsDone())
				return
			}
			require.ErrorIs(t, err, backfill.ErrOther)
			require.ErrorContains(t, err, row.says)
		})
	}
}

// FuzzReadState reads what may stand in a file, or come as a cursor: what is taken is of this backfill, and stays the same
// when it is written and read again.
func FuzzReadState(f *testing.F) {
	of := backfill.Identity{Table: "t", Indexes: []backfill.Index{{Name: "i", Created: time.Unix(1, 0).UTC()}}}
	whole, err := json.Marshal(backfill.NewState(of, 2, time.Unix(1e9, 0)))
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte(`{"format":1,"of":{"table":"t"},"lanes":[{"done":true},{"after":"x"}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := backfill.ReadState(content, of, 2)
		if err != nil {
			require.ErrorIs(t, err, backfill.ErrOther)
			return
		}
		require.Len(t, s.Lanes, 2)
		require.Equal(t, "t", s.Of.Table)
		again, err := json.Marshal(s)
		require.NoError(t, err)
		same, err := backfill.ReadState(again, of, 2)
		require.NoError(t, err)
		require.Equal(t, s, same)
	})
}
