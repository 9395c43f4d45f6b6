package table_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

const digits38 = "1234567890123456789012345678901234567.8"

// id writes itself as text, as ids of libraries do.
type id [2]byte

func (i id) MarshalText() ([]byte, error) { return []byte{'i', 'd', '-', i[0], i[1]}, nil }

type address struct {
	Street string `json:"street,omitempty"`
	Zip    int    `json:"zip,omitzero"`
	*Geo
}

// Geo is embedded to show that its members count as the address's own.
type Geo struct {
	Place map[string]float64 `json:"geo"`
}

func TestValuesThatFit(t *testing.T) {
	text, whole := "hi", int8(-5)
	at := time.Date(2026, 1, 31, 12, 0, 0, 123456789, time.UTC)
	for _, test := range []struct {
		field string
		value any
		want  string
	}{
		{"string", "hi", `{"S":"hi"}`},
		{"string", &text, `{"S":"hi"}`},
		{"string", id{'a', 'b'}, `{"S":"id-ab"}`},
		{"string", "", `{"S":""}`},
		{"enum", "A", `{"S":"A"}`},
		{"integer", &whole, `{"N":"-5"}`},
		{"integer", uint64(math.MaxInt64), `{"N":"9223372036854775807"}`},
		{"integer", json.Number("1e3"), `{"N":"1000"}`},
		{"integer", 5.0, `{"N":"5"}`},
		{"number", 0.1, `{"N":"0.1"}`},
		{"number", float32(0.1), `{"N":"0.1"}`},
		{"number", 1e100, `{"N":"1` + zeros(100) + `"}`},
		{"decimal", digits38, `{"N":"` + digits38 + `"}`},
		{"decimal", model.Decimal("12.50"), `{"N":"12.5"}`},
		{"decimal", "-0.0", `{"N":"0"}`},
		{"decimal", 12, `{"N":"12"}`},
		{"boolean", false, `{"BOOL":false}`},
		{"timestamp", at, `{"S":"2026-01-31T12:00:00.123Z"}`},
		{"timestamp", "2026-01-31T12:00:00.5+01:00", `{"S":"2026-01-31T12:00:00.5+01:00"}`},
		{"timestamp", 1769860800, `{"N":"1769860800"}`},
		{"expires_at", "2026-01-31T12:00:00Z", `{"N":"1769860800"}`},
		{"binary", []byte{0, 255}, `{"B":"AP8="}`},
		{"binary", [1]byte{1}, `{"B":"AQ=="}`},
		{"list", []int{1, 2}, `{"L":[{"N":"1"},{"N":"2"}]}`},
		{"list", []any{}, `{"L":[]}`},
		{"strings", []string{"b", "a", "b"}, `{"SS":["b","a"]}`},
		{"numbers", []string{"1.0", "1", "2"}, `{"NS":["1","2"]}`},
		{"binaries", [][]byte{{1}, {2}, {1}}, `{"BS":["AQ==","Ag=="]}`},
		{"times", []any{"2026-01-31T12:00:00Z"}, `{"SS":["2026-01-31T12:00:00Z"]}`},
		{"times", []int{1}, `{"NS":["1"]}`},
		{"map", map[string]any{"a": 1, "gone": nil}, `{"M":{"a":{"N":"1"}}}`},
		{"address", address{Zip: 1, Geo: &Geo{map[string]float64{"lat": 52.5}}}, `{"M":{"zip":{"N":"1"},"geo":{"M":{"lat":{"N":"52.5"}}}}}`},
		{"address", table.Item{"street": "x"}, `{"M":{"street":{"S":"x"}}}`},
		{"address", address{}, `{"M":{}}`},
		{"string", (*string)(nil), `null`},
		{"list", []int(nil), `null`},
	} {
		t.Run(test.field+" "+test.want, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			require.NoError(t, shop.Put(t.Context(), table.Put{Entity: "Kinds", Fields: table.Item{"id": "k", test.field: test.value}}))
			require.JSONEq(t, test.want, asJSON(t, asMap(server.only("PutItem")["Item"])[test.field]))
		})
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	for _, test := range []struct {
		name, field string
		value       any
		says        string
	}{
		{"not UTF-8", "string", "\xff", "is not valid UTF-8; declare the field as binary"},
		{"a key that is not UTF-8", "map", map[string]int{"\xff": 1}, "has a key that is not valid UTF-8"},
		{"a number as text", "string", 5, "Kinds.string (string) cannot hold a Go int; give a string"},
		{"not of the enum", "enum", "C", "Kinds.enum (enum) has none of its values: it is one of A, B"},
		{"text as integer", "integer", "5", "cannot hold a Go string; give a Go integer"},
		{"a fraction", "integer", 1.5, "has a fraction; round it, or declare the field as number or decimal"},
		{"too great", "integer", uint64(math.MaxUint64), "is out of the range of int64; declare the field as decimal"},
		{"too many digits", "number", 0.30000000000000004, "has more than 15 significant digits; round it"},
		{"not a number", "number", math.NaN(), "cannot hold a Go float64"},
		{"a float as decimal", "decimal", 12.5, `which loses digits; give a string or model.Decimal such as "12.50"`},
		{"no decimal", "decimal", "12,50", "is not a decimal number"},
		{"39 digits", "decimal", digits38 + "9", "is more than 38 significant digits"},
		{"beyond DynamoDB", "decimal", "1e126", "is out of range"},
		{"text as boolean", "boolean", "true", "cannot hold a Go string; give a bool"},
		{"no time", "timestamp", "2026-01-31 12:00", "is not RFC 3339"},
		{"lax time", "timestamp", "2026-01-31T1:00:00Z", "is not RFC 3339"},
		{"no such day", "timestamp", "2026-02-30T12:00:00Z", "is not RFC 3339"},
		{"the year 0 that is 1 in UTC", "timestamp", "0000-12-31T23:00:00-02:00", "is not RFC 3339"},
		{"a year too far", "timestamp", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "is not in the years 1 to 9999"},
		{"seconds too far", "timestamp", int64(math.MaxInt64), "is not a time in epoch seconds"},
		{"a fraction of a second", "timestamp", 1.5, "cannot hold a Go float64"},
		{"text as binary", "binary", "AQ==", "cannot hold a Go string; give a []byte"},
		{"no list", "list", 1, "cannot hold a Go int; give a slice"},
		{"an element", "list", []any{1, "2"}, "Kinds.list[1] (integer) cannot hold a Go string"},
		{"a nil element", "list", []any{1, nil}, "Kinds.list[1] (integer) is nil; leave the element out"},
		{"empty set", "strings", []string{}, "is empty, and DynamoDB has no empty sets"},
		{"two forms of time", "times", []any{1, "2026-01-31T12:00:00Z"}, "holds times both as text and in epoch seconds"},
		{"a map's member", "map", map[string]any{"a": "x"}, "Kinds.map.a (integer) cannot hold a Go string"},
		{"a struct as map", "map", address{}, "give a map with strings as keys"},
		{"numbers as keys", "map", map[int]int{1: 1}, "give a map with strings as keys"},
		{"an unknown member", "address", table.Item{"stret": "x"}, "Kinds.address.stret is not in the model; did you mean street?"},
		{"deep inside", "address", table.Item{"geo": table.Item{"lat": "x"}}, "Kinds.address.geo.lat (number) cannot hold a Go string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			err := shop.Put(t.Context(), table.Put{Entity: "Kinds", Fields: table.Item{"id": "k", test.field: test.value}})
			require.ErrorContains(t, err, test.says)
			var fault *table.FieldError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, "Kinds", fault.Entity)
			require.Empty(t, server.calls)
		})
	}
}

func TestAStructWithOneNameTwiceIsRefused(t *testing.T) {
	shop, _ := fakeTable(t, loadModel(t))
	err := shop.Put(t.Context(), table.Put{Entity: "Order", Fields: struct {
		A string `json:"order_id"`
		order
	}{}})
	require.ErrorContains(t, err, "field order_id is in the struct twice")
}

func zeros(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0'
	}
	return string(b)
}
