package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/table"
)

// A record whose document the mapping refuses is parked with the reason while its neighbours arrive, and a retry after
// the mapping was mended brings it in, also while the index is so new that the items have to be read for it.
func TestPoisonIsParkedAndComesInAfterAFix(t *testing.T) {
	w := start(t, nil)
	index := w.createWithout(t, time.Now(), "tags")
	require.NoError(t, w.table.Transact(t.Context(), w.lamp("a", nil), w.lamp("bad", []string{"brass"}), w.lamp("c", nil)))
	w.arrived(t)
	require.Equal(t, []string{"Product/a", "Product/c"}, w.ids(t, "products"))

	store := w.failures()
	entries := w.parked(t, store)
	require.Len(t, entries, 1)
	require.Equal(t, consume.Search, entries[0].Outlet)
	require.Equal(t, parked.Open, entries[0].State)
	item, err := store.Read(t.Context(), entries[0])
	require.NoError(t, err)
	require.Contains(t, item.Record.Reason, "strict_dynamic_mapping_exception")

	require.Equal(t, parked.Open, w.retry(t, store, entries[0]).State, "the mapping still refuses it")
	w.put(t, "/"+index+"/_mapping", `{"properties":{"tags":{"type":"keyword"}}}`)
	outcome := w.retry(t, store, entries[0])
	require.Equal(t, parked.Resolved, outcome.State, outcome.Reason)
	require.Equal(t, []string{"Product/a", "Product/bad", "Product/c"}, w.ids(t, "products"))
	require.Equal(t, parked.Resolved, w.parked(t, store)[0].State)

	lines, _ := w.lines(t)
	require.Len(t, lines, 3, "the audit log has no poison")
	w.checkSearch(t, w.scan(t))
}

// A retry long after does not bring back what has changed since: the newer state stays.
func TestRetryOfPoisonDoesNotBringBackTheOlderState(t *testing.T) {
	w := start(t, nil)
	index := w.createWithout(t, time.Now().Add(-time.Hour), "tags")
	for _, p := range []table.Put{w.lamp("changed", []string{"brass"}), w.lamp("deleted", []string{"brass"})} {
		require.NoError(t, w.table.Put(t.Context(), p))
	}
	w.arrived(t) // else both states could be in one batch, of which only the last is written
	store := w.failures()
	entries := w.parked(t, store)
	require.Len(t, entries, 2)
	require.NoError(t, w.table.Put(t.Context(), w.lamp("changed", nil)))
	require.NoError(t, w.table.Delete(t.Context(), table.Delete{Entity: "Product", Key: table.Item{"product_id": "deleted"}}))
	w.arrived(t)
	require.Equal(t, []string{"Product/changed"}, w.ids(t, "products"))
	w.put(t, "/"+index+"/_mapping", `{"properties":{"tags":{"type":"keyword"}}}`)
	for _, entry := range entries {
		outcome := w.retry(t, store, entry)
		require.Equal(t, parked.Resolved, outcome.State, outcome.Reason)
	}
	w.checkSearch(t, w.scan(t))
}

// A record that cannot be decoded is parked for the outlets that need to understand it and audited as it is, and the
// records around it arrive.
func TestMalformedRecordIsParkedAndItsNeighboursArrive(t *testing.T) {
	w := start(t, nil)
	w.create(t, "users", time.Now().Add(-time.Hour), nil) // in a new one the users would be read, and there are none
	fn := w.function(t)
	event := fmt.Sprintf(`{"Records":[%s,%s,%s]}`, w.delivered("1", `{"S":"before"}`), w.delivered("2", `{"X":["?"]}`),
		w.delivered("3", `{"S":"after"}`))
	for range 2 { // again is the same
		result, err := fn.Invoke(t.Context(), []byte(event))
		require.NoError(t, err)
		require.NoError(t, result.Err())
		require.JSONEq(t, `{"batchItemFailures":[]}`, string(result.Payload))
	}
	require.Equal(t, []string{"User/1", "User/3"}, w.ids(t, "users"))

	lines, _ := w.lines(t)
	require.Len(t, lines, 3)
	raw := 0
	for _, line := range lines {
		if line.IsRaw() {
			raw++
			require.Contains(t, *line.RawRecord, `{"X":["?"]}`)
			require.NotEmpty(t, line.Reason)
		}
	}
	require.Equal(t, 1, raw)

	store := w.failures()
	outlets := map[string]string{}
	for _, entry := range w.parked(t, store) {
		item, err := store.Read(t.Context(), entry)
		require.NoError(t, err)
		outlets[entry.Outlet] = item.Record.Reason
		require.Contains(t, string(item.Event()), `{"X":["?"]}`, "parked whole")
	}
	require.Len(t, outlets, 2)
	require.NotEmpty(t, outlets[consume.Search])
	require.NotEmpty(t, outlets[consume.Events])
	require.Equal(t, 2, w.published(t))
}

// createWithout makes the index of products before the consumer does, with a mapping that lacks a field: its strict mapping
// refuses documents that have it.
func (w *world) createWithout(t *testing.T, made time.Time, field string) string {
	return w.create(t, "products", made, func(properties map[string]any) {
		require.Contains(t, properties, field)
		delete(properties, field)
	})
}

// create makes an index before the consumer does, as if at that time; change changes its mapping, unless it is nil.
func (w *world) create(t *testing.T, index string, made time.Time, change func(properties map[string]any)) string {
	name := search.IndexName(w.Target.IndexPrefix, index, 1)
	meta := search.NewMeta(w.model.Indexes[index], w.model.Version(), made)
	content, err := search.IndexBody(name, search.ReadAlias(w.Target.IndexPrefix, index), meta)
	require.NoError(t, err)
	var body map[string]any
	require.NoError(t, json.Unmarshal(content, &body))
	if change != nil {
		change(body["mappings"].(map[string]any)["properties"].(map[string]any))
	}
	content, err = json.Marshal(body)
	require.NoError(t, err)
	w.put(t, "/"+name, string(content))
	return name
}

func (w *world) put(t *testing.T, path, body string) {
	status, content, err := w.opensearch(t.Context(), http.MethodPut, path, body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, "%s", content)
}

func (w *world) lamp(id string, tags []string) table.Put {
	fields := table.Item{"product_id": id, "title": "Lamp " + id, "price": "42.10"}
	if tags != nil {
		fields["tags"] = tags
	}
	return table.Put{Entity: "Product", Fields: fields}
}

// arrived waits until all that was written has been through the consumer.
func (w *world) arrived(t *testing.T) {
	records, err := w.records(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.settle(t.Context(), records))
}

// ids are those of the documents that readers see, in order.
func (w *world) ids(t *testing.T, index string) []string {
	hits, err := w.hits(t.Context(), index, "true")
	require.NoError(t, err)
	ids := make([]string, len(hits))
	for i := range hits {
		ids[i] = hits[i].ID
	}
	slices.Sort(ids)
	return ids
}

func (w *world) failures() *parked.Store {
	return &parked.Store{Client: w.objects, Bucket: w.Target.FailuresBucket, Model: w.model.Version(), Now: time.Now}
}

func (w *world) parked(t *testing.T, store *parked.Store) []parked.Entry {
	var all []parked.Entry
	for entry, err := range store.List(t.Context()) {
		require.NoError(t, err)
		all = append(all, entry)
	}
	return all
}
