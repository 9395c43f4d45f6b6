package search_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/searchsim"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// double is a domain in memory with a clock of its own, in whose calls a test can put its oar.
type double struct {
	*searchsim.Domain
	t      *testing.T
	model  *model.Model
	now    time.Time
	table  itemsOf
	before func(path string, body []byte) int // a status to answer instead; 0 for none
}

func newDouble(t *testing.T, m *model.Model) *double {
	d := &double{t: t, model: m, now: longAgo(), table: itemsOf{}}
	d.Domain = &searchsim.Domain{Now: func() time.Time { return d.now }}
	d.before = func(string, []byte) int { return 0 }
	return d
}

// RoundTrip implements http.RoundTripper.
func (d *double) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		require.NoError(d.t, err)
		if status := d.before(r.URL.Path, body); status > 0 {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return d.Domain.RoundTrip(r)
}

func (d *double) outlet() *search.Outlet {
	client, err := search.NewClient(search.ClientConfig{URL: "http://double", Transport: d})
	require.NoError(d.t, err)
	return search.NewOutlet(search.OutletConfig{
		Model: d.model, Prefix: "shop-", Client: client, Items: d.table, Now: func() time.Time { return d.now },
		Log: slog.New(slog.DiscardHandler), Retry: impatient,
	})
}

func TestPurgePassesByWhatOthersWrite(t *testing.T) {
	m := parseModel(t, shop)
	d := newDouble(t, m)
	o := d.outlet()
	deliver(t, o, decode(t, m, removed(1, "p1"), removed(2, "p2"), removed(3, "p3")))
	d.now = time.Now().Add(search.Horizon + time.Hour)
	d.before = func(path string, _ []byte) int {
		if path == "/_bulk" {
			d.before = func(string, []byte) int { return 0 }
			later := removed(4, "p2")
			later.age = -2 * time.Hour
			deliver(t, d.outlet(), decode(t, m, later))
		}
		return 0
	}
	purged, err := o.Purge(t.Context(), search.PurgeOptions{})
	require.NoError(t, err)
	require.Equal(t, search.Purged{Seen: 3, Deleted: 2, Conflicts: 1}, purged)
}

func TestPurgeTriesAgain(t *testing.T) {
	m := parseModel(t, shop)
	d := newDouble(t, m)
	o := d.outlet()
	deliver(t, o, decode(t, m, removed(1, "p1")))
	d.now = time.Now().Add(search.Horizon + time.Hour)
	calls := 0
	d.before = func(path string, _ []byte) int {
		if calls++; calls%2 == 0 && path != "/_aliases" {
			return http.StatusServiceUnavailable
		}
		return 0
	}
	purged, err := o.Purge(t.Context(), search.PurgeOptions{})
	require.NoError(t, err)
	require.Equal(t, search.Purged{Seen: 1, Deleted: 1}, purged)
	d.before = func(string, []byte) int { return http.StatusForbidden }
	_, err = o.Purge(t.Context(), search.PurgeOptions{})
	require.ErrorContains(t, err, "purge shop-orders-000001: POST /shop-orders-000001-write-")
	require.ErrorContains(t, err, "403")
}

// Reading that takes longer than any two clocks differ is done again.
func TestReadingThatTakesTooLongIsDoneAgain(t *testing.T) {
	m := parseModel(t, shop)
	d := newDouble(t, m)
	d.now = time.Now()
	d.table.put(product(1, "p1", "Lamp"))
	notes := 0
	d.before = func(path string, _ []byte) int {
		if path == "/_mget" {
			if notes++; notes == 1 {
				d.now = d.now.Add(11 * time.Minute)
			}
		}
		return 0
	}
	deliver(t, d.outlet(), decode(t, m, product(1, "p1", "Lamp")))
	require.Equal(t, 2, notes)
}

// What is written after a read goes out in requests of bounded size, too; a document that is too large alone is poison.
func TestReplacementsAreOfBoundedSize(t *testing.T) {
	m := parseModel(t, shop)
	d := newDouble(t, m)
	d.now = time.Now()
	var records []record
	for i := range 20 {
		records = append(records, product(i+1, fmt.Sprint("p", i), strings.Repeat("x", 1000)))
	}
	records = append(records, product(21, "large", strings.Repeat("x", 10_000)))
	for _, r := range records {
		d.table.put(r)
	}
	sizes := 0
	d.before = func(path string, body []byte) int {
		if path != "/_bulk" {
			return 0
		}
		if sizes++; len(body) > 9000 {
			return http.StatusRequestEntityTooLarge
		}
		return 0
	}
	outcome := d.outlet().Deliver(t.Context(), decode(t, m, records...))
	require.NoError(t, outcome.Err)
	require.Len(t, outcome.Poison, 1)
	require.Equal(t, 20, outcome.Poison[0].Index)
	require.ErrorContains(t, outcome.Poison[0].Reason, "is too large for the domain (413)")
	require.Len(t, d.Documents("shop-products-000001"), 20)
}

// An item that is twice in a page, and not the same, is read.
func TestPageWithAnItemTwice(t *testing.T) {
	m := parseModel(t, shop)
	d := newDouble(t, m)
	o := d.outlet()
	deliver(t, o, decode(t, m, product(1, "p1", "Lamp")))
	d.now = d.now.Add(time.Hour)
	d.table.put(product(2, "p1", "Chair"))
	item := func(title string) []byte {
		return fmt.Appendf(nil, `{"PK":{"S":"PRODUCT#p1"},"SK":{"S":"METADATA"},"title":{"S":%q}}`, title)
	}
	filled, err := o.Fill(t.Context(), search.Page{ReadAt: d.now, Items: [][]byte{item("Desk"), item("Lamp"), item("Chair")}})
	require.NoError(t, err)
	require.Equal(t, search.Filled{Read: 3}, filled)
	require.Contains(t, string(d.Documents("shop-products-000001")["Product/p1"]), "Chair")
}

// An index that is made again under its name is another one: what was noted in the first is not written into it.
func TestIndexMadeAgainMeanwhile(t *testing.T) {
	m := parseModel(t, shop)
	d := newDouble(t, m)
	o := d.outlet()
	deliver(t, o, decode(t, m, product(1, "p1", "Lamp"), product(3, "p1", "Chair"), removed(4, "p1")))
	d.now = time.Now().Add(time.Minute)
	deliver(t, d.outlet(), nil)
	d.Drop("shop-products-000001")
	outcome := o.Deliver(t.Context(), decode(t, m, product(3, "p1", "Chair"))) // by an outlet that knows the first
	require.NoError(t, outcome.Err)
	require.NotContains(t, string(d.Documents("shop-products-000001")["Product/p1"]), "Chair", "the item is gone")
}

// Readers have seen a state, and that it is gone; the tombstone is purged. Then the change that made the state comes again
// while the item happens to be so again: what lies between is older than what is shown now.
func TestOldChangeThatTheTableSeemsToConfirm(t *testing.T) {
	m := parseModel(t, shop)
	d := newDouble(t, m)
	o := d.outlet()
	deliver(t, o, decode(t, m, product(1, "p1", "Lamp"), removed(2, "p1")))
	d.now = time.Now().Add(search.Horizon + time.Hour)
	purged, err := o.Purge(t.Context(), search.PurgeOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, purged.Deleted)

	between, last := product(3, "p1", "Chair"), product(4, "p1", "Lamp")
	between.age, last.age = -(search.Horizon + time.Hour), -(search.Horizon + time.Hour)
	d.table.put(last)
	deliver(t, o, decode(t, m, product(1, "p1", "Lamp")))
	for _, r := range []record{between, last} {
		require.Contains(t, string(d.Documents("shop-products-000001")["Product/p1"]), "Lamp")
		deliver(t, o, decode(t, m, r))
	}
	require.Contains(t, string(d.Documents("shop-products-000001")["Product/p1"]), "Lamp")
}
