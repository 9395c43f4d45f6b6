package search_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// Each case edits the model of all kinds, or the shop's; without differences it can be put in place.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, src, index string
		old, new         string
		want             []string
	}{
		{"field added", kinds, "things", "own: string", "own: string\n      more: string", nil},
		{"enum value added", kinds, "things", "state: {enum: [A, B]}\n      count", "state: {enum: [A, B, C]}\n      count", nil},
		{"member added", kinds, "things", "note: string}}", "note: string, more: string}}", nil},
		{"typeahead added", kinds, "things", "[both, typed]", "[both, typed, whole]", nil},
		{"filter on a text", kinds, "things", "[both, state,", "[both, whole, state,", nil},
		{"time to live added", strings.Replace(kinds, ", ttl: expires_at", "", 1), "things", "key: [PK]", "key: [PK], ttl: expires_at", nil},
		{"required", kinds, "things", "    key: {PK: \"THING#{id}\"}", "    key: {PK: \"THING#{id}\"}\n    required: [both]", nil},
		{"field gone", kinds, "things", "      d_count: integer\n", "", []string{"d_count is no longer there"}},
		{"filter gone", kinds, "things", "state, count,", "state,", []string{
			"count: doc_values was none, is false", "count: ignore_malformed was true, is none", "count: index was none, is false"}},
		{"filter on what is shown", kinds, "things", "[both, state,", "[both, d_state, state,", []string{
			"d_state: doc_values was false, is none", "d_state: ignore_above was none, is 8191", "d_state: index was false, is none"}},
		{"type", kinds, "things", "d_count: integer", "d_count: string", []string{
			"d_count was of type integer, is of type string", `d_count: type was "long", is "keyword"`}},
		{"type inside what is shown", kinds, "things", "d_size: {fields: {w: integer}}", "d_size: {fields: {w: string}}",
			[]string{"d_size.w was of type integer, is of type string"}},
		{"pii taken out", kinds, "things", "      d_count: integer", "      d_count: {type: integer, pii: true}", []string{"d_count is no longer there"}},
		{"member gone from what is shown", kinds, "things", "d_size: {fields: {w: integer}}", "d_size: {fields: {h: integer}}", []string{"d_size.w is no longer there"}},
		{"attribute", kinds, "things", "d_count: integer", "d_count: {type: integer, stored_as: counted}", []string{"d_count is read from another attribute"}},
		{"raw mapping", kinds, "things", "normalizer: lowercase", "normalizer: uppercase", []string{`own: normalizer was "lowercase", is "uppercase"`}},
		{"analyzer", kinds, "things", "whole: english, ", "", []string{`whole: analyzer was "english", is none`}},
		{"place taken out", kinds, "things", "geo: [place, ", "geo: [", []string{
			"place: enabled was none, is false", "place: ignore_malformed was true, is none", `place: type was "geo_point", is "object"`}},
		{"where", shop, "products", "{index: products,", `{index: products, where: "new.stock != 0",`, []string{`where was none, is "new.stock != 0"`}},
		{"routing", shop, "products", "{index: products,", "{index: products, routing: [product_id],", []string{`routing was none, is ["product_id"]`}},
		{"list renamed", shop, "orders", "Order.lines", "Order.items", []string{
			"lines is no longer there", `lists was ["lines"], is ["items"]`}},
		{"list's field", shop, "orders", "qty: integer", "qty: decimal", []string{
			"lines.qty was of type integer, is of type decimal", `lines.qty: type was "long", is "double"`}},
		{"time to live gone", shop, "products", ", ttl: expires_at", "", []string{
			"expires_at.expires is no longer there", `time to live was "expires_at", is none`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, c.src, c.old)
			has := parseModel(t, c.src).Indexes[c.index]
			wanted := parseModel(t, strings.Replace(c.src, c.old, c.new, 1)).Indexes[c.index]
			same, differences, err := search.Compare(has, wanted)
			require.NoError(t, err)
			require.False(t, same)
			require.Equal(t, c.want, differences)
		})
	}
}

// A definition is the same after it has been through an index's _meta.
func TestCompareWithItself(t *testing.T) {
	for _, src := range []string{kinds, shop} {
		for name, index := range parseModel(t, src).Indexes {
			content, err := json.MarshalIndent(index, "", "  ")
			require.NoError(t, err)
			var back model.Index
			require.NoError(t, json.Unmarshal(content, &back))
			same, differences, err := search.Compare(&back, index)
			require.NoError(t, err)
			require.True(t, same, name)
			require.Empty(t, differences)
		}
	}
}
