package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// decodeInsert decodes the insert of an item with those attributes, of which the first two are its key.
func decodeInsert(t require.TestingT, m *model.Model, keys, attributes string) *change.Change {
	c := decodeOne(t, m, record{keys: "{" + keys + "}", new: "{" + keys + attributes + "}"}.json())
	require.NoError(t, c.Fault)
	return c
}

// fields are the values of all fields of a state's entity, as kind and text.
func fields(s change.State) map[string]string {
	out := map[string]string{}
	for i := range s.Entity.Fields {
		f := &s.Entity.Fields[i]
		if v, ok := s.Value(f); ok {
			out[f.Name] = v.Kind().String() + " " + v.String()
		}
	}
	return out
}

func TestStateKnowsItsEntity(t *testing.T) {
	for name, test := range map[string]struct {
		model, keys, attributes, entity string
		fields                          map[string]string
	}{
		"by key": {"shop", `"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"}`, `,"total":{"N":"9.90"},"nt":{"S":"hi"},"order_id":{"S":"other"}`, "Order",
			map[string]string{"order_id": "S o1", "total": "N 9.9", "note": "S hi"}},
		"key with escapes": {"shop", `"\u0050K":{"S":"ORDER#o\u002f\/1"},"SK":{"S":"METADATA"}`, ``, "Order", map[string]string{"order_id": "S o//1"}},
		"padded key field": {"shop", `"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#000042"}`, `,"qty":{"N":"2"}`, "OrderLine",
			map[string]string{"order_id": "S o1", "item_id": "N 42", "qty": "N 2"}},
		"number key":                        {"samples", `"Id":{"N":"101.0"}`, `,"Message":{"S":"hi"}`, "Message", map[string]string{"id": "N 101", "Message": "S hi"}},
		"number that is no integer":         {"samples", `"Id":{"N":"1.5"}`, ``, "", nil},
		"binary and decimal keys":           {"binary", `"Hash":{"B":"AAEq"},"At":{"N":"1.50"}`, ``, "Reading", map[string]string{"hash": "B AAEq", "at": "N 1.5"}},
		"told by attribute":                 {"told", `"PK":{"S":"p"},"SK":{"S":"s"}`, `,"_type":{"S":"order"},"order_id":{"S":"o1"}`, "Order", map[string]string{"order_id": "S o1"}},
		"told by key beside it":             {"told", `"PK":{"S":"NOTE#n1"},"SK":{"S":"META"}`, `,"text":{"S":"x"}`, "Note", map[string]string{"note_id": "S n1", "text": "S x"}},
		"told by attribute of another type": {"told", `"PK":{"S":"p"},"SK":{"S":"s"}`, `,"_type":{"SS":["order"]}`, "", nil},
		"unknown value":                     {"told", `"PK":{"S":"p"},"SK":{"S":"s"}`, `,"_type":{"S":"other"}`, "", nil},
		"unknown key":                       {"shop", `"PK":{"S":"OTHER#1"},"SK":{"S":"METADATA"}`, ``, "", nil},
		"key of another table":              {"shop", `"pk":{"S":"ORDER#o1"},"sk":{"S":"METADATA"}`, ``, "", nil},
		"key with one attribute more":       {"samples", `"Id":{"N":"101"},"At":{"N":"1"}`, ``, "", nil},
		"key with one attribute less":       {"shop", `"PK":{"S":"ORDER#o1"}`, ``, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := decodeInsert(t, loadModel(t, test.model), test.keys, test.attributes)
			require.Nil(t, c.Old.Entity)
			if test.entity == "" {
				require.Nil(t, c.New.Entity)
				return
			}
			require.NotNil(t, c.New.Entity)
			require.Equal(t, test.entity, c.New.Entity.Name)
			require.Equal(t, test.fields, fields(c.New))
		})
	}
}

func TestFieldsOfIndexKeys(t *testing.T) {
	line := `"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#000042"}`
	reading := `"Hash":{"B":"AAEq"},"At":{"N":"1"}`
	for name, test := range map[string]struct {
		model, keys, attributes, field, want string
	}{
		"text":                       {"shop", line, `,"GSI1PK":{"S":"PRODUCT#p1#0007"}`, "product_id", "S p1"},
		"padded number":              {"shop", line, `,"GSI1PK":{"S":"PRODUCT#p1#0007"}`, "rank", "N 7"},
		"alone in the key":           {"shop", line, `,"GSI1SK":{"S":"b1"}`, "bin", "S b1"},
		"attribute comes first":      {"shop", line, `,"GSI1PK":{"S":"PRODUCT#p1#0007"},"product_id":{"S":"p2"}`, "product_id", "S p2"},
		"no such key":                {"shop", line, ``, "product_id", ""},
		"key does not match":         {"shop", line, `,"GSI1PK":{"S":"PRODUCT#p1#x"}`, "product_id", ""},
		"key of another type":        {"shop", line, `,"GSI1PK":{"BOOL":true}`, "product_id", ""},
		"number key of a template":   {"shop", line, `,"GSI1PK":{"N":"1"}`, "product_id", ""},
		"number key":                 {"binary", reading, `,"rate":{"N":"1.50"}`, "rate_value", "N 1.5"},
		"binary key":                 {"binary", reading, `,"digest":{"B":"AAEq"}`, "digest_value", "B AAEq"},
		"padded with too few digits": {"binary", reading, `,"page":{"S":"PAGE#1"}`, "number", ""},
		"padded":                     {"binary", reading, `,"page":{"S":"PAGE#0001"}`, "number", "N 1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := fields(decodeInsert(t, loadModel(t, test.model), test.keys, test.attributes).New)
			require.Equal(t, test.want, got[test.field])
		})
	}
}

func TestBothStatesHaveTheirEntity(t *testing.T) {
	change := func(name, keys, old, new string) (entities [2]string, ids [2]map[string]string) {
		c := decodeOne(t, loadModel(t, name), record{op: "MODIFY", keys: "{" + keys + "}", old: "{" + keys + old + "}", new: "{" + keys + new + "}"}.json())
		require.NoError(t, c.Fault)
		require.NotNil(t, c.Old.Entity)
		require.NotNil(t, c.New.Entity)
		return [2]string{c.Old.Entity.Name, c.New.Entity.Name}, [2]map[string]string{fields(c.Old), fields(c.New)}
	}
	entities, values := change("shop", `"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#000042"}`, `,"qty":{"N":"1"}`, `,"qty":{"N":"2"}`)
	require.Equal(t, [2]string{"OrderLine", "OrderLine"}, entities)
	require.Equal(t, [2]map[string]string{{"order_id": "S o1", "item_id": "N 42", "qty": "N 1"}, {"order_id": "S o1", "item_id": "N 42", "qty": "N 2"}}, values)

	entities, values = change("told", `"PK":{"S":"NOTE#n1"},"SK":{"S":"META"}`, `,"_type":{"S":"invoice"},"invoice_id":{"S":"i1"}`, `,"_type":{"S":"none"}`)
	require.Equal(t, [2]string{"Invoice", "Note"}, entities, "an update can make an item another entity's")
	require.Equal(t, [2]map[string]string{{"invoice_id": "S i1"}, {"note_id": "S n1"}}, values)
}

func TestRemovedItemHasItsEntity(t *testing.T) {
	c := decodeOne(t, loadModel(t, "shop"), record{op: "REMOVE", keys: itemKeys, old: itemKeys}.json())
	require.Equal(t, "Order", c.Old.Entity.Name)
	require.Equal(t, map[string]string{"order_id": "S o1"}, fields(c.Old))
	require.Nil(t, c.New.Entity)
	_, ok := c.New.Value(c.Old.Entity.Field("order_id"))
	require.False(t, ok, "an item that is not there has no fields")
}

func TestFieldsThatTheEntityDoesNotHave(t *testing.T) {
	byKey := decodeItem(t, loadModel(t, "shop"), "")
	told := decodeInsert(t, loadModel(t, "told"), `"PK":{"S":"p"},"SK":{"S":"s"}`, `,"_type":{"S":"order"}`).New
	for _, state := range []change.State{byKey, told, {}} {
		for _, f := range []model.Field{{Name: "other"}, {Name: "other", Key: 2}, {Name: "other", From: "GSI9"}} {
			_, ok := state.Value(&f)
			require.False(t, ok)
		}
	}
}

func TestTypesThatTheModelDoesNotHave(t *testing.T) {
	state := decodeItem(t, loadModel(t, "shop"), `,"x":{"S":"a"}`)
	f := model.Field{Name: "x", Type: model.Type{Kind: "other"}}
	_, err := state.Field(&f)
	require.ErrorContains(t, err, "x: S does not fit the type other")
	_, _, fits := state.AppendField(nil, &f, &change.Report{})
	require.False(t, fits)
}
