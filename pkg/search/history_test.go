package search_test

import (
	"context"
	"encoding/json"
	"errors"
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
	for i := range histories {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			m := parseModel(t, shop)
			rapid.Check(t, func(t *rapid.T) {
				h := newHistory(t, m, "history-")
				domain := &searchsim.Domain{Now: func() time.Time { return h.now }}
				h.connect(domain, "http://opensearch")
				h.documents = func(index string) map[string][]byte { return domain.Documents(index) }
				h.drop = domain.Drop
				h.run()
			})
		})
	}
}

// history is a world that one test drives: a table with its stream, a domain, consumers and jobs beside each other.
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
	parsed    map[string]parsed // by _id
	disturbed int               // how often an index was dropped or purged

	transport http.RoundTripper
	documents func(physical string) map[string][]byte
	drop      func(physical string)
	commit    func(*thing)                                          // makes a change in the table; nil for none but things
	table     func(ctx context.Context, key []byte) ([]byte, error) // reads an item of it
}

func newHistory(t *rapid.T, m *model.Model, prefix string) *history {
	return &history{
		T: t, model: m, prefix: prefix, things: things(), parsed: map[string]parsed{},
		now:      time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC),
		rounding: rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(t, "rounding"),
	}
}

// connect makes two outlets of one kind: the second is another consumer, or one that should be gone.
func (h *history) connect(transport http.RoundTripper, url string) {
	h.transport = transport
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

// write commits a change of one item.
func (h *history) write() {
	thing := h.things[h.pick("thing", len(h.things))]
	last := thing.states[len(thing.states)-1]
	value := rapid.SampledFrom([]string{"", "A", "B", "C"}).Draw(h.T, "value")
	if value == last.value {
		return // makes no record
	}
	r := record{seq: len(h.stream) + 1, pk: thing.pk, sk: thing.sk, old: thing.image(last.value), new: thing.image(value)}
	full := r.full(h.now.Truncate(h.rounding))
	event, err := json.Marshal(map[string]any{"Records": []any{full}})
	require.NoError(h, err)
	changes, err := change.Decode(h.model, event)
	require.NoError(h, err)
	h.stream = append(h.stream, &changes[0])
	thing.states = append(slices.Clone(thing.states), state{value, &changes[0]})
	if h.commit != nil {
		h.commit(thing)
	}
	h.Logf("%s: change %d: %s %s is %q from %d on", h.clock(), len(h.stream), thing.id, thing.part, value, len(thing.states)-1)
	h.now = h.now.Add(time.Second)
}

func (h *history) clock() string { return h.now.Format("02 15:04:05") }

func (h *history) writeMore() {
	for range rapid.IntRange(2, 5).Draw(h.T, "writes") {
		h.write()
	}
}

func (h *history) outlet() *search.Outlet { return h.outlets[h.pick("outlet", len(h.outlets))] }

// pick draws an index below n. What is drawn is logged when a history fails: numbers and texts are short.
func (h *history) pick(what string, n int) int { return rapid.IntRange(0, n-1).Draw(h.T, what) }

// deliver gives the stream's next changes to a consumer, and goes on behind those that arrived.
func (h *history) deliver() {
	h.trim()
	n := min(rapid.IntRange(1, 6).Draw(h.T, "batch"), len(h.stream)-h.read)
	from := h.read
	if n > 0 && h.give(h.stream[from:from+n]) {
		h.read = max(h.read, from+n)
	}
}

// trim parks what the stream holds no longer.
func (h *history) trim() {
	for h.read < len(h.stream) && h.stream[h.read].At.Before(h.now.Add(-24*time.Hour)) {
		h.park()
	}
}

// deliverAgain gives some earlier changes: a zombie's, or a retry's.
func (h *history) deliverAgain() {
	if h.read == 0 {
		return
	}
	from := h.pick("from", h.read)
	h.give(h.stream[from:min(h.read, from+rapid.IntRange(1, 4).Draw(h.T, "batch"))])
}

// park leaves a change out, to be retried at some time.
func (h *history) park() {
	if h.read < len(h.stream) {
		h.parked = append(h.parked, h.stream[h.read])
		h.read++
	}
}

func (h *history) retryParked() {
	if len(h.parked) == 0 {
		return
	}
	i := h.pick("parked", len(h.parked))
	c := h.parked[i]
	if h.give([]*change.Change{c}) {
		h.parked = slices.DeleteFunc(h.parked, func(p *change.Change) bool { return p == c })
	}
}

// give delivers changes, and says whether they arrived. Then readers must not see older states.
func (h *history) give(changes []*change.Change) bool {
	before := h.disturbed
	outcome := h.outlet().Deliver(context.Background(), changes)
	h.Logf("%s: gave %d changes from %s: pending %v, %v", h.clock(), len(changes), changes[0].Sequence, outcome.Pending, outcome.Err)
	require.Empty(h, outcome.Poison)
	if len(outcome.Pending) > 0 {
		return false
	}
	h.look()
	for _, c := range changes {
		for _, thing := range h.things {
			i := slices.IndexFunc(thing.states, func(s state) bool { return s.change == c })
			if i < 0 {
				continue
			}
			thing.seen, thing.gone = max(thing.seen, i), max(thing.gone, i)
			shown, known := h.shown(thing)
			require.True(h, known || before != h.disturbed, "%s %s is unknown after change %d of it", thing.id, thing.part, i)
			if known {
				h.see(thing, shown)
			}
		}
	}
	return true
}

// readPage reads some items, to be filled in later.
func (h *history) readPage() {
	page := search.Page{ReadAt: h.now}
	for _, thing := range h.things {
		if rapid.Bool().Draw(h.T, "in page") && thing.item() != nil {
			page.Items = append(page.Items, thing.item())
		}
	}
	h.pages = append(h.pages, page)
}

func (h *history) fillPage() {
	if len(h.pages) == 0 {
		h.readPage()
	}
	page := h.pages[h.pick("page", len(h.pages))]
	filled, err := h.outlet().Fill(context.Background(), page)
	require.Empty(h, filled.Poison)
	h.Logf("%s: page of %s: %+v, %v", h.clock(), page.ReadAt.Format("02 15:04:05"), filled, err)
	counted := filled.Created + filled.Equal + filled.Read + filled.Unmatched
	if err == nil {
		require.Equal(h, len(page.Items), counted)
	}
}

func (h *history) fillKeys() {
	var keys [][]byte
	for _, thing := range h.things {
		if rapid.Bool().Draw(h.T, "key") {
			keys = append(keys, thing.key())
		}
	}
	filled, err := h.outlet().FillKeys(context.Background(), keys)
	require.Empty(h, filled.Poison)
	if err == nil {
		require.Equal(h, len(keys), filled.Created+filled.Equal+filled.Read+filled.Unmatched)
	}
}

func (h *history) purge() {
	h.Logf("%s: purge", h.clock())
	h.disturbed++
	_, err := h.outlet().Purge(context.Background(), search.PurgeOptions{Page: 2})
	var status *search.StatusError
	isDropped := errors.As(err, &status) && status.Type == "index_not_found_exception"
	require.True(h, err == nil || isDropped || errors.Is(err, errPlanted), "%v", err)
}

func (h *history) wait() {
	waits := []time.Duration{
		time.Second, 20 * time.Second, time.Minute, 4 * time.Minute, 6 * time.Minute, 11 * time.Minute, time.Hour,
		25 * time.Hour, 13*24*time.Hour + 12*time.Hour, search.Horizon + time.Minute,
	}
	h.now = h.now.Add(rapid.SampledFrom(waits).Draw(h.T, "wait"))
}

// dropIndex deletes an index, as if it had been restored empty.
func (h *history) dropIndex() {
	if h.pick("really", 4) != 3 {
		return
	}
	h.disturbed++
	h.now = h.now.Add(time.Second)
	h.Logf("%s: drop", h.clock())
	h.drop(h.physical(h.things[h.pick("index of", len(h.things))].index))
}

func (h *history) physical(index string) string { return search.IndexName(h.prefix, index, 1) }
