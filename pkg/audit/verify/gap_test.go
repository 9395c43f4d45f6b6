package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// history is what was done to the items of a table: the changes in their order, whether or not the log has them.
type history struct {
	changes []change
	items   map[string]string // how the table ends: "" for an item that is not there
}

type change struct {
	item     string
	old, now string
	shard    int
	line     string
}

// happen makes a history. With revision no two states of an item are equal; without, an item goes back and forth.
func happen(r *rand.Rand, at time.Time, revision bool) *history {
	h := &history{items: map[string]string{}}
	for n := range 60 {
		name := fmt.Sprintf("GAP#%d", r.IntN(6))
		c := change{item: name, old: h.items[name], shard: int(name[len(name)-1]) % 2}
		op := "insert"
		switch {
		case c.old == "":
			c.now = "a"
		case r.IntN(6) == 0:
			op, c.now = "remove", ""
		default:
			op, c.now = "modify", "a"
			if c.old == "a" {
				c.now = "b"
			}
		}
		if revision && c.now != "" {
			c.now = fmt.Sprintf("r%d", n)
		}
		h.items[name] = c.now
		i := &item{name: name, at: at, n: n}
		c.line = i.line(op, c.old, c.now)
		h.changes = append(h.changes, c)
	}
	return h
}

// covered says what the evidence of the log shows when these changes are missing in it: breaks in the chains of items
// that follow a gap, and starts that are no insertion.
func (h *history) covered(missing map[int]bool) (broken, started int) {
	last := map[string]*change{}
	for i := range h.changes {
		c := &h.changes[i]
		if missing[i] {
			continue
		}
		before := last[c.item]
		switch {
		case before == nil && c.old != "":
			started++
		case before != nil && before.now != c.old:
			broken++
		}
		last[c.item] = c
	}
	return broken, started
}

// tails says how many items end otherwise in the log than in the table.
func (h *history) tails(missing map[int]bool) int {
	ends, seen := map[string]string{}, map[string]bool{}
	for i, c := range h.changes {
		seen[c.item] = true
		if !missing[i] {
			ends[c.item] = c.now
		}
	}
	n := 0
	for name := range seen {
		if ends[name] != h.items[name] {
			n++
		}
	}
	return n
}

// wholeLives says whether what is missing are lives of items, each whole: no evidence in the log or the table covers these.
func (h *history) wholeLives(missing map[int]bool) bool {
	begun := map[string]bool{} // whether the life that is on is missing
	for i, c := range h.changes {
		if c.old == "" {
			begun[c.item] = missing[i]
		}
		if begun[c.item] != missing[i] {
			return false
		}
	}
	return true
}

// tableOf is the table as it is at the end.
type tableOf struct {
	items  map[string]string // of the history
	others map[string]string // of the log before it: images by keys
}

func (o *tableOf) Items(context.Context) iter.Seq2[verify.Item, error] {
	return func(yield func(verify.Item, error) bool) {
		for keys, image := range o.others {
			if !yield(verify.Item{Keys: []byte(keys), Image: []byte(image)}, nil) {
				return
			}
		}
		for name, value := range o.items {
			keys := fmt.Sprintf(`"PK":{"S":%q},"SK":{"S":"X"}`, name)
			if value != "" && !yield(verify.Item{Keys: []byte("{" + keys + "}"), Image: fmt.Appendf(nil, `{%s,"v":{"S":%q}}`, keys, value)}, nil) {
				return
			}
		}
	}
}

// ends are the last images of the log's items by their keys.
func (g *generated) ends(t *testing.T) map[string]string {
	t.Helper()
	h, ends, last := newHand(t, g, 0), map[string]string{}, map[string]string{}
	for _, key := range g.keys("dt=") {
		for _, text := range h.lines(key) {
			var line struct {
				Keys, New json.RawMessage
				Seq       string
			}
			require.NoError(t, json.Unmarshal([]byte(text), &line))
			if keys := string(line.Keys); line.Seq > last[keys] {
				last[keys], ends[keys] = line.Seq, string(line.New)
			}
		}
	}
	maps.DeleteFunc(ends, func(_, image string) bool { return image == "null" })
	return ends
}

// Any set of records that is taken away before the consumer sees it is reported wherever the log's evidence covers it:
// at the next change of the item, at its start, or with the table at its end. Where that covers nothing, nothing is
// reported, and the report names what it does not prove.
func TestGaps(t *testing.T) {
	ways := map[string]func(r *rand.Rand, h *history) map[int]bool{
		"one record": func(r *rand.Rand, h *history) map[int]bool { return map[int]bool{r.IntN(len(h.changes)): true} },
		"a run": func(r *rand.Rand, h *history) map[int]bool {
			out, start := map[int]bool{}, r.IntN(len(h.changes))
			for i := start; i < min(len(h.changes), start+1+r.IntN(20)); i++ {
				out[i] = true
			}
			return out
		},
		"a shard's run": func(r *rand.Rand, h *history) map[int]bool {
			out, start, shard := map[int]bool{}, r.IntN(len(h.changes)), r.IntN(2)
			for i := start; i < len(h.changes); i++ {
				if h.changes[i].shard == shard {
					out[i] = true
				}
			}
			return out
		},
		"a whole life": func(_ *rand.Rand, h *history) map[int]bool {
			for i, c := range h.changes {
				if c.old != "" {
					continue
				}
				out := map[int]bool{}
				for j := i; j < len(h.changes); j++ {
					if d := h.changes[j]; d.item == c.item {
						out[j] = true
						if d.now == "" {
							return out
						}
					}
				}
			}
			return nil
		},
		"any": func(r *rand.Rand, h *history) map[int]bool {
			out := map[int]bool{}
			for i := range h.changes {
				if r.IntN(5) == 0 {
					out[i] = true
				}
			}
			return out
		},
	}
	base := generate(t, auditlog.Config{Seed: 99, Items: 2, Changes: 20, Span: time.Hour})
	ends := base.ends(t)
	shown, silent := 0, 0
	for name, way := range ways {
		for seed := range uint64(trials(t, 200) / 5) {
			r := rand.New(rand.NewPCG(seed, 4))
			revision := seed%2 == 0
			h := newHand(t, base, seed)
			past := happen(r, h.log.End, revision)
			missing := way(r, past)
			var lines []string
			for i, c := range past.changes {
				if !missing[i] {
					lines = append(lines, c.line)
				}
			}
			key := h.put(h.log.End, lines...)
			h.next(h.signer(0), []string{key}, nil)
			where := fmt.Sprintf("%s, seed %d: without %v", name, seed, missing)

			broken, started := past.covered(missing)
			report, err := verify.Verify(t.Context(), h.checks)
			require.NoError(t, err)
			require.EqualValues(t, broken, report.Counts[verify.ChainBroken], "%s %+v", where, report.Findings)
			require.EqualValues(t, started, report.Counts[verify.StartUnproven], where)
			require.Len(t, report.Findings, broken+started, where)

			h.checks.Table = &tableOf{items: past.items, others: ends}
			h.checks.Now = h.log.End.Add(time.Hour)
			h.checks.Fresh = 2 * time.Hour
			report, err = verify.Verify(t.Context(), h.checks)
			require.NoError(t, err)
			require.EqualValues(t, past.tails(missing), report.Counts[verify.TableDiffers], where)
			switch {
			case len(report.Findings) > 0:
				shown++
			case len(missing) > 0:
				silent++
				require.Contains(t, fmt.Sprint(report.NotProven), "of which every line is missing", where)
				require.True(t, !revision || past.wholeLives(missing), "%s: a gap inside a life shows where a revision is stamped", where)
			}
		}
	}
	require.Positive(t, silent)
	t.Logf("%d sets of missing records: %d shown, %d that no evidence covers", shown+silent, shown, silent)
}
