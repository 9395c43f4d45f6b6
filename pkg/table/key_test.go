package table_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// Whatever the values, a key that was written is one of which the model reads these values; else nothing is written.
func TestAnyWrittenKeyReadsBackAsItself(t *testing.T) {
	m := parse(t, `
outflow: 1
name: keys
table: {key: [PK, SK]}
entities:
  Pair: {key: {PK: "P#{a}#{b}", SK: "{n:04}#{c}"}}
  Single: {key: {PK: "P#{a}", SK: "S#{c}"}}
`)
	keys, server := fakeTable(t, m)
	refused := 0
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a0#]{0,4}|[[:print:]]{1,6}`)
		a, b, c := text.Draw(rt, "a"), text.Draw(rt, "b"), text.Draw(rt, "c")
		n := rapid.Int64Range(-2, 100_000).Draw(rt, "n")
		entity, fields, want := "Single", table.Item{"a": a, "c": c}, []string{a, c}
		if rapid.Bool().Draw(rt, "pair") {
			entity, fields, want = "Pair", table.Item{"a": a, "b": b, "c": c, "n": n}, []string{a, b, fmt.Sprint(n), c}
		}
		server.calls = nil
		if err := keys.Put(t.Context(), table.Put{Entity: entity, Fields: fields}); err != nil {
			require.Empty(rt, server.calls)
			refused++
			return
		}
		item := asMap(server.only("PutItem")["Item"])
		var key []model.KeyValue
		for _, name := range []string{"PK", "SK"} {
			key = append(key, model.KeyValue{Type: 'S', Text: []byte(asMap(item[name])["S"].(string))})
		}
		found, bound := m.Match(nil, key, "")
		require.Equal(rt, entity, found.Name)
		for k, value := range want {
			require.Equal(rt, value, string(bound[k]))
		}
	})
	require.Positive(t, refused, "the values draw what cannot be a key too")
}

func FuzzKeysAreReadBackOrRefused(f *testing.F) {
	f.Add("o1", "1")
	f.Add("o#1", "ITEM#")
	f.Add("", "\x00")
	f.Add("\xff", "1")
	m := loadModel(f)
	f.Fuzz(func(t *testing.T, order, item string) {
		shop, server := fakeTable(t, m)
		err := shop.Put(t.Context(), table.Put{Entity: "OrderLine", Fields: table.Item{"order_id": order, "item_id": item}})
		if err != nil {
			require.Empty(t, server.calls)
			return
		}
		var key struct{ PK, SK struct{ S string } }
		require.NoError(t, json.Unmarshal([]byte(asJSON(t, server.only("PutItem")["Item"])), &key))
		require.Equal(t, "ORDER#"+order, key.PK.S)
		require.Equal(t, "ITEM#"+item, key.SK.S)
	})
}
