package search_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

func (d *domain) plan(m *model.Model, index string) search.Plan {
	d.t.Helper()
	planner := &search.Planner{Client: d.client(), Prefix: d.prefix, Model: m}
	plan, err := planner.Index(d.t.Context(), m.Indexes[index])
	require.NoError(d.t, err)
	return plan
}

// What the definition of each kind gives is what OpenSearch then says that it has.
func TestPlanOfWhatWasJustMade(t *testing.T) {
	d := realDomain(t)
	for _, src := range []string{kinds, shop, prices, raws, strings.Replace(shop, "{index: products,", "{index: products, routing: [product_id],", 1)} {
		m := parseModel(t, src)
		for _, index := range m.SortedIndexes() {
			plan := d.plan(m, index.Name)
			first := d.prefix + index.Name + "-000001"
			require.Equal(t, search.Plan{Index: index.Name, State: search.PlanNext, Live: []string{}, Why: []string{},
				Next: []string{"index " + first + " and its aliases are made"}}, plan)
			_, _, err := d.maker(m).Live(t.Context(), index)
			require.NoError(t, err)
			require.Equal(t, search.Plan{Index: index.Name, State: search.PlanSame, Physical: first, Live: []string{first},
				Next: []string{}, Why: []string{}}, d.plan(m, index.Name))
			d.request(http.MethodDelete, "/"+first, "")
		}
	}
}

// raws has mappings in OpenSearch's own words, with what it leaves out or writes otherwise when asked for them.
const raws = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK]}
entities:
  Thing:
    key: {PK: "THING#{id}"}
    attributes: {a: string, b: string, c: {fields: {x: integer}}, d: string, e: {list: {fields: {x: integer}}}, f: string, g: decimal}
    search:
      index: things
      mapping:
        a: {type: keyword, index: true, doc_values: true, ignore_above: "10"}
        b: {type: text, fields: {raw: {type: keyword}, words: {type: token_count, analyzer: standard}}}
        c: {type: object, dynamic: false, properties: {x: {type: long}}}
        d: {type: date, format: strict_date_time, store: false}
        e: {type: nested, include_in_parent: false, properties: {x: {type: integer}}}
        f: {type: wildcard}
        g: {type: scaled_float, scaling_factor: 100}
`

func TestPlanOfARawMappingChangedByHand(t *testing.T) {
	d, m := realDomain(t), parseModel(t, raws)
	_, _, err := d.maker(m).Live(t.Context(), m.Indexes["things"])
	require.NoError(t, err)
	d.request(http.MethodPut, "/"+d.prefix+"things-000001/_mapping", `{"properties":{"a":{"type":"keyword","ignore_above":11}}}`)
	require.Equal(t, []string{"a in the mapping of " + d.prefix + `things-000001 has ignore_above 11, and the model's mapping gives "10"`},
		d.plan(m, "things").Why)
}

// maker makes the indexes that an outlet would.
func (d *domain) maker(m *model.Model) *search.Indexes {
	return &search.Indexes{Client: d.client(), Prefix: d.prefix, Model: m.Version(), Now: time.Now}
}

// Each case edits the model, or the domain by a call, after the products' index was made; INDEX, ALIAS and so on stand for
// names. What the plan says of the next batch is so: after it, nothing is left to do.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new string   // in the model
		calls    []string // method, path and body
		state    search.PlanState
		next     []string
		why      []string
	}{
		{"another rule for required", `SK: METADATA}`, "SK: METADATA}\n    required: [title]", nil, search.PlanNext,
			[]string{"the model's definition takes the place of the one that INDEX keeps"}, nil},
		{"fields added", "stock: integer,", "stock: integer, more: string, size: {fields: {w: integer}},", nil, search.PlanNext, []string{
			"field more (keyword) is added; documents written before have no value in it",
			"field size (object) is added; documents written before have no value in it",
			"the model's definition takes the place of the one that INDEX keeps"}, nil},
		{"sub-field added", "typeahead: [title]", "typeahead: [title, tags]", nil, search.PlanNext, []string{
			"sub-field tags.typeahead (search_as_you_type) is added; documents written before have no value in it",
			"the model's definition takes the place of the one that INDEX keeps"}, nil},
		{"display becomes a filter", "filter: [price, tags]", "filter: [price, tags, stock]", nil, search.PlanMigrate, nil,
			[]string{"stock: doc_values was false, is none", "stock: index was false, is none"}},
		{"time to live gone", ", ttl: expires_at", "", nil, search.PlanMigrate, nil,
			[]string{"expires_at.expires is no longer there", `time to live was "expires_at", is none`}},
		{"type changed", "stock: integer", "stock: decimal", nil, search.PlanMigrate, nil,
			[]string{"stock was of type integer, is of type decimal"}},
		{"write alias missing", "", "", []string{"DELETE /INDEX/_alias/WRITE"}, search.PlanNext,
			[]string{"the write alias WRITE is restored"}, nil},
		{"read alias missing", "", "", []string{"DELETE /INDEX/_alias/ALIAS"}, search.PlanNext,
			[]string{"the readers' alias ALIAS is restored on INDEX"}, nil},
		{"read alias without its filter", "", "", []string{`POST /_aliases {"actions":[{"add":{"index":"INDEX","alias":"ALIAS"}}]}`},
			search.PlanNext, []string{"the filter of the readers' alias ALIAS is put right"}, nil},
		{"field added by hand", "", "", []string{`PUT /INDEX/_mapping {"properties":{"color":{"type":"keyword"}}}`}, search.PlanMigrate, nil,
			[]string{"color in the mapping of INDEX is not in its definition"}},
		{"parameter changed by hand", "", "", []string{`PUT /INDEX/_mapping {"properties":{"tags":{"type":"keyword","ignore_above":10}}}`},
			search.PlanMigrate, nil, []string{"tags in the mapping of INDEX has ignore_above 10, and its definition gives 8191"}},
		{"dynamic by hand", "", "", []string{`PUT /INDEX/_mapping {"dynamic":true}`}, search.PlanMigrate, nil,
			[]string{`the mapping of INDEX has dynamic "true", and its definition gives "strict"`}},
		{"index retired", "", "", []string{`PUT /INDEX/_mapping {"_meta":RETIRED}`}, search.PlanMigrate, nil,
			[]string{"all its indexes are retired, so nothing is written"}},
		{"foreign index", "", "", []string{`PUT /ALIAS-000002`}, search.PlanBlocked, nil,
			[]string{"index ALIAS-000002 was not made by outflow: its mapping says nothing of the definition; move what is in it elsewhere and delete it"}},
		{"newer format", "", "", []string{`PUT /INDEX/_mapping {"_meta":NEWER}`}, search.PlanBlocked, nil,
			[]string{"index INDEX has format 99 and this outflow knows FORMAT: deploy the release that made it"}},
		{"an index instead of the alias", "", "", []string{"DELETE /INDEX", "PUT /ALIAS"}, search.PlanBlocked, nil,
			[]string{"ALIAS is an index, and should be the readers' alias: something wrote to it by that name and OpenSearch made it; " +
				"move what is in it elsewhere and delete it"}},
		{"alias on another's index", "", "", []string{"PUT /ALIAS-copy", `POST /_aliases {"actions":[{"add":{"index":"ALIAS-copy","alias":"ALIAS"}}]}`},
			search.PlanBlocked, nil, []string{"the readers' alias ALIAS is also on ALIAS-copy, which is none of its indexes; take it off"}},
		{"another definition whose name begins alike", "", "", []string{"PUT /ALIAS-new-000001"}, search.PlanSame, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := realDomain(t)
			m := parseModel(t, shop)
			require.Contains(t, shop, c.old)
			deliver(t, d.outlet(m), decode(t, m, product(1, "p1", "Lamp")))
			index := d.prefix + "products-000001"
			meta := search.NewMeta(m.Indexes["products"], m.Version(), time.Now())
			retired, newer := meta, meta
			retired.Retired, newer.Format = true, 99
			fill := strings.NewReplacer("INDEX", index, "ALIAS", d.prefix+"products", "WRITE", d.writeAlias(index),
				"RETIRED", asMeta(t, retired), "NEWER", asMeta(t, newer), "FORMAT", fmt.Sprint(meta.Format))
			for _, call := range c.calls {
				part := append(strings.SplitN(fill.Replace(call), " ", 3), "")
				d.request(part[0], part[1], part[2])
			}
			wanted := parseModel(t, strings.Replace(shop, c.old, c.new, 1))
			plan := d.plan(wanted, "products")
			require.Equal(t, c.state, plan.State, "%+v", plan)
			require.Equal(t, filled(fill, c.next), plan.Next)
			for _, why := range filled(fill, c.why) {
				require.Contains(t, plan.Why, why)
			}
			require.Equal(t, len(c.why) == 0, len(plan.Why) == 0)
			if c.state == search.PlanMigrate {
				require.Equal(t, "outflow search migrate products", plan.Command)
			}
			if c.state == search.PlanNext {
				deliver(t, d.outlet(wanted), decode(t, wanted, product(2, "p2", "Chair")))
				require.Equal(t, search.PlanSame, d.plan(wanted, "products").State)
			}
		})
	}
}

// asMeta is the _meta of an index's mapping.
func asMeta(t *testing.T, meta search.Meta) string {
	t.Helper()
	content, err := json.Marshal(map[string]any{"outflow": meta})
	require.NoError(t, err)
	return string(content)
}

func filled(fill *strings.Replacer, texts []string) []string {
	all := []string{}
	for _, text := range texts {
		all = append(all, fill.Replace(text))
	}
	return all
}

// With two live indexes the newest is to have the model's definition.
func TestPlanDuringMigration(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	deliver(t, d.outlet(m), decode(t, m, product(1, "p1", "Lamp")))
	next := with(t, "stock: integer", "stock: decimal")
	body, err := search.IndexBody(d.prefix+"products-000002", "", search.NewMeta(next.Indexes["products"], "m", time.Now()))
	require.NoError(t, err)
	d.request(http.MethodPut, "/"+d.prefix+"products-000002", string(body))
	plan := d.plan(next, "products")
	require.Equal(t, search.PlanSame, plan.State, "%+v", plan)
	require.Equal(t, []string{d.prefix + "products-000001", d.prefix + "products-000002"}, plan.Live)
	require.Equal(t, search.PlanMigrate, d.plan(m, "products").State)

	d.request(http.MethodPost, "/_aliases", fmt.Sprintf(`{"actions":[{"add":{"index":%q,"alias":%q}}]}`, d.prefix+"products-000002", d.prefix+"products"))
	plan = d.plan(next, "products")
	require.Equal(t, search.PlanBlocked, plan.State)
	require.Contains(t, plan.Why[0], "readers see documents twice")
}

// Indexes of a definition that the model has lost are named; those of another model whose name begins alike are not.
func TestPlanOfWhatIsLeft(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	for _, index := range m.SortedIndexes() {
		_, _, err := d.maker(m).Live(t.Context(), index)
		require.NoError(t, err)
	}
	other := search.Indexes{Client: d.client(), Prefix: d.prefix + "x-", Model: "m", Now: time.Now}
	_, _, err := other.Live(t.Context(), m.Indexes["products"])
	require.NoError(t, err)
	d.request(http.MethodPut, "/"+d.prefix+"products-000002", "")
	planner := search.Planner{Client: d.client(), Prefix: d.prefix, Model: m}
	left, err := planner.Left(t.Context())
	require.NoError(t, err)
	require.Empty(t, left)
	planner.Model = with(t, "{index: products,", "{index: goods,")
	left, err = planner.Left(t.Context())
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, search.PlanLeft, left[0].State)
	require.Equal(t, d.prefix+"products-000001", left[0].Physical)
	require.Contains(t, left[0].Why[0], "the model no longer has products")
}

func TestPlanOfTheScript(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	deliver(t, d.outlet(m), decode(t, m, product(1, "p1", "Lamp")))
	state, err := (&search.Planner{Client: d.client(), Prefix: d.prefix, Model: m}).Script(t.Context())
	require.NoError(t, err)
	require.Equal(t, search.ScriptSame, state)
}

// What another than OpenSearch 3.5 with the right script answers.
func TestPlanOfOtherAnswers(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		want       search.ScriptState
		fault      string
	}{
		{"no script", `{"_id":"x","found":false}`, http.StatusNotFound, search.ScriptAbsent, ""},
		{"another script", `{"found":true,"script":{"lang":"painless","source":"ctx.op = 'delete'"}}`, http.StatusOK, search.ScriptOther, ""},
		{"forbidden", `{"error":{"type":"security_exception","reason":"no permissions"}}`, http.StatusForbidden, "", "403 security_exception"},
		{"no JSON", `<html>`, http.StatusOK, "", "read the answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			t.Cleanup(server.Close)
			d := &domain{t: t, url: server.URL, prefix: "shop-test-"}
			m := parseModel(t, shop)
			planner := &search.Planner{Client: d.client(), Prefix: d.prefix, Model: m}
			state, err := planner.Script(t.Context())
			if c.fault == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.fault)
				_, err = planner.Index(t.Context(), m.Indexes["products"])
				require.ErrorContains(t, err, c.fault)
			}
			require.Equal(t, c.want, state)
		})
	}
}
