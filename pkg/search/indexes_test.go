package search_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search"
)

func (d *domain) live(model string) *search.Indexes {
	return &search.Indexes{Client: d.client(), Prefix: d.prefix, Model: model, Now: time.Now}
}

func TestFirstIndexIsMadeOnceByMany(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			live, differs, err := d.live(m.Version()).Live(t.Context(), m.Indexes["products"])
			require.NoError(t, err)
			require.NoError(t, differs)
			require.Len(t, live, 1)
			require.Equal(t, m.Indexes["products"], live[0].Definition)
			require.Equal(t, m.Version(), live[0].Model)
			require.Equal(t, time.Minute, live[0].Since.Sub(live[0].Created))
		})
	}
	all.Wait()
	require.Equal(t, []string{d.prefix + "products-000001"}, d.indexes())
}

func TestAliasesAreRestored(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	_, _, err := d.live("m").Live(t.Context(), m.Indexes["products"])
	require.NoError(t, err)
	path := "/" + d.prefix + "products-000001/_alias"
	made := d.request(http.MethodGet, path, "")
	require.Contains(t, made, `"now-5y"`, "the readers' alias filters on the time to live")
	d.request(http.MethodDelete, path+"/"+d.prefix+"products", "")
	d.request(http.MethodDelete, path+"/"+d.writeAlias(d.prefix+"products-000001"), "")
	_, _, err = d.live("m").Live(t.Context(), m.Indexes["products"])
	require.NoError(t, err)
	require.JSONEq(t, made, d.request(http.MethodGet, path, ""))
}

// Adding fields and sub-fields is done in place; what was written stays, and what comes has the new fields.
func TestAdditiveDefinitionIsPutInPlace(t *testing.T) {
	d := realDomain(t)
	before := parseModel(t, shop)
	deliver(t, d.outlet(before), decode(t, before, product(1, "p1", "Lamp")))
	after := with(t, "title: string,", "title: string, colour: string,")
	after.Indexes["products"].Root.Filter = append(after.Indexes["products"].Root.Filter, "colour")
	changed := product(2, "p2", "Chair")
	changed.new["colour"] = text("red")
	deliver(t, d.outlet(after), decode(t, after, changed))
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p2"), `"colour":"red"`)
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p1"), `"title":"Lamp"`)
	require.Contains(t, d.request(http.MethodGet, "/"+d.prefix+"products-000001/_mapping", ""), after.Version())
	require.Len(t, d.indexes(), 2, "no index beside it")
}

// Any other change is refused by name, and documents go on by the index's own definition.
func TestOtherDefinitionWaitsForMigration(t *testing.T) {
	d := realDomain(t)
	before := parseModel(t, shop)
	deliver(t, d.outlet(before), decode(t, before, product(1, "p1", "Lamp")))
	after := with(t, "stock: integer", "stock: string")
	live, differs, err := d.live(after.Version()).Live(t.Context(), after.Indexes["products"])
	require.NoError(t, err)
	var difference *search.DifferenceError
	require.ErrorAs(t, differs, &difference)
	require.ErrorContains(t, differs, "stock was of type integer, is of type string")
	require.ErrorContains(t, differs, "outflow search migrate products")
	require.Equal(t, before.Version(), live[0].Model)

	changed := product(2, "p1", "Lamp")
	changed.new["stock"] = number("7")
	deliver(t, d.outlet(after), decode(t, after, changed))
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p1"), `"stock":7`)
}

// During a migration both indexes get all documents, each by its own definition; a retired one gets none.
func TestEveryLiveIndexIsWritten(t *testing.T) {
	d := realDomain(t)
	before, after := parseModel(t, shop), with(t, "stock: integer", "stock: string")
	deliver(t, d.outlet(before), decode(t, before, product(1, "p1", "Lamp")))
	second := d.prefix + "products-000002"
	put := func(meta search.Meta, name string) {
		body, err := search.IndexBody(name, "", meta)
		require.NoError(t, err)
		d.request(http.MethodPut, "/"+name, string(body))
	}
	put(search.NewMeta(after.Indexes["products"], after.Version(), longAgo()), second)
	retired := search.NewMeta(before.Indexes["products"], before.Version(), longAgo())
	retired.Retired = true
	put(retired, d.prefix+"products-000003")

	changed := product(2, "p2", "Chair")
	changed.new["stock"] = text("seven")
	deliver(t, d.outlet(after), decode(t, after, changed))
	require.Contains(t, d.source(second, "Product/p2"), `"stock":"seven"`)
	require.NotContains(t, d.source(d.prefix+"products-000001", "Product/p2"), `seven`)
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p2"), `"dropped":["stock"]`)
	require.Empty(t, d.source(d.prefix+"products-000003", "Product/p2"))
	d.refresh()
	hits, err := d.reader(after).Query(t.Context(), "products", "chair", 10)
	require.NoError(t, err)
	require.Len(t, hits, 1, "the readers' alias stays on one index")
}

func TestIndexesThatAreNotOursAreRefused(t *testing.T) {
	m := parseModel(t, shop)
	other, err := json.Marshal(search.NewMeta(m.Indexes["orders"], "m", time.Now()))
	require.NoError(t, err)
	for name, c := range map[string]struct{ meta, want string }{
		"without meta":          {`{}`, "was not made by outflow"},
		"of a later format":     {`{"outflow":{"format":3,"definition":{"name":"products"}}}`, "has format 3 and this outflow knows 2"},
		"of an earlier format":  {`{"outflow":{"format":1,"definition":{"name":"products"}}}`, "delete it and backfill products"},
		"of another definition": {`{"outflow":` + string(other) + `}`, "says that it holds orders, not products"},
	} {
		t.Run(name, func(t *testing.T) {
			d := realDomain(t)
			d.request(http.MethodPut, "/"+d.prefix+"products-000007", `{"mappings":{"_meta":`+c.meta+`}}`)
			d.request(http.MethodPut, "/"+d.prefix+"products-archive-000001", `{}`) // not of this definition at all
			_, _, err := d.live("m").Live(t.Context(), m.Indexes["products"])
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAllRetired(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	meta := search.NewMeta(m.Indexes["products"], "m", time.Now())
	meta.Retired = true
	body, err := search.IndexBody(d.prefix+"products-000004", "", meta)
	require.NoError(t, err)
	d.request(http.MethodPut, "/"+d.prefix+"products-000004", string(body))
	_, _, err = d.live("m").Live(t.Context(), m.Indexes["products"])
	require.ErrorContains(t, err, "run outflow search migrate products")
}
