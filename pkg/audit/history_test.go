package audit_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// generated is a log of the generator in a bucket.
func generated(t require.TestingT, c auditlog.Config) (*audit.Log, *s3fake.S3, auditlog.Log) {
	memory := auditlog.NewMemory()
	made, err := auditlog.Write(c, memory)
	require.NoError(t, err)
	bucket := &s3fake.S3{}
	for key, body := range memory.Objects {
		bucket.Set(key, body)
	}
	return &audit.Log{Client: bucket, Bucket: "audit", Name: made.Name}, bucket, made
}

// byItem is what a scan of the log shows, by the texts of keys.
func byItem(t require.TestingT, log *audit.Log) map[string][]string {
	all := map[string][]string{}
	for line, err := range log.Show(context.Background(), audit.Query{}, &audit.Summary{}) {
		require.NoError(t, err)
		if !line.IsRaw() {
			all[string(line.Keys)] = append(all[string(line.Keys)], line.ID)
		}
	}
	return all
}

func idsOf(lines []audit.Line) (ids []string) {
	for i := range lines {
		ids = append(ids, lines[i].ID)
	}
	return ids
}

// A history by the key indexes is what a scan of all segments shows of the item, whatever the log went through.
func TestHistoryIsWhatAScanShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, bucket, made := generated(t, auditlog.Config{
			Seed: rapid.Uint64().Draw(t, "seed"), Items: rapid.IntRange(1, 4).Draw(t, "items"),
			Changes: rapid.IntRange(1, 60).Draw(t, "changes"), Span: time.Duration(rapid.IntRange(1, 8).Draw(t, "hours")) * time.Hour,
			SegmentLines: rapid.IntRange(1, 20).Draw(t, "lines"), Duplicates: rapid.IntRange(0, 3).Draw(t, "duplicates"),
			Late: rapid.IntRange(0, 3).Draw(t, "late"), Adopted: rapid.IntRange(0, 3).Draw(t, "adopted"),
			Raw: rapid.IntRange(0, 20).Draw(t, "raw"), Streams: rapid.IntRange(1, 3).Draw(t, "streams"),
		})
		if rapid.Bool().Draw(t, "last digests missing") { // as if what they list were not sealed yet
			keep := rapid.Int64Range(0, made.Digests).Draw(t, "digests")
			for n := keep + 1; n <= made.Digests; n++ {
				bucket.Delete(audit.DigestKey(log.Name, n))
				bucket.Delete(audit.SignatureKey(log.Name, n))
			}
		}
		for key, ids := range byItem(t, log) {
			h, err := log.History(context.Background(), audit.ItemQuery{Key: []byte(key), Now: made.End.Add(time.Minute)})
			require.NoError(t, err)
			require.Empty(t, h.Faults)
			require.ElementsMatch(t, ids, idsOf(h.Lines))
			require.True(t, slices.IsSortedFunc(h.Lines, func(a, b audit.Line) int { return strings.Compare(a.Version(), b.Version()) }))
			for i, link := range h.Links {
				require.True(t, link.Proven(), "line %d of %s: %s", i, key, link)
			}
		}
	})
}

func TestHistoryReadsFewSegments(t *testing.T) {
	log, bucket, made := generated(t, auditlog.Config{Seed: 1, Items: 300, Changes: 900, Span: 48 * time.Hour, SegmentLines: 10})
	key := slices.Sorted(maps.Keys(byItem(t, log)))[7]
	q := audit.ItemQuery{Key: []byte(key), Now: made.End.Add(time.Minute)}
	h, err := log.History(t.Context(), q)
	require.NoError(t, err)
	require.NotEmpty(t, h.Lines)
	require.LessOrEqual(t, h.Looked.Segments, h.Looked.Lines)
	require.Zero(t, h.Looked.Unsealed)
	require.Empty(t, h.Looked.Scanned)

	other, err := log.History(t.Context(), audit.ItemQuery{Key: []byte(`{"PK":{"S":"nobody"}}`), Now: q.Now})
	require.NoError(t, err)
	require.Empty(t, other.Lines)
	require.Zero(t, other.Looked.Segments)

	for name := range bucket.Objects() { // the index of one digest is altered, that of another gone
		if strings.Contains(name, "/keys/") && strings.Contains(name, "/0000000003-") {
			bucket.Set(name, []byte("nonsense\n"))
		}
		if strings.Contains(name, "/keys/") && strings.Contains(name, "/0000000004-") {
			bucket.Delete(name)
		}
	}
	scanned, err := log.History(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, idsOf(h.Lines), idsOf(scanned.Lines))
	require.Len(t, scanned.Looked.Scanned, 2)
	require.Contains(t, scanned.Looked.Scanned[0], "digest 3")
	require.Greater(t, scanned.Looked.Segments, h.Looked.Segments)
}

func TestHistorySaysWhatIsWrong(t *testing.T) {
	log, bucket, made := generated(t, auditlog.Config{Seed: 2, Items: 1, Changes: 30, SegmentLines: 3})
	key := slices.Collect(maps.Keys(byItem(t, log)))[0]
	q := audit.ItemQuery{Key: []byte(key), Now: made.End.Add(time.Minute)}
	h, err := log.History(t.Context(), q)
	require.NoError(t, err)
	first, gone, altered := h.Lines[0].Segment(), h.Lines[10].Segment(), h.Lines[20].Segment()
	bucket.Delete(first)
	bucket.Delete(gone)
	other, found := bucket.Object(h.Lines[5].Segment())
	require.True(t, found)
	bucket.Set(altered, other.Body)
	h, err = log.History(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, h.Faults, 3)
	require.ErrorContains(t, h.Faults[0], "it is gone")
	require.ErrorIs(t, h.Faults[2], audit.ErrSegment)
	require.ErrorContains(t, h.Faults[2], "not those that its digest sealed")
	require.Equal(t, audit.StartUnproven, h.Links[0])
	broken := slices.DeleteFunc(slices.Clone(h.Links), func(l audit.Standing) bool { return l != audit.ChainBroken })
	require.Len(t, broken, 2)

	seen := len(h.Lines)
	bucket.Delete(audit.DigestKey(log.Name, 5))
	h, err = log.History(t.Context(), q)
	require.NoError(t, err)
	require.ErrorIs(t, h.Faults[0], audit.ErrTampered)
	require.Contains(t, h.Looked.Scanned[0], "all the log's segments were read")
	require.GreaterOrEqual(t, len(h.Lines), seen)

	bucket.Fail = func(string, string) s3fake.Fault { return s3fake.Fault{Err: s3fake.Error("AccessDenied")} }
	_, err = log.History(t.Context(), q)
	require.ErrorContains(t, err, "AccessDenied")
}

func TestDifferences(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"an insert", `null`, `{"a":{"S":"x"}}`, `[{"path":"a","new":{"S":"x"}}]`},
		{"a delete", `{"a":{"S":"x"}}`, `null`, `[{"path":"a","old":{"S":"x"}}]`},
		{"another type", `{"a":{"S":"1"}}`, `{"a":{"N":"1"}}`, `[{"path":"a","old":{"S":"1"},"new":{"N":"1"}}]`},
		{"a member", `{"a":{"M":{"b":{"N":"1"},"c":{"N":"1"}}}}`, `{"a":{"M":{"b":{"N":"2"},"c":{"N":"1"}}}}`,
			`[{"path":"a.b","old":{"N":"1"},"new":{"N":"2"}}]`},
		{"elements", `{"a":{"L":[{"N":"1"},{"M":{"q":{"N":"1"}}}]}}`, `{"a":{"L":[{"N":"1"},{"M":{"q":{"N":"2"}}},{"NULL":true}]}}`,
			`[{"path":"a[1].q","old":{"N":"1"},"new":{"N":"2"}},{"path":"a[2]","new":{"NULL":true}}]`},
		{"a set", `{"a":{"SS":["x","y"]}}`, `{"a":{"SS":["y","z"]}}`, `[{"path":"a","added":["z"],"removed":["x"]}]`},
		{"a name with a dot", `{"a.b":{"S":"x"}}`, `{"a.b":{"S":"y"}}`, `[{"path":"\"a.b\"","old":{"S":"x"},"new":{"S":"y"}}]`},
		{"booleans", `{"a":{"BOOL":true}}`, `{"a":{"BOOL":false}}`, `[{"path":"a","old":{"BOOL":true},"new":{"BOOL":false}}]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			line := audit.Line{Old: json.RawMessage(row.old), New: json.RawMessage(row.new)}
			got, err := line.Differences()
			require.NoError(t, err)
			text, err := json.Marshal(got)
			require.NoError(t, err)
			require.JSONEq(t, row.want, string(text))
		})
	}
	broken := audit.Line{ID: "e1", Old: json.RawMessage(`{"a":1}`), New: json.RawMessage(`{"a":2}`)}
	_, err := broken.Differences()
	require.ErrorContains(t, err, "e1")
}
