package audit_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/model"
)

func keyOf(lines []byte) string {
	sum := sha256.Sum256(lines)
	return fmt.Sprintf("audit/v1/small-dev/dt=2026-11-02/hour=00/2026-11-01T09:14:07.312-1-2-%x.ndjson.gz", sum[:8])
}

func gzipped(t testing.TB, lines []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(lines)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// show returns the ids of the lines and the errors.
func show(t require.TestingT, w *world, q audit.Query) (ids []string, errs []error, summary audit.Summary) {
	log := audit.Log{Client: w.bucket, Bucket: "audit", Name: "small-dev"}
	for line, err := range log.Show(context.Background(), q, &summary) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ids = append(ids, line.ID)
	}
	return ids, errs, summary
}

func hour(n int) time.Time { return time.Unix(1793577600, 0).Add(time.Duration(n) * time.Hour) }

func TestShow(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	for _, batch := range [][]record{
		{{1, 0, "a"}, {2, 0, "b"}, {3, 1, "a"}}, {{3, 1, "a"}, {4, 1, ""}}, {{5, 30, "a"}}, {{2, 0, "b"}},
	} {
		require.Empty(t, w.outlet.Deliver(t.Context(), w.changes(t, batch...)).Pending)
	}
	key, err := audit.ParseKey(w.model.Table, "T#a X")
	require.NoError(t, err)
	for _, row := range []struct {
		name  string
		query audit.Query
		ids   string
	}{
		{"all", audit.Query{}, "e1 e2 e3 e4 e5"},
		{"of a key", audit.Query{Key: key}, "e1 e3 e5"},
		{"from", audit.Query{From: hour(1)}, "e3 e4 e5"},
		{"to", audit.Query{To: hour(1)}, "e1 e2"},
		{"from and to", audit.Query{From: hour(0).Add(2 * time.Second), To: hour(1).Add(4 * time.Second)}, "e2 e3"},
		{"of a key, to", audit.Query{Key: key, To: hour(2)}, "e1 e3"},
		{"nothing", audit.Query{From: hour(100)}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, page := range []int{1, 1000} {
				w.bucket.Page = page
				ids, errs, _ := show(t, w, row.query)
				require.Empty(t, errs)
				require.Equal(t, row.ids, strings.Join(ids, " "))
			}
		})
	}
	_, _, summary := show(t, w, audit.Query{Key: key})
	require.Equal(t, audit.Summary{Segments: 5, Lines: 7, Shown: 3, Repeated: 1, Nameless: 1}, summary)
}

func TestShowReportsWhatItCannotRead(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	for i := range 3 {
		require.Empty(t, w.outlet.Deliver(t.Context(), w.changes(t, record{i + 1, i, "a"})).Pending)
	}
	w.bucket.Set(w.bucket.Puts[1], []byte("nothing"))
	w.bucket.Set("audit/v1/small-dev/dt=2026-11-02/hour=00/notes.txt", nil)
	w.bucket.Set("audit/v1/small-dev/dt=2026-11-02/hour=00/2026-11-01T09:14:07.312-x-2-0123456789abcdef.ndjson.gz", nil)
	w.bucket.Set("audit/v1/small-dev/digests/1.json", nil)
	ids, errs, summary := show(t, w, audit.Query{})
	require.Equal(t, []string{"e1", "e3"}, ids)
	require.Len(t, errs, 3)
	require.Equal(t, 3, summary.Faults)
	require.ErrorContains(t, errs[0], "-x-2-")
	require.ErrorContains(t, errs[1], "notes.txt")
	require.ErrorContains(t, errs[2], w.bucket.Puts[1])

	w.bucket.Fail = func(operation, key string) s3fake.Fault {
		if strings.HasSuffix(key, "hour=02/") {
			return s3fake.Fault{Err: s3fake.Error("AccessDenied")}
		}
		return s3fake.Fault{}
	}
	_, errs, _ = show(t, w, audit.Query{})
	require.ErrorContains(t, errs[len(errs)-1], "list audit/v1/small-dev/dt=2026-11-02/hour=02/")
}

func TestShowReportsARecordWithTwoIdentities(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	require.Empty(t, w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "a"})).Pending)
	require.Empty(t, w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "b"})).Pending)
	ids, errs, _ := show(t, w, audit.Query{})
	require.Equal(t, []string{"e1", "e1"}, ids)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], audit.ErrDiffers)
}

func TestShowStopsWhenAsked(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	require.Empty(t, w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "a"}, record{2, 0, "a"})).Pending)
	log := audit.Log{Client: w.bucket, Bucket: "audit", Name: "small-dev"}
	seen := 0
	for range log.Show(t.Context(), audit.Query{}, &audit.Summary{}) {
		seen++
		break
	}
	require.Equal(t, 1, seen)
}

// Whatever the borders of batches are, lines come each once and in order, and few segments are open at a time.
func TestShowIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, small, nil, audit.Retention{})
		w.bucket.Page = rapid.IntRange(1, 5).Draw(t, "page")
		n := rapid.IntRange(1, 40).Draw(t, "records")
		var records []record
		for i := range n { // creation times are wrong by up to an hour
			records = append(records, record{i, i/8 + rapid.IntRange(0, 1).Draw(t, "late"), "a"})
		}
		for from := 0; from < n; {
			end := rapid.IntRange(from+1, n).Draw(t, "end of batch")
			require.Empty(t, w.outlet.Deliver(context.Background(), w.changes(t, records[from:end]...)).Pending)
			if end == n {
				break
			}
			from = max(from+1, end-rapid.IntRange(0, 2).Draw(t, "come again"))
		}
		ids, errs, _ := show(t, w, audit.Query{})
		require.Empty(t, errs)
		want := make([]string, n)
		for i := range want {
			want[i] = fmt.Sprintf("e%d", i)
		}
		require.Equal(t, want, ids)
	})
}

func TestParseKey(t *testing.T) {
	two := model.Table{Key: []model.KeyAttribute{{Name: "pk", Type: "S"}, {Name: "Sort", Type: "N"}}}
	one := model.Table{Key: []model.KeyAttribute{{Name: "id", Type: "B"}}}
	text := model.Table{Key: []model.KeyAttribute{{Name: "id", Type: "S"}}}
	for _, row := range []struct {
		name  string
		table model.Table
		text  string
		want  string // or what the error says
	}{
		{"text", two, "a 01.50", `{"Sort":{"N":"1.5"},"pk":{"S":"a"}}`},
		{"plain JSON", two, `{"pk": "a b", "Sort": 2}`, `{"Sort":{"N":"2"},"pk":{"S":"a b"}}`},
		{"typed JSON", two, `{"Sort":{"N":"1e1"},"pk":{"S":"ü\n"}}`, `{"Sort":{"N":"10"},"pk":{"S":"ü\n"}}`},
		{"one attribute", text, "a b", `{"id":{"S":"a b"}}`},
		{"binary", one, "AAE=", `{"id":{"B":"AAE="}}`},
		{"too few", two, "a", "2 values"},
		{"too many", two, "a b 1", "as JSON"},
		{"no number", two, "a b", "Sort: not a decimal"},
		{"empty", text, "", "empty"},
		{"not base64", one, "?", "base64"},
		{"attribute missing", two, `{"pk":"a"}`, "no Sort"},
		{"attribute too many", two, `{"pk":"a","Sort":1,"x":1}`, "more than"},
		{"other type", two, `{"pk":{"N":"1"},"Sort":1}`, "pk: it is not of type S"},
		{"null", two, `{"pk":null,"Sort":1}`, "pk: it is not a value of type S"},
		{"number for text", two, `{"pk":1,"Sort":1}`, "pk: it is not a value of type S"},
		{"not JSON", two, `{"pk"`, "no JSON object"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := audit.ParseKey(row.table, row.text)
			if err != nil {
				require.ErrorContains(t, err, row.want)
				return
			}
			require.Equal(t, strings.ReplaceAll(row.want, "\n", `\n`), string(got))
		})
	}
}
