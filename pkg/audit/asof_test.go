package audit_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/model"
)

// told is a line as the rows below write it: at minute, operation, hashes.
type told struct {
	minute   int
	op       string
	old, new string
}

func history(lines ...told) *audit.History {
	h := &audit.History{}
	for _, l := range lines {
		at := midnight.Add(time.Duration(l.minute) * time.Minute)
		line := audit.Line{At: &at, Op: l.op, OldHash: l.old, NewHash: l.new, Keys: []byte(`{"PK":{"S":"x"}}`)}
		if l.old != "" {
			line.Old = []byte(`"` + l.old + `"`)
		}
		if l.new != "" {
			line.New = []byte(`"` + l.new + `"`)
		}
		h.Lines = append(h.Lines, line)
	}
	return h
}

func TestStateAtATime(t *testing.T) {
	for _, row := range []struct {
		name   string
		lines  []told
		minute int
		item   string
		proof  audit.Proof
	}{
		{"before an insert", []told{{5, "insert", "", "a"}}, 4, `null`, audit.NotYet},
		{"at its time", []told{{5, "insert", "", "a"}}, 5, `"a"`, audit.ByChange},
		{"between changes", []told{{5, "insert", "", "a"}, {9, "modify", "a", "b"}}, 7, `"a"`, audit.ByChange},
		{"after a delete", []told{{5, "insert", "", "a"}, {9, "remove", "a", ""}}, 10, `null`, audit.ByChange},
		{"a change between is missing", []told{{5, "insert", "", "a"}, {9, "modify", "b", "c"}}, 7, `"a"`, audit.Broken},
		{"before the first change of an older item", []told{{5, "modify", "a", "b"}}, 4, `"a"`, audit.UnprovenFrom},
		{"likewise, and a read saw it", []told{{2, "baseline", "", "a"}, {5, "modify", "a", "b"}}, 4, `"a"`, audit.ByBaseline},
		{"likewise, and the read was later", []told{{4, "baseline", "", "a"}, {5, "modify", "a", "b"}}, 3, `"a"`, audit.UnprovenFrom},
		{"a read saw another state", []told{{2, "baseline", "", "x"}, {5, "modify", "a", "b"}}, 4, `"a"`, audit.UnprovenFrom},
		{"only a read", []told{{2, "baseline", "", "a"}}, 4, `"a"`, audit.ByBaseline},
		{"only a later read", []told{{2, "baseline", "", "a"}}, 1, `"a"`, audit.UnprovenFrom},
		{"a read among changes", []told{{6, "baseline", "", "a"}, {5, "insert", "", "a"}, {9, "modify", "a", "b"}}, 10, `"b"`, audit.ByChange},
		{"a clock that went back", []told{{5, "insert", "", "a"}, {9, "modify", "a", "b"}, {6, "modify", "b", "c"}}, 7, `"a"`, audit.ByChange},
	} {
		t.Run(row.name, func(t *testing.T) {
			state, found := history(row.lines...).At(midnight.Add(time.Duration(row.minute) * time.Minute))
			require.True(t, found)
			require.Equal(t, row.item, string(state.Item))
			require.Equal(t, row.proof, state.Proof)
			require.Equal(t, row.proof != audit.UnprovenFrom && row.proof != audit.Broken, state.Proof.Proven())
		})
	}
	_, found := history().At(midnight)
	require.False(t, found)
}

// The states of all items of an entity are those that their histories tell one by one.
func TestStatesOfAnEntityAreThoseOfItsItems(t *testing.T) {
	m, faults := model.Parse("model.yaml", []byte(`
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK]}
entities:
  Item: {key: {PK: "ITEM#{n}", SK: X}}
  Other: {key: {PK: "OTHER#{n}", SK: X}}
`))
	require.NoError(t, faults.Err())
	rapid.Check(t, func(t *rapid.T) {
		log, _, made := generated(t, auditlog.Config{Seed: rapid.Uint64().Draw(t, "seed"), Changes: 60, Span: 5 * time.Hour, Adopted: 2,
			Duplicates: 2, Items: 6})
		at := auditlog.Start.Add(time.Duration(rapid.IntRange(-10, 400).Draw(t, "minute")) * time.Minute)
		states := map[string]audit.AsOf{}
		q := audit.EntityQuery{At: at, Entity: "Item", Model: m}
		for state, err := range log.StatesAt(context.Background(), q, &audit.Summary{}) {
			require.NoError(t, err)
			states[string(state.Keys)] = state
		}
		items := byItem(t, log)
		require.Len(t, states, len(items))
		for key := range items {
			h, err := log.History(context.Background(), audit.ItemQuery{Key: []byte(key), Now: made.End})
			require.NoError(t, err)
			one, found := h.At(at)
			require.True(t, found)
			require.Equal(t, one, states[key])
		}
		q.Entity = "Other"
		for range log.StatesAt(context.Background(), q, &audit.Summary{}) {
			t.Fatal("there is none")
		}
	})
}
