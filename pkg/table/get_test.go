package table_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

func TestGetReadsFieldsAndStamps(t *testing.T) {
	shop, server := fakeTable(t, loadModel(t), answer{http.StatusOK, `{"Item":{
		"PK":{"S":"SENSOR#s"},"SK":{"S":"AT#d#000042"},"GSI1PK":{"S":"eu#ber"},"value":{"S":"broken"},
		"expires_at":{"N":"1769860800"},"updated_by":{"S":"ann"},"request_id":{"S":"r1"},"tenant":{"NULL":true}}}`})
	found, err := shop.Get(t.Context(), "Reading", table.Item{"sensor": "s", "day": "d", "n": 42})
	require.NoError(t, err)
	require.Equal(t, table.Found{
		Entity: "Reading",
		Fields: table.Item{"sensor": "s", "day": "d", "n": int64(42), "region": "eu", "site": "ber",
			"expires_at": time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)},
		Stamp:   table.Stamp{Actor: "ann", Request: "r1"},
		Dropped: []string{"value"},
	}, found)
	require.JSONEq(t, `{"PK":{"S":"SENSOR#s"},"SK":{"S":"AT#d#000042"}}`, asJSON(t, server.only("GetItem")["Key"]))
}

// What others wrote may be of any type: what fits comes, the rest is named.
func TestGetTakesWhatFitsItsType(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, field, value string
		want               any // nil where it does not fit
	}{
		{"epoch seconds", "timestamp", `{"N":"1769860800"}`, at},
		{"epoch with a fraction", "timestamp", `{"N":"1769860800.5"}`, at.Add(time.Second / 2)},
		{"epoch with nanoseconds", "timestamp", `{"N":"1769860800.123456789"}`, at.Add(123456789)},
		{"epoch milliseconds", "timestamp", `{"N":"1769860800500"}`, at.Add(time.Second / 2)},
		{"another zone", "timestamp", `{"S":"2026-01-31T13:00:00+01:00"}`, at},
		{"no time", "timestamp", `{"S":"yesterday"}`, nil},
		{"a time too far", "timestamp", `{"N":"999999999999999"}`, nil},
		{"a fraction", "integer", `{"N":"1.5"}`, nil},
		{"too many digits", "number", `{"N":"1234567890123456"}`, nil},
		{"a list as set", "strings", `{"L":[{"S":"a"}]}`, nil},
		{"one element of another type", "list", `{"L":[{"N":"1"},{"S":"2"}]}`, nil},
		{"a null member", "map", `{"M":{"a":{"N":"1"},"b":{"NULL":true}}}`, map[string]any{"a": int64(1)}},
		{"one member of another type", "map", `{"M":{"a":{"S":"1"}}}`, nil},
		{"a map as list", "list", `{"M":{}}`, nil},
		{"members that are not declared", "address", `{"M":{"street":{"S":"x"},"more":{"S":"y"}}}`, map[string]any{"street": "x"}},
		{"a boolean as text", "string", `{"BOOL":true}`, nil},
		{"an enum's new value", "enum", `{"S":"C"}`, "C"},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, _ := fakeTable(t, loadModel(t), answer{http.StatusOK,
				`{"Item":{"PK":{"S":"KINDS#k"},"SK":{"S":"KINDS"},"` + test.field + `":` + test.value + `}}`})
			found, err := shop.Get(t.Context(), "Kinds", table.Item{"id": "k"})
			require.NoError(t, err)
			require.Equal(t, test.want, found.Fields[test.field])
			require.Equal(t, test.want == nil, len(found.Dropped) == 1)
		})
	}
}

func TestGetDecodesIntoAStruct(t *testing.T) {
	shop, _ := fakeTable(t, loadModel(t), answer{http.StatusOK, `{"Item":{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},
		"user_id":{"S":"u1"},"total":{"N":"12.50"},"created_at":{"N":"1769860800"},"updated_by":{"S":"ann"}}}`})
	found, err := shop.Get(t.Context(), "Order", struct {
		ID string `json:"order_id"`
	}{"o1"})
	require.NoError(t, err)
	require.NotContains(t, found.Fields, "updated_by", "a stamp, though declared as a field too")
	require.Equal(t, "ann", found.Stamp.Actor)
	var got order
	require.NoError(t, found.Decode(&got))
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	require.Equal(t, order{ID: "o1", User: "u1", Total: model.Decimal("12.5"), Created: &at}, got)
	require.ErrorContains(t, found.Decode(&struct {
		ID int `json:"order_id"`
	}{}), "decode Order: ")
}

func TestGetFindsNothingElse(t *testing.T) {
	for name, item := range map[string]string{
		"no item": `{}`, "another entity": `{"Item":{"PK":{"S":"NOTE#n"},"SK":{"S":"META"},"_type":{"S":"raw"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			shop, _ := fakeTable(t, loadModel(t), answer{http.StatusOK, item})
			_, err := shop.Get(t.Context(), "Note", table.Item{"note_id": "n"})
			require.ErrorIs(t, err, table.ErrNotFound)
		})
	}
}

func TestGetRefusesBeforeAnyCall(t *testing.T) {
	shop, server := fakeTable(t, loadModel(t))
	_, err := shop.Get(t.Context(), "Nothing", nil)
	require.ErrorContains(t, err, "get: the model has no entity")
	_, err = shop.Get(t.Context(), "Order", nil)
	require.ErrorContains(t, err, "get Order: Order.order_id is missing")
	require.Empty(t, server.calls)
}
