package search_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/search"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// at is the root of one document in a state, as of a minute of that hour: "" is absent.
func at(n, minute int, value string) search.Operation {
	op := search.Operation{Entity: "Product", ID: "Product/p1", Part: search.Root, At: noon.Add(time.Duration(minute) * time.Minute)}
	if n > 0 {
		op.Version = fmt.Sprintf("l/%040d", n)
	}
	if op.Deleted = value == ""; !op.Deleted {
		op.Body = fmt.Appendf(nil, `{"v":%q}`, value)
	}
	return op
}

// settled is the root's state after an open change was settled: what it shows, the number of its version, and whether it is
// a read state.
func settled(d *search.Document) string {
	root := d.Parts[search.Root]
	number := 0
	if root.Version != "" {
		fmt.Sscanf(root.Version, "l/%d", &number)
	}
	return fmt.Sprintf("%s %d read=%v", root.Body, number, root.Read)
}

// A change meets what a document shows, and what the table says. Minutes are those of creation and of reads.
func TestSettle(t *testing.T) {
	floor := noon
	for _, c := range []struct {
		name       string
		shown      []search.Operation // read states without a number
		old, new   search.Operation
		read       *search.Operation // nil where it must not be needed
		want       string
		mustBeRead bool
	}{
		{"read state is newer for certain", []search.Operation{at(0, 30, "C")}, at(1, 19, "A"), at(2, 19, "B"), nil, `{"v":"C"} 2 read=true`, false},
		{"change is newer for certain", []search.Operation{at(0, 30, "A")}, at(1, 41, "X"), at(2, 41, "B"), nil, `{"v":"B"} 2 read=false`, false},
		{"read state is what the change made", []search.Operation{at(0, 30, "B")}, at(1, 30, "A"), at(2, 30, "B"), nil, `{"v":"B"} 2 read=false`, false},
		{"read state is from before the change", []search.Operation{at(0, 30, "A")}, at(1, 30, "A"), at(2, 30, "B"), nil, `{"v":"B"} 2 read=false`, false},
		{"absent before the change", []search.Operation{at(0, 30, "")}, at(1, 30, ""), at(2, 30, "B"), nil, `{"v":"B"} 2 read=false`, false},
		{"read state is neither, and the table still says so", []search.Operation{at(0, 30, "C")}, at(1, 30, "A"), at(2, 30, "B"),
			ptr(at(0, 31, "C")), `{"v":"C"} 2 read=true`, true},
		{"read state is neither, and the table says something new", []search.Operation{at(0, 30, "C")}, at(1, 30, "A"), at(2, 30, "B"),
			ptr(at(0, 31, "D")), `{"v":"D"} 2 read=true`, true},
		{"gone since", []search.Operation{at(0, 30, "C")}, at(1, 30, "A"), at(2, 30, "B"), ptr(at(0, 31, "")), ` 2 read=true`, true},
		{"after two read states nothing is known of a change between them", []search.Operation{at(0, 30, "B"), at(0, 31, "A")}, at(1, 30, "Z"), at(2, 30, "A"),
			ptr(at(0, 32, "A")), `{"v":"A"} 2 read=true`, true},
		{"nor where the table says what it made", []search.Operation{at(0, 30, "B")}, at(1, 30, "Z"), at(2, 30, "A"),
			ptr(at(0, 32, "A")), `{"v":"A"} 2 read=true`, true},
		{"but a change long after the first of them may be the second", []search.Operation{at(0, 30, "B"), at(0, 42, "A")}, at(1, 41, "B"), at(2, 41, "A"), nil,
			`{"v":"A"} 2 read=false`, false},
		{"older than the floor, and what the table says", nil, at(1, -1, "A"), at(2, -1, "B"), ptr(at(0, 31, "B")), `{"v":"B"} 2 read=true`, true},
		{"known, older than the floor, and what the table says", []search.Operation{at(1, 1, "A")}, at(1, -1, "A"), at(2, -1, "B"),
			ptr(at(0, 31, "B")), `{"v":"B"} 2 read=true`, true},
		{"older than the floor, and not what the table says", nil, at(1, -1, "A"), at(2, -1, "B"), ptr(at(0, 31, "C")), `{"v":"C"} 2 read=true`, true},
		{"older than the floor, and gone", nil, at(1, -1, "A"), at(2, -1, "B"), ptr(at(0, 31, "")), ` 2 read=true`, true},
		{"older than the floor, and beside the read state", []search.Operation{at(0, 30, "A")}, at(1, -1, "A"), at(2, -1, "B"),
			ptr(at(0, 31, "A")), `{"v":"A"} 2 read=true`, true},
		{"delete of what is unknown", nil, at(1, -1, "A"), at(2, -1, ""), nil, ` 2 read=false`, false},
		{"known and older than the floor", []search.Operation{at(1, 1, "A")}, at(1, -1, "A"), at(2, -1, "B"), ptr(at(0, 31, "C")), `{"v":"C"} 2 read=true`, true},
		{"stale", []search.Operation{at(3, 1, "A")}, at(1, 1, "X"), at(2, 1, "B"), nil, `{"v":"A"} 3 read=false`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d search.Document
			for _, s := range c.shown {
				if s.Version == "" {
					d.Show(s)
				} else {
					d.Apply(s)
				}
			}
			require.Equal(t, c.mustBeRead, d.Settle(c.new, c.old, nil, floor, noon.Add(time.Hour)))
			if c.mustBeRead {
				require.False(t, d.Settle(c.new, c.old, c.read, floor, noon.Add(time.Hour)))
			}
			require.Equal(t, c.want, settled(&d))
			require.False(t, d.Open(c.new), "it is settled")
		})
	}
}

func ptr[T any](v T) *T { return &v }

// Three changes A, B, A; readers have seen B, read from the table, before any of them arrives. The first must not end the
// read state just because the table says A again: the second would take readers back to B.
func TestChangesThatGoBackDoNotTakeReadersBack(t *testing.T) {
	changes := []search.Operation{at(1, 1, "A"), at(2, 1, "B"), at(3, 1, "A")}
	var d search.Document
	d.Show(at(0, 1, "B"))
	seen := []string{settled(&d)}
	before := at(0, 1, "Z")
	for _, c := range changes {
		d.Settle(c, before, ptr(at(0, 2, "A")), noon, noon.Add(3*time.Minute))
		seen = append(seen, settled(&d))
		before = c
	}
	require.Equal(t, []string{`{"v":"B"} 0 read=true`, `{"v":"A"} 1 read=true`, `{"v":"A"} 2 read=true`, `{"v":"A"} 3 read=true`}, seen)
}

// What is written is read as it was, whatever the members' order.
func TestDocumentsAreReadAsTheyWereWritten(t *testing.T) {
	for _, lists := range [][]string{nil, {"lines", "notes"}} {
		t.Run(fmt.Sprint(len(lists), " lists"), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				document := drawDocument(t, lists)
				source := document.Source(lists)
				if source == nil {
					return
				}
				again, err := search.ParseDocument(source, lists)
				require.NoError(t, err)
				require.Equal(t, string(source), string(again.Source(lists)))
				require.Equal(t, document.Version(), again.Version())
			})
		})
	}
}

func drawDocument(t *rapid.T, lists []string) search.Document {
	parts := []string{search.Root}
	for _, list := range lists {
		parts = append(parts, list+"/a", list+"/b")
	}
	var d search.Document
	for i := range rapid.IntRange(0, 8).Draw(t, "operations") {
		op := at(rapid.IntRange(0, 9).Draw(t, "version"), i, rapid.SampledFrom([]string{"", "12345678901234567890.5"}).Draw(t, "value"))
		op.Part = rapid.SampledFrom(parts).Draw(t, "part")
		op.Tenant = rapid.SampledFrom([]string{"", "t"}).Draw(t, "tenant")
		if !op.Deleted {
			op.Dropped = rapid.SampledFrom([][]string{{}, {"price"}}).Draw(t, "dropped")
		}
		if op.Version == "" {
			d.Show(op)
		} else {
			d.Apply(op)
		}
	}
	return d
}

func TestDocumentsOfOthers(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"no object":          {`[]`, "it is no JSON object"},
		"no reserved field":  {`{"title":"x"}`, "its field outflow says no version"},
		"strange field":      {`{"outflow":{"version":1}}`, "its field outflow says no version"},
		"part of no version": {`{"outflow":{"version":"","parts":{"lines/a":{"deleted":true}}}}`, "its part lines/a has no version"},
		"element too few":    {`{"lines":[{}],"outflow":{"version":"","parts":{"lines/a":{"version":"1"},"lines/b":{"version":"1"}}}}`, "its list lines has fewer elements than live parts"},
		"element too many":   {`{"lines":[{},{}],"outflow":{"version":"","parts":{"lines/a":{"version":"1"}}}}`, "its list lines has more elements than live parts"},
		"list is none":       {`{"lines":{},"outflow":{"version":"","parts":{"lines/a":{"version":"1"}}}}`, "its field lines is no list"},
		"fields, no root":    {`{"title":"x","outflow":{"version":"","parts":{}}}`, "it has no root, and fields of one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := search.ParseDocument([]byte(c.source), []string{"lines"})
			require.ErrorIs(t, err, search.ErrNotOurs)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// Whatever an index holds, it is read whole or refused.
func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(`{"v":"A","outflow":{"version":"l/1","at":"2026-11-02T12:00:00Z","deleted":false}}`), false)
	f.Add([]byte(`{"lines":[{"n":1}],"outflow":{"version":"","parts":{"lines/a":{"version":"","read":true,"at":null}}}}`), true)
	f.Fuzz(func(t *testing.T, source []byte, assembled bool) {
		var lists []string
		if assembled {
			lists = []string{"lines"}
		}
		document, err := search.ParseDocument(source, lists)
		if err != nil {
			require.ErrorIs(t, err, search.ErrNotOurs)
			return
		}
		if form := document.Source(lists); form != nil {
			again, err := search.ParseDocument(form, lists)
			require.NoError(t, err, "%s", form)
			require.Equal(t, string(form), string(again.Source(lists)))
		}
	})
}
