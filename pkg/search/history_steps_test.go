package search_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/search"
)

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
	h.world.commit(thing)
	h.contents.add(written)
	h.Logf("%s: change %d: %s %s is %q from %d on", h.clock(), len(h.stream), thing.id, thing.part, value, len(thing.states)-1)
	h.now = h.now.Add(time.Second)
}

func (h *history) writeMore() {
	for range rapid.IntRange(2, 5).Draw(h.T, "writes") {
		h.write()
	}
}

// deliver gives the stream's next changes to a consumer, and goes on behind those that arrived.
func (h *history) deliver() {
	h.trim()
	n := min(rapid.IntRange(1, 6).Draw(h.T, "batch"), len(h.stream)-h.read)
	from := h.read
	if n > 0 && h.give(h.stream[from:from+n]) {
		h.contents.add(deliveries)
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
	changes := h.stream[from:min(h.read, from+rapid.IntRange(1, 4).Draw(h.T, "batch"))]
	stale := slices.ContainsFunc(changes, h.isStale)
	if !h.give(changes) {
		return
	}
	h.contents.add(redeliveries)
	if stale {
		h.contents.add(staleDeliveries)
	}
}

// isStale says that readers have seen a later state of the item than the change made.
func (h *history) isStale(c *change.Change) bool {
	thing, i := h.of(c)
	return i < thing.seen
}

// of returns the item that a change is of, and which of its states it made.
func (h *history) of(c *change.Change) (of *thing, made int) {
	for _, thing := range h.things {
		if i := slices.IndexFunc(thing.states, func(s state) bool { return s.change == c }); i >= 0 {
			return thing, i
		}
	}
	require.Failf(h, "a change of nothing", "%s", c.Sequence)
	return nil, 0
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
	if !h.give([]*change.Change{c}) {
		return
	}
	if h.now.Sub(c.At) > 24*time.Hour {
		h.contents.add(lateRetries)
	}
	h.parked = slices.DeleteFunc(h.parked, func(p *change.Change) bool { return p == c })
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
		thing, i := h.of(c)
		thing.seen, thing.gone = max(thing.seen, i), max(thing.gone, i)
		shown, known := h.shown(thing)
		require.True(h, known || before != h.disturbed, "%s %s is unknown after change %d of it", thing.id, thing.part, i)
		if known {
			h.see(thing, shown)
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
	h.fill(h.pages[h.pick("page", len(h.pages))])
}

func (h *history) fill(page search.Page) {
	outdated := slices.ContainsFunc(page.Items, h.isOutdated)
	filled, err := h.outlet().Fill(context.Background(), page)
	require.Empty(h, filled.Poison)
	h.Logf("%s: page of %s: %+v, %v", h.clock(), page.ReadAt.Format("02 15:04:05"), filled, err)
	counted := filled.Created + filled.Equal + filled.Read + filled.Unmatched
	if err != nil || len(page.Items) == 0 {
		return
	}
	require.Equal(h, len(page.Items), counted)
	h.contents.add(pages)
	if h.now.Sub(page.ReadAt) > 5*time.Minute {
		h.contents.add(heldPages)
	}
	if outdated {
		h.contents.add(outdatedPages)
	}
}

// isOutdated says that no item is any more as it was read.
func (h *history) isOutdated(item []byte) bool {
	return !slices.ContainsFunc(h.things, func(t *thing) bool { return bytes.Equal(t.item(), item) })
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

// purge goes by what searches see, which may be long past. All pages that were held come after one that finds something:
// nothing in the index forbids any more what they have.
func (h *history) purge() {
	if h.pick("horizon", 4) == 3 { // else few histories would have a tombstone that is old enough
		h.now = h.now.Add(search.Horizon)
	}
	if rapid.Bool().Draw(h.T, "refreshed") {
		h.world.refresh()
	}
	h.disturbed++
	purged, err := h.outlet().Purge(context.Background(), search.PurgeOptions{Page: 2})
	h.Logf("%s: purge: %+v, %v", h.clock(), purged, err)
	var status *search.StatusError
	isDropped := errors.As(err, &status) && status.Type == "index_not_found_exception"
	require.True(h, err == nil || isDropped || errors.Is(err, errPlanted), "%v", err)
	if purged.Deleted+purged.Trimmed > 0 {
		h.contents.add(purges)
		for _, page := range h.pages {
			h.fill(page)
		}
	}
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
	thing := h.things[h.pick("index of", len(h.things))]
	h.Logf("%s: drop %s", h.clock(), thing.index)
	if h.documents()[thing.id] != nil {
		h.contents.add(restoredIndexes)
	}
	h.world.drop(h.physical(thing.index))
	h.stored = nil
}
