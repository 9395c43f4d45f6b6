package search_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// prepared is a domain with the shop's indexes and one document in them.
func prepared(t *testing.T) (*domain, *model.Model, *search.Outlet) {
	d, m := realDomain(t), parseModel(t, shop)
	o := d.outlet(m)
	deliver(t, o, decode(t, m, product(1, "p1", "Lamp")))
	return d, m, o
}

func TestMissingScriptIsPut(t *testing.T) {
	d, m, o := prepared(t)
	d.request(http.MethodDelete, "/_scripts/"+search.ScriptID(), "")
	deliver(t, o, decode(t, m, product(2, "p1", "Chair")))
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p1"), "Chair")
}

func TestMissingWriteAliasIsRestored(t *testing.T) {
	d, m, o := prepared(t)
	index := d.prefix + "products-000001"
	d.request(http.MethodDelete, "/"+index+"/_alias/"+d.writeAlias(index), "")
	deliver(t, o, decode(t, m, product(2, "p1", "Chair")))
	require.Contains(t, d.source(index, "Product/p1"), "Chair")
	require.Len(t, d.indexes(), 2, "nothing was created by itself")
}

func TestMissingIndexIsMade(t *testing.T) {
	d, m, o := prepared(t)
	d.request(http.MethodDelete, "/"+d.prefix+"products-000001", "")
	deliver(t, o, decode(t, m, product(2, "p1", "Chair")))
	require.Contains(t, d.request(http.MethodGet, "/"+d.prefix+"products-000001/_mapping", ""), `"strict"`)
}

// What the domain cannot take now is pending with the reason, and arrives when it can.
func TestBlockedIndexIsPendingUntilItOpens(t *testing.T) {
	for _, c := range []struct{ name, block, unblock, want string }{
		{"index closed", "POST _close", "POST _open", "400 index_closed_exception"},
		{"write block", `PUT _settings {"index.blocks.write":true}`, `PUT _settings {"index.blocks.write":null}`, "403 cluster_block_exception"},
		{"flood stage", `PUT _settings {"index.blocks.read_only_allow_delete":true}`,
			`PUT _settings {"index.blocks.read_only_allow_delete":null}`, "429 cluster_block_exception"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, m, o := prepared(t)
			index := d.prefix + "products-000001"
			call := func(words string) {
				part := append(strings.SplitN(words, " ", 3), "")
				d.request(part[0], "/"+index+"/"+part[1], part[2])
			}
			line := record{seq: 4, pk: "ORDER#o1", sk: "METADATA", new: map[string]any{"status": text("NEW")}}
			changes := decode(t, m, product(2, "p2", "Chair"), product(3, "p3", "Desk"), line)
			call(c.block)
			outcome := o.Deliver(t.Context(), changes)
			call(c.unblock)
			require.Equal(t, []int{0, 1}, outcome.Pending, "the other index takes its document")
			require.Empty(t, outcome.Poison)
			require.ErrorContains(t, outcome.Err, "2 documents of "+index+": "+c.want)
			require.Equal(t, 1, outcome.Counts["Written"])
			require.Equal(t, 2*impatient.Attempts, outcome.Counts["Rejected"])
			deliver(t, o, changes)
			require.Contains(t, d.source(index, "Product/p3"), "Desk")
		})
	}
}

// What the mapping can never take is poison with a reason that quotes nothing, and everything around it arrives.
func TestRefusedDocumentIsPoisonAlone(t *testing.T) {
	filter := `filter: [price, tags]`
	for _, c := range []struct {
		name, mapping string
		title         string
		hand          string // a change to the mapping by hand, in _meta's stead
		want          string
	}{
		{"raw mapping refuses", `, mapping: {title: {type: long}}`, "secret", "",
			"mapper_parsing_exception: field title does not fit type long"},
		{"immense term", `, mapping: {title: {type: keyword}}`, "secret" + strings.Repeat("x", 40_000), "",
			"field title has a term of more than 32766 bytes"},
		{"not declared", `, mapping: {title: {type: object, dynamic: strict, properties: {a: {type: long}}}}`, "secret", "",
			"mapper_parsing_exception: field title does not fit an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := realDomain(t)
			m := with(t, filter, filter+c.mapping)
			untitled := func(seq int, id string) record {
				r := product(seq, id, "")
				r.new = map[string]any{"stock": number("1")}
				return r
			}
			outcome := d.outlet(m).Deliver(t.Context(), decode(t, m, untitled(1, "p1"), product(2, "p2", c.title), untitled(3, "p3")))
			require.NoError(t, outcome.Err)
			require.Empty(t, outcome.Pending)
			require.Len(t, outcome.Poison, 1)
			require.Equal(t, 1, outcome.Poison[0].Index)
			require.ErrorContains(t, outcome.Poison[0].Reason, d.prefix+"products-000001: "+c.want)
			require.NotContains(t, outcome.Poison[0].Reason.Error(), "secret")
			require.NotEmpty(t, d.source(d.prefix+"products-000001", "Product/p1"))
			require.NotEmpty(t, d.source(d.prefix+"products-000001", "Product/p3"))
			require.Empty(t, d.source(d.prefix+"products-000001", "Product/p2"))
		})
	}
}

// A mapping that was changed by hand is missing a field.
func TestFieldMissingFromTheMappingIsPoison(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	index := m.Indexes["products"]
	body, err := search.IndexBody(d.prefix+"products-000001", d.prefix+"products", search.NewMeta(index, m.Version(), longAgo()))
	require.NoError(t, err)
	d.request(http.MethodPut, "/"+d.prefix+"products-000001", strings.Replace(string(body), `"stock":{`, `"stack":{`, 1))
	stocked := product(1, "p1", "Lamp")
	stocked.new["stock"] = number("1")
	outcome := d.outlet(m).Deliver(t.Context(), decode(t, m, stocked, product(2, "p2", "Chair")))
	require.Len(t, outcome.Poison, 1)
	require.ErrorContains(t, outcome.Poison[0].Reason, "the mapping does not declare field stock within _doc")
}

func TestTooManyPartsArePoison(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	o := d.outlet(m)
	line := func(seq, n int) record {
		return record{seq: seq, pk: "ORDER#o1", sk: fmt.Sprintf("ITEM#i%d", n), new: map[string]any{"qty": number("1")}}
	}
	deliver(t, o, decode(t, m, line(1, 1), line(2, 2)))
	d.request(http.MethodPut, "/"+d.prefix+"orders-000001/_settings", `{"index.mapping.nested_objects.limit":3}`)
	outcome := o.Deliver(t.Context(), decode(t, m, line(3, 3), line(4, 4), line(5, 1)))
	require.NoError(t, outcome.Err)
	require.Len(t, outcome.Poison, 1, "of the folded lines one goes over the limit")
	require.Equal(t, 1, outcome.Poison[0].Index)
	require.ErrorContains(t, outcome.Poison[0].Reason, "index.mapping.nested_objects.limit")
	require.Contains(t, d.source(d.prefix+"orders-000001", "Order/o1"), `"lines/i3":{`)
}

// A folded operation that is refused is tried again unfolded: what came before it shows, only it is parked.
func TestPoisonIsUnfolded(t *testing.T) {
	d := realDomain(t)
	m := with(t, "filter: [price, tags]", "filter: [price, tags], mapping: {title: {type: long}}")
	changes := decode(t, m, product(1, "p1", "7"), product(2, "p1", "8"), product(3, "p1", "nine"))
	outcome := d.outlet(m).Deliver(t.Context(), changes)
	require.NoError(t, outcome.Err)
	require.Len(t, outcome.Poison, 1)
	require.Equal(t, 2, outcome.Poison[0].Index)
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p1"), `"title":"8"`)

	healed := d.outlet(m).Deliver(t.Context(), decode(t, m, product(3, "p1", "nine"), product(4, "p1", "10")))
	require.Empty(t, healed.Poison, "a newer change of the same batch makes the bad one moot")
}

// Most of a batch refused for one reason is an outage: nothing is parked.
func TestOutageIsNotParked(t *testing.T) {
	d := realDomain(t)
	m := with(t, "filter: [price, tags]", "filter: [price, tags], mapping: {title: {type: long}}")
	var records []record
	for i := range 20 {
		title := "words"
		if i >= 11 {
			title = "7"
		}
		records = append(records, product(i+1, fmt.Sprint("p", i), title))
	}
	o := d.outlet(m)
	outcome := o.Deliver(t.Context(), decode(t, m, records...))
	require.Empty(t, outcome.Poison)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, outcome.Pending)
	var outage *search.OutageError
	require.ErrorAs(t, outcome.Err, &outage)
	require.Equal(t, 11, outage.Refused)

	records[0].new["title"] = text("7")
	outcome = o.Deliver(t.Context(), decode(t, m, records...))
	require.Len(t, outcome.Poison, 10, "half is not most")
	require.NoError(t, outcome.Err)
}

func TestFaultyRecordsArePoison(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	changes := decode(t, m, product(1, "p1", "Lamp"), product(2, "p2", "Chair"))
	changes[1] = &change.Change{Fault: &change.FaultError{Path: "NewImage.price", Reason: "N is not a number"}}
	outcome := d.outlet(m).Deliver(t.Context(), changes)
	require.NoError(t, outcome.Err)
	require.Len(t, outcome.Poison, 1)
	require.EqualError(t, outcome.Poison[0].Reason, "NewImage.price: N is not a number")
}
