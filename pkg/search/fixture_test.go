package search_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// shop has an index of plain documents and one of assembled ones.
const shop = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK], ttl: expires_at}
entities:
  Product:
    key: {PK: "PRODUCT#{product_id}", SK: METADATA}
    attributes: {title: string, price: decimal, tags: {list: string}, stock: integer, expires_at: timestamp}
    search: {index: products, text: [title], typeahead: [title], filter: [price, tags]}
  Order:
    key: {PK: "ORDER#{order_id}", SK: METADATA}
    attributes: {status: string}
    search: {index: orders, text: [status]}
  OrderLine:
    key: {PK: "ORDER#{order_id}", SK: "ITEM#{item_id}"}
    attributes: {note: string, qty: integer}
    search: {into: Order.lines, text: [note], filter: [qty]}
`

func parseModel(t testing.TB, src string) *model.Model {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(src))
	require.NoError(t, faults.Err())
	return m
}

// with is the shop's model with one text in the place of another.
func with(t testing.TB, old, new string) *model.Model {
	t.Helper()
	require.Contains(t, shop, old)
	return parseModel(t, strings.Replace(shop, old, new, 1))
}

// record is the short form of a stream record. Its images are attribute values in JSON, without the key.
type record struct {
	seq      int
	age      time.Duration // since its creation
	pk, sk   string
	old, new map[string]any
}

func product(seq int, id, title string) record {
	return record{seq: seq, pk: "PRODUCT#" + id, sk: "METADATA", new: map[string]any{"title": text(title)}}
}

func removed(seq int, id string) record {
	return record{seq: seq, pk: "PRODUCT#" + id, sk: "METADATA", old: map[string]any{}}
}

func text(s string) map[string]string   { return map[string]string{"S": s} }
func number(n string) map[string]string { return map[string]string{"N": n} }

// decode makes changes of records, of a stream of now.
func decode(t testing.TB, m *model.Model, records ...record) []*change.Change {
	t.Helper()
	all := make([]any, len(records))
	for i, r := range records {
		all[i] = r.full(time.Now())
	}
	event, err := json.Marshal(map[string]any{"Records": all})
	require.NoError(t, err)
	changes, err := change.Decode(m, event)
	require.NoError(t, err)
	pointers := make([]*change.Change, len(changes))
	for i := range changes {
		pointers[i] = &changes[i]
	}
	return pointers
}

func (r record) full(now time.Time) map[string]any {
	keys := map[string]any{"PK": text(r.pk)}
	if r.sk != "" {
		keys["SK"] = text(r.sk)
	}
	name, body := "MODIFY", map[string]any{
		"Keys": keys, "SequenceNumber": fmt.Sprintf("%021d", r.seq), "StreamViewType": "NEW_AND_OLD_IMAGES",
		"ApproximateCreationDateTime": now.Add(-r.age).Unix(),
	}
	switch {
	case r.old == nil:
		name = "INSERT"
	case r.new == nil:
		name = "REMOVE"
	}
	for image, fields := range map[string]map[string]any{"OldImage": r.old, "NewImage": r.new} {
		if fields != nil {
			whole := maps.Clone(fields)
			maps.Copy(whole, keys)
			body[image] = whole
		}
	}
	return map[string]any{
		"eventID": fmt.Sprintf("%032x", r.seq), "eventName": name, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
		"awsRegion": "eu-west-1", "dynamodb": body,
		"eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312",
	}
}

// domain is an OpenSearch under test, and a name space in it that the test's end clears.
type domain struct {
	t      testing.TB
	url    string
	prefix string
	http   http.Client
}

func realDomain(t testing.TB) *domain {
	t.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-", " ", "-", ",", "").Replace(t.Name()))
	d := &domain{t: t, url: enginetest.URL(t, enginetest.OpenSearch), prefix: fmt.Sprintf("searchtest-%d-%s-", os.Getpid(), name)}
	clear := func() { d.request(http.MethodDelete, "/"+d.prefix+"*?expand_wildcards=all", "") }
	clear()
	t.Cleanup(clear)
	return d
}

func (d *domain) request(method, path, body string) string {
	d.t.Helper()
	r, err := http.NewRequest(method, d.url+path, bytes.NewBufferString(body)) // also made when the test's context is done
	require.NoError(d.t, err)
	r.Header.Set("Content-Type", "application/json")
	answer, err := d.http.Do(r)
	require.NoError(d.t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(d.t, err)
	require.Less(d.t, answer.StatusCode, 300, "%s %s: %s", method, path, content)
	return string(content)
}

func (d *domain) client() *search.Client {
	d.t.Helper()
	client, err := search.NewClient(search.ClientConfig{URL: d.url})
	require.NoError(d.t, err)
	return client
}

// impatient tries often and hardly waits.
var impatient = consume.Retry{First: time.Microsecond, Max: time.Microsecond, Attempts: 4}

// longAgo is the clock of outlets whose indexes are to be old enough for changes of now.
func longAgo() time.Time { return time.Now().Add(-2 * time.Hour) }

func (d *domain) config(m *model.Model) search.OutletConfig {
	return search.OutletConfig{
		Model: m, Prefix: d.prefix, Client: d.client(), Now: longAgo, Log: slog.New(slog.DiscardHandler), Retry: impatient,
		Items: itemsOf{},
	}
}

// itemsOf is a table in a few words: items by their keys, both as the outlet spells them.
type itemsOf map[string]string

// Item implements search.Items.
func (items itemsOf) Item(_ context.Context, key []byte) ([]byte, error) {
	if item, ok := items[string(key)]; ok {
		return []byte(item), nil
	}
	return nil, nil
}

func (d *domain) outlet(m *model.Model) *search.Outlet { return search.NewOutlet(d.config(m)) }

func (d *domain) reader(m *model.Model) *search.Reader {
	return &search.Reader{Client: d.client(), Prefix: d.prefix, Model: m}
}

func (d *domain) refresh() {
	d.request(http.MethodPost, "/"+d.prefix+"*/_refresh?expand_wildcards=all", "")
}

// source is what an index has for an id, tombstones too; "" for nothing.
func (d *domain) source(index, id string) string {
	d.t.Helper()
	var found struct {
		Docs []struct {
			Source json.RawMessage `json:"_source"`
		}
	}
	body := fmt.Sprintf(`{"ids":[%q]}`, id)
	require.NoError(d.t, json.Unmarshal([]byte(d.request(http.MethodPost, "/"+index+"/_mget", body)), &found))
	return string(found.Docs[0].Source)
}

// writeAlias is the alias of an index that is not the readers'.
func (d *domain) writeAlias(index string) string {
	d.t.Helper()
	var found map[string]struct{ Aliases map[string]any }
	require.NoError(d.t, json.Unmarshal([]byte(d.request(http.MethodGet, "/"+index+"/_alias", "")), &found))
	for name := range found[index].Aliases {
		if strings.HasPrefix(name, index+"-write-") {
			return name
		}
	}
	require.Failf(d.t, "no write alias", "%v", found)
	return ""
}

// indexes are the names of the physical indexes.
func (d *domain) indexes() []string {
	d.t.Helper()
	var found map[string]any
	answer := d.request(http.MethodGet, "/"+d.prefix+"*?expand_wildcards=all", "")
	require.NoError(d.t, json.Unmarshal([]byte(answer), &found))
	return slices.Sorted(maps.Keys(found))
}

func deliver(t testing.TB, o *search.Outlet, changes []*change.Change) {
	t.Helper()
	outcome := o.Deliver(t.Context(), changes)
	require.NoError(t, outcome.Err)
	require.Empty(t, outcome.Pending)
	require.Empty(t, outcome.Poison)
}
