package search_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/searchsim"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

const (
	histories    = 20 // times the 100 of rapid
	historySteps = 40
)

// Whatever is delivered and filled in, in whatever order and however late: readers see each item's states in their order,
// from a delivered change on none that is older, and in the end what the table has.
func TestHistories(t *testing.T) {
	var all tally
	t.Cleanup(func() { all.requireEachKind(t, manyHistories) })
	for i := range histories {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			m := parseModel(t, shop)
			rapid.Check(t, func(t *rapid.T) {
				h := newHistory(t, m, "history-")
				domain := &searchsim.Domain{Now: func() time.Time { return h.now }}
				h.enter(&worldInMemory{domain, h.things}, "http://opensearch")
				h.run()
				all.add(h.contents)
			})
		})
	}
}

// history is what happens to a table with its stream and to a domain, with consumers and jobs beside each other.
type history struct {
	*rapid.T
	model     *model.Model
	prefix    string
	now       time.Time
	rounding  time.Duration // of creation times
	things    []*thing
	stream    []*change.Change
	read      int // position in the stream
	parked    []*change.Change
	pages     []search.Page
	outlets   []*search.Outlet
	depth     int
	stored    map[string][]byte // documents by _id; nil where something may have written since they were read
	parsed    map[string]parsed // by _id
	disturbed int               // how often an index was dropped or purged
	world     world
	contents  contents
}

// world is the domain and the table of a history. The history alone acts in it, one call after the other.
type world interface {
	http.RoundTripper
	// documents are those that there are of some, by _id, hidden ones and tombstones too, as they are at this moment.
	documents(at []address) map[string][]byte
	drop(index string)
	refresh()      // makes what is written so far visible to searches, which see nothing new otherwise
	commit(*thing) // makes the item what the thing is
	search.Items   // reads an item
}

// address is where a document is, or would be.
type address struct {
	Index string `json:"_index"` // the physical one
	ID    string `json:"_id"`
}

func newHistory(t *rapid.T, m *model.Model, prefix string) *history {
	return &history{
		T: t, model: m, prefix: prefix, things: things(), parsed: map[string]parsed{}, contents: contents{},
		now:      time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC),
		rounding: rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(t, "rounding"),
	}
}

// enter makes two outlets of one kind: the second is another consumer, or one that should be gone.
func (h *history) enter(w world, url string) {
	h.world = w
	client, err := search.NewClient(search.ClientConfig{URL: url, Transport: h})
	require.NoError(h, err)
	for range 2 {
		h.outlets = append(h.outlets, search.NewOutlet(search.OutletConfig{
			Model: h.model, Prefix: h.prefix, Client: client, Items: h, Readers: 1, Now: func() time.Time { return h.now },
			Log: slog.New(slog.DiscardHandler), Retry: consume.Retry{First: 1, Max: 1, Attempts: 6},
		}))
	}
}

// run makes a history and checks it after every step and every write.
func (h *history) run() {
	steps := map[string]func(){
		"write": h.write, "write more": h.writeMore, "deliver": h.deliver, "deliver more": h.deliver, "deliver again": h.deliverAgain,
		"park": h.park, "retry parked": h.retryParked, "read page": h.readPage, "fill page": h.fillPage, "fill keys": h.fillKeys,
		"purge": h.purge, "wait": h.wait, "drop": h.dropIndex,
	}
	names := make([]string, 0, len(steps))
	for name := range steps {
		names = append(names, name)
	}
	slices.Sort(names)
	for range historySteps {
		steps[rapid.SampledFrom(names).Draw(h.T, "step")]()
		h.look()
	}
	h.end()
}

func (h *history) clock() string { return h.now.Format("02 15:04:05") }

func (h *history) outlet() *search.Outlet { return h.outlets[h.pick("outlet", len(h.outlets))] }

// pick draws an index below n. What is drawn is logged when a history fails: numbers and texts are short.
func (h *history) pick(what string, n int) int { return rapid.IntRange(0, n-1).Draw(h.T, what) }

func (h *history) physical(index string) string { return search.IndexName(h.prefix, index, 1) }

// addresses are those of the documents of all things.
func (h *history) addresses() []address {
	var all []address
	for _, thing := range h.things {
		if at := (address{h.physical(thing.index), thing.id}); !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all
}

// worldInMemory is a domain in memory; its table is what the things are.
type worldInMemory struct {
	*searchsim.Domain
	things []*thing
}

func (w *worldInMemory) documents(at []address) map[string][]byte {
	all := map[string][]byte{}
	for _, a := range at {
		if source := w.Documents(a.Index)[a.ID]; source != nil {
			all[a.ID] = source
		}
	}
	return all
}

func (w *worldInMemory) drop(index string) { w.Drop(index) }
func (w *worldInMemory) refresh()          {} // what it searches is what there is
func (w *worldInMemory) commit(*thing)     {}

// Item implements search.Items.
func (w *worldInMemory) Item(_ context.Context, key []byte) ([]byte, error) {
	for _, thing := range w.things {
		if string(thing.key()) == string(key) {
			return thing.item(), nil
		}
	}
	return nil, fmt.Errorf("no such key: %s", key)
}
