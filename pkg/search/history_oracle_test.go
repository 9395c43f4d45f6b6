package search_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/search"
)

// look is what readers see at this moment, held against what they saw before.
func (h *history) look() {
	for _, thing := range h.things {
		shown, known := h.shown(thing)
		if !known {
			thing.version, thing.gone, thing.read = "", 0, false
			continue
		}
		h.see(thing, shown)
	}
}

// documents are all that the domain has at this moment. They are read again only where something may have written.
func (h *history) documents() map[string][]byte {
	if h.stored == nil {
		h.stored = h.world.documents(h.addresses())
	}
	return h.stored
}

// shown is the state of the item's part, and whether the document knows it.
func (h *history) shown(thing *thing) (search.Part, bool) {
	source := h.documents()[thing.id]
	if source == nil {
		return search.Part{}, false
	}
	last := h.parsed[thing.id]
	if !bytes.Equal(last.source, source) {
		last = parsed{source, h.parse(thing, source)}
		h.parsed[thing.id] = last
	}
	part, known := last.document.Parts[thing.part]
	require.LessOrEqual(h, part.Version, last.document.Version())
	return part, known
}

// parse also requires that readers find the document only while its root lives: that is what their alias filters by.
func (h *history) parse(thing *thing, source []byte) search.Document {
	document, err := search.ParseDocument(source, search.Lists(h.model.Indexes[thing.index]))
	require.NoError(h, err, "%s", source)
	var filtered struct{ Outflow struct{ Deleted *bool } }
	require.NoError(h, json.Unmarshal(source, &filtered))
	root, known := document.Parts[search.Root]
	require.NotNil(h, filtered.Outflow.Deleted, "%s", source)
	require.Equal(h, !known || root.Deleted, *filtered.Outflow.Deleted, "%s", source)
	return document
}

// parsed is a document as it was when it was last looked at.
type parsed struct {
	source   []byte
	document search.Document
}

// see requires that what is shown is a state of the item, and not one from before those that were seen. Of equal states it
// takes the earliest that can be meant: nobody can tell them apart. Nor can they tell a tombstone from a document that is
// unknown: where there was one, in an index that is no more or before a purge, it need not be newer than that.
func (h *history) see(thing *thing, part search.Part) {
	require.GreaterOrEqual(h, part.Version, thing.version, "the version of %s %s fell", thing.id, thing.part)
	if thing.read && !part.Read {
		h.contents.add(endedReads)
	}
	thing.version, thing.read = part.Version, part.Read
	value := ""
	if !part.Deleted {
		var body map[string]any
		require.NoError(h, json.Unmarshal(part.Body, &body))
		value, _ = body[thing.attribute].(string)
	}
	if value != thing.shown {
		h.Logf("%s: %s %s shows %q by %s, read: %v %s %s", h.clock(), thing.id, thing.part, value, part.Version, part.Read, part.At, part.Before)
		thing.shown = value
	}
	from := thing.seen
	if part.Deleted {
		from = thing.gone
	}
	for i := from; i < len(thing.states); i++ {
		if thing.states[i].value == value {
			thing.seen, thing.gone = max(thing.seen, i), i
			return
		}
	}
	require.Failf(h, "an older state is shown", "%s %s shows %q, which it is in none of its states from %d on: %v; %+v",
		thing.id, thing.part, value, from, thing.values(), part)
}

func (t *thing) values() []string {
	all := make([]string, len(t.states))
	for i, s := range t.states {
		all[i] = s.value
	}
	return all
}

// end lets everything arrive, fills all that there is, and requires that documents show the table.
func (h *history) end() {
	h.depth++ // nothing happens meanwhile
	for range 100 {
		if h.read == len(h.stream) {
			break
		}
		h.deliver()
	}
	require.Equal(h, len(h.stream), h.read, "the stream is read to its end")
	for _, c := range append(h.parked, h.stream...) {
		h.now = h.now.Add(time.Second)
		h.until(func() bool { return h.give([]*change.Change{c}) })
	}
	h.now = h.now.Add(2 * time.Minute)
	h.until(func() bool {
		page := search.Page{ReadAt: h.now}
		var keys [][]byte
		for _, thing := range h.things {
			keys = append(keys, thing.key())
			if item := thing.item(); item != nil {
				page.Items = append(page.Items, item)
			}
		}
		_, err := h.outlets[0].Fill(context.Background(), page)
		if err == nil {
			_, err = h.outlets[0].FillKeys(context.Background(), keys)
		}
		return err == nil
	})
	h.stored = nil
	for _, thing := range h.things {
		h.isCommitted(thing)
		part, known := h.shown(thing)
		last := thing.states[len(thing.states)-1].value
		require.Equal(h, last != "", known && !part.Deleted, "%s %s is there", thing.id, thing.part)
		thing.seen, thing.gone = len(thing.states)-1, len(thing.states)-1
		if known {
			h.see(thing, part)
		}
	}
}

// live are the _ids of documents whose root is in the table, sorted.
func (h *history) live() []string {
	all := []string{}
	for _, thing := range h.things {
		if thing.part == search.Root && thing.item() != nil {
			all = append(all, thing.id)
		}
	}
	slices.Sort(all)
	return all
}

// isCommitted requires that the table has the item as the thing is.
func (h *history) isCommitted(thing *thing) {
	item, err := h.world.Item(context.Background(), thing.key())
	require.NoError(h, err)
	if thing.item() == nil {
		require.Nil(h, item)
		return
	}
	require.JSONEq(h, string(thing.item()), string(item))
}

// until tries again, as faults are planted.
func (h *history) until(done func() bool) {
	for range 50 {
		if done() {
			return
		}
		h.now = h.now.Add(time.Minute)
	}
	require.Fail(h, "it never gets through")
}
