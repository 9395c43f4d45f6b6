package search_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// kinds has one field of each kind that search names, and one that it does not.
const kinds = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK], ttl: expires_at}
entities:
  Thing:
    key: {PK: "THING#{id}"}
    attributes:
      both: string
      whole: string
      typed: string
      state: {enum: [A, B]}
      count: integer
      ratio: number
      price: decimal
      active: boolean
      at: timestamp
      tags: {set: string}
      labels: {map: string}
      size: {fields: {w: integer, note: string}}
      stops: {list: {fields: {city: string, at: timestamp}}}
      own: string
      place: {fields: {lat: number, lon: number}}
      doors: {list: {fields: {lat: decimal, lon: decimal}}}
      inner: {fields: {at: {fields: {lat: number, lon: number}}}}
      secret: {type: string, pii: true}
      expires_at: timestamp
      d_state: {enum: [A, B]}
      d_count: integer
      d_ratio: number
      d_price: decimal
      d_active: boolean
      d_at: timestamp
      d_bytes: binary
      d_tags: {list: string}
      d_labels: {map: string}
      d_size: {fields: {w: integer}}
      d_stops: {list: {fields: {city: string}}}
    search:
      index: things
      text: [both, whole, stops.city]
      typeahead: [both, typed]
      filter: [both, state, count, ratio, price, active, at, tags, labels, size.w]
      geo: [place, doors, inner.at]
      analyzers: {whole: english, stops.city: german}
      mapping: {own: {type: keyword, normalizer: lowercase}}
`

func properties(t *testing.T, index *model.Index) map[string]json.RawMessage {
	t.Helper()
	content, err := search.IndexBody("shop-dev-things-000001", "shop-dev-things", search.NewMeta(index, "m", time.Unix(0, 0)))
	require.NoError(t, err)
	var body struct {
		Mappings struct{ Properties map[string]json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(content, &body))
	return body.Mappings.Properties
}

func TestMappingOfEachKind(t *testing.T) {
	const shown = `{"type":"keyword","index":false,"doc_values":false}`
	const word = `{"type":"keyword","ignore_above":8191}`
	const place = `{"type":"geo_point","ignore_malformed":true}`
	const date = `{"type":"date","ignore_malformed":true}`
	want := map[string]string{
		"id":    shown,
		"both":  `{"type":"text","fields":{"keyword":` + word + `,"typeahead":{"type":"search_as_you_type"}}}`,
		"whole": `{"type":"text","analyzer":"english","fields":{"keyword":` + word + `}}`,
		"typed": `{"type":"keyword","ignore_above":8191,"fields":{"typeahead":{"type":"search_as_you_type"}}}`,
		"state": word,
		"count": `{"type":"long","ignore_malformed":true}`,
		"ratio": `{"type":"double","ignore_malformed":true}`,
		"price": `{"type":"double","ignore_malformed":true,"fields":{"exact":` + word + `,` +
			`"ordered":{"type":"keyword","ignore_above":8191,"normalizer":"outflow_decimal"}}}`,
		"active":     `{"type":"boolean"}`,
		"at":         date,
		"tags":       word,
		"labels":     `{"type":"flat_object"}`,
		"size":       `{"properties":{"w":{"type":"long","ignore_malformed":true},"note":` + shown + `}}`,
		"stops":      `{"type":"nested","properties":{"city":{"type":"text","analyzer":"german","fields":{"keyword":` + word + `}},"at":` + shown + `}}`,
		"own":        `{"type":"keyword","normalizer":"lowercase"}`,
		"place":      place,
		"doors":      place,
		"inner":      `{"properties":{"at":` + place + `}}`,
		"expires_at": `{"type":"keyword","index":false,"doc_values":false,"fields":{"expires":` + date + `}}`,
		"d_state":    shown,
		"d_count":    `{"type":"long","index":false,"doc_values":false}`,
		"d_ratio":    `{"type":"double","index":false,"doc_values":false}`,
		"d_price":    shown,
		"d_active":   `{"type":"boolean","index":false,"doc_values":false}`,
		"d_at":       shown,
		"d_bytes":    shown,
		"d_tags":     shown,
		"d_labels":   `{"type":"object","enabled":false}`,
		"d_size":     `{"type":"object","enabled":false}`,
		"d_stops":    `{"type":"object","enabled":false}`,
	}
	got := properties(t, parseModel(t, kinds).Indexes["things"])
	for name, mapping := range want {
		require.JSONEq(t, mapping, string(got[name]), name)
		delete(got, name)
	}
	require.Contains(t, got, "outflow")
	require.Len(t, got, 1, "pii that search does not name is not in the index")
}

func TestMappingOfParts(t *testing.T) {
	got := properties(t, parseModel(t, shop).Indexes["orders"])
	require.JSONEq(t, `{"type":"nested","properties":{
		"order_id":{"type":"keyword","index":false,"doc_values":false},
		"item_id":{"type":"keyword","index":false,"doc_values":false},
		"note":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":8191}}},
		"qty":{"type":"long","ignore_malformed":true}}}`, string(got["lines"]))
}

func TestRoutedIndexRequiresRouting(t *testing.T) {
	routed := with(t, "{index: products,", "{index: products, routing: [product_id],")
	body, err := search.IndexBody("i-000001", "", search.NewMeta(routed.Indexes["products"], "m", time.Now()))
	require.NoError(t, err)
	require.Contains(t, string(body), `"_routing":{"required":true}`)
	d := realDomain(t)
	o := d.outlet(routed)
	deliver(t, o, decode(t, routed, product(1, "p1", "Lamp")))
	routed.Indexes["products"].Root.Filter = append(routed.Indexes["products"].Root.Filter, "product_id")
	deliver(t, d.outlet(routed), decode(t, routed, product(2, "p2", "Chair")))
}

// The real index takes whatever the model's types can hold.
func TestIndexTakesExtremes(t *testing.T) {
	d := realDomain(t)
	m := parseModel(t, strings.Replace(kinds, ", normalizer: lowercase", ", ignore_above: 10", 1))
	long := text(strings.Repeat("wörd ", 9_000))
	longest := text(strings.Repeat("ö", 50_000))
	nested := func(v any) map[string]any { return map[string]any{"M": v} }
	list := func(v ...any) map[string]any { return map[string]any{"L": v} }
	deliver(t, d.outlet(m), decode(t, m, record{seq: 1, age: -time.Hour, pk: "THING#1", new: map[string]any{
		"both": long, "whole": longest, "typed": longest, "state": longest, "count": number("-9223372036854775808"),
		"ratio": number("1e125"), "price": number("99999999999999999999999999999999999999e87"), "active": map[string]bool{"BOOL": true},
		"at": text("0001-01-01T00:00:00.123456789-23:59"), "tags": map[string]any{"SS": []string{"", longest["S"]}},
		"labels": nested(map[string]any{"": text("x"), ".": text(""), "a..b": text("y"), "a.b": text("z")}),
		"size":   nested(map[string]any{"w": number("1"), "note": longest}),
		"stops":  list(nested(map[string]any{"city": longest}), nested(map[string]any{})),
		"place":  nested(map[string]any{"lat": number("91"), "lon": number("-180.000001")}),
		"doors":  list(nested(map[string]any{"lat": number("-90")}), nested(map[string]any{}), nested(map[string]any{"lat": number("1e125"), "lon": number("1e-130")})),
		"inner":  nested(map[string]any{"at": nested(map[string]any{"lon": number("180")})}),
		"own":    longest, "expires_at": number("253402300799"),
		"d_state": longest, "d_count": number("9223372036854775807"), "d_ratio": number("-1e-120"), "d_price": number("1e-130"),
		"d_active": map[string]bool{"BOOL": false}, "d_at": number("-62135596800"), "d_bytes": map[string]string{"B": "AAEC"},
		"d_tags": list(longest, text("")), "d_labels": nested(map[string]any{"": longest, ".": text("")}),
		"d_size": nested(map[string]any{"w": number("1")}), "d_stops": list(nested(map[string]any{"city": longest})),
	}}))
	source := d.source(d.prefix+"things-000001", "Thing/1")
	var reserved struct{ Outflow struct{ Dropped []string } }
	require.NoError(t, json.Unmarshal([]byte(source), &reserved))
	require.Empty(t, reserved.Outflow.Dropped)
}

// Readers do not see what has expired, until DynamoDB would no longer take it out either.
func TestReadersSeeNothingExpired(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	expires := func(seq int, id string, at time.Time) record {
		r := product(seq, id, "Lamp")
		r.new["expires_at"] = number(strconv.FormatInt(at.Unix(), 10))
		return r
	}
	now := time.Now()
	deliver(t, d.outlet(m), decode(t, m, live(product(1, "never", "Lamp"), expires(2, "later", now.Add(time.Hour)),
		expires(3, "past", now.Add(-time.Hour)), expires(4, "zero", time.Unix(0, 0)), removed(5, "removed"))...))
	d.refresh()
	for id, seen := range map[string]bool{"never": true, "later": true, "past": false, "zero": true, "removed": false, "unknown": false} {
		hit, found, err := d.reader(m).Get(t.Context(), "products", "Product/"+id)
		require.NoError(t, err)
		require.Equal(t, seen, found, id)
		if found {
			require.Contains(t, string(hit.Source), `"version"`, "Get shows the reserved field")
		}
	}
	require.NotContains(t, d.request(http.MethodGet, "/"+d.prefix+"*/_search?size=100", ""), "removed", "nor does a wildcard find it")
}
