package table_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// order is an Order as an application may have it.
type order struct {
	ID      string        `json:"order_id"`
	User    string        `json:"user_id"`
	Status  string        `json:"status,omitempty"`
	Total   model.Decimal `json:"total,omitempty"`
	Created *time.Time    `json:"created_at"`
	Note    string        `json:"-"`
}

func TestPutWritesKeysAndFields(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("CET", 3600))
	for _, test := range []struct {
		name   string
		entity string
		fields any
		want   string
	}{
		{"a struct, in an index", "Order", order{ID: "o1", User: "u1", Status: "NEW", Total: "12.50", Created: &at, Note: "x"},
			`{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"user_id":{"S":"u1"},"status":{"S":"NEW"},"total":{"N":"12.5"},
			"created_at":{"S":"2026-11-21T11:00:00.000Z"},"GSI1PK":{"S":"STATUS#NEW"},"GSI1SK":{"S":"2026-11-21T11:00:00.000Z"}}`},
		{"absent fields leave index keys out", "Order", &order{ID: "o1", User: "u1", Status: "NEW"},
			`{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"user_id":{"S":"u1"},"status":{"S":"NEW"},"GSI1PK":{"S":"STATUS#NEW"}}`},
		{"padded numbers", "Reading", table.Item{"sensor": "s1", "day": "2026-11-21", "n": 42, "value": 1.5},
			`{"PK":{"S":"SENSOR#s1"},"SK":{"S":"AT#2026-11-21#000042"},"GSI1SK":{"S":"2026-11-21"},"value":{"N":"1.5"}}`},
		{"fields of an index key alone are attributes too", "Reading",
			table.Item{"sensor": "s1", "day": "d", "n": 1234567, "region": "eu", "site": nil},
			`{"PK":{"S":"SENSOR#s1"},"SK":{"S":"AT#d#1234567"},"GSI1SK":{"S":"d"},"region":{"S":"eu"}}`},
		{"told by attribute, stored under another name", "Note", table.Item{"note_id": "n1", "text": "hi"},
			`{"PK":{"S":"NOTE#n1"},"SK":{"S":"META"},"note_id":{"S":"n1"},"t":{"S":"hi"},"_type":{"S":"note"}}`},
		{"keys of the writer's own", "Raw", table.Item{"PK": "any", "SK": "thing", "text": "hi"},
			`{"PK":{"S":"any"},"SK":{"S":"thing"},"text":{"S":"hi"},"_type":{"S":"raw"}}`},
		{"time to live in seconds, though not declared", "OrderLine",
			table.Item{"order_id": "o1", "item_id": "1", "expires_at": at.Add(time.Millisecond)},
			`{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#1"},"expires_at":{"N":"1795258800"}}`},
		{"a number as index key", "Kinds", table.Item{"id": "k", "rank": 7},
			`{"PK":{"S":"KINDS#k"},"SK":{"S":"KINDS"},"rank":{"N":"7"},"GSI2PK":{"N":"7"}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			require.NoError(t, shop.Put(t.Context(), table.Put{Entity: test.entity, Fields: test.fields}))
			body := server.only("PutItem")
			require.JSONEq(t, test.want, asJSON(t, body["Item"]))
			require.Equal(t, "shop", body["TableName"])
			require.NotContains(t, body, "ConditionExpression")
		})
	}
}

func TestPutRefusesBeforeAnyCall(t *testing.T) {
	o := func(name string, value any) table.Item {
		return table.Item{"order_id": "o1", "user_id": "u1", name: value}
	}
	for _, test := range []struct {
		name string
		put  table.Put
		says []string
	}{
		{"unknown entity", table.Put{Entity: "Ordr"}, []string{`put: the model has no entity "Ordr"; did you mean Order?`}},
		{"unknown field", table.Put{Entity: "Order", Fields: o("totl", "1")},
			[]string{"put Order: Order.totl is not in the model; did you mean total?"}},
		{"unknown field far from any", table.Put{Entity: "Order", Fields: o("zzzzzz", "1")}, []string{"Order.zzzzzz is not in the model"}},
		{"several at once", table.Put{Entity: "Order", Fields: table.Item{"status": "GONE", "total": 1.5}},
			[]string{"Order.status (enum) has none of its values: it is one of NEW, PAID, SHIPPED, DONE",
				"Order.total (decimal) cannot hold a Go float64, which loses digits; give a string or model.Decimal"}},
		{"required", table.Put{Entity: "Order", Fields: table.Item{"order_id": "o1"}}, []string{"Order.user_id (string) is required"}},
		{"no key", table.Put{Entity: "Order", Fields: table.Item{"user_id": "u1"}},
			[]string{"Order.order_id is missing or empty, and PK is made of it: ORDER#{order_id}"}},
		{"empty key", table.Put{Entity: "Order", Fields: table.Item{"order_id": "", "user_id": "u1"}}, []string{"Order.order_id is missing or empty"}},
		{"negative padded", table.Put{Entity: "Reading", Fields: table.Item{"sensor": "s", "day": "d", "n": -1}},
			[]string{"Reading.n is negative, but SK is made of it with zeros in front"}},
		{"the entity attribute", table.Put{Entity: "Note", Fields: table.Item{"note_id": "n", "_type": "x"}}, []string{"Note._type is not in the model"}},
		{"no stamp for it", table.Put{Entity: "Order", Fields: o("total", "1"), By: table.Stamp{Revision: 3}},
			[]string{"the model has no attribute for the revision"}},
		{"a stamp that is a field too", table.Put{Entity: "Order", Fields: o("updated_by", "ann")}, []string{"Order.updated_by is a stamp of the table; give it in By"}},
		{"negative revision", table.Put{Entity: "Order", Fields: o("total", "1"), By: table.Stamp{Revision: -1}}, []string{"revision -1 is negative"}},
		{"an actor who proves nothing", table.Put{Entity: "Order", Fields: o("total", "1"), By: table.Stamp{Actor: "ann"}},
			[]string{"an actor without a request"}},
		{"contradiction", table.Put{Entity: "Order", Fields: o("total", "1"), If: table.Condition{Absent: true, Exists: true}},
			[]string{"asks for an absent item and for one that exists"}},
		{"condition on nothing known", table.Put{Entity: "Order", Fields: o("total", "1"), If: table.Condition{Equal: table.Item{"stats": "NEW"}}},
			[]string{"Order.stats is not in the model; did you mean status?"}},
		{"no fields at all", table.Put{Entity: "Order", Fields: 7}, []string{"a Go int holds no fields; give a table.Item or a struct"}},
		{"milliseconds to live", table.Put{Entity: "Order", Fields: o("expires_at", 1795258800000)}, []string{"divide by 1,000"}},
		{"raw key left out", table.Put{Entity: "Raw", Fields: table.Item{"PK": "x"}}, []string{"Raw.SK is missing, and the model has no template for it"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			err := shop.Put(t.Context(), test.put)
			for _, says := range test.says {
				require.ErrorContains(t, err, says)
			}
			require.Empty(t, server.calls)
		})
	}
}

func TestPutRefusesAKeyThatReadsBackAsAnother(t *testing.T) {
	m := parse(t, `
outflow: 1
name: pairs
table: {key: [PK]}
entities:
  Pair: {key: {PK: "{a}#{b}"}}
`)
	shop, server := fakeTable(t, m)
	err := shop.Put(t.Context(), table.Put{Entity: "Pair", Fields: table.Item{"a": "x#y", "b": "z"}})
	require.ErrorContains(t, err, "the values of a and b make a key that is read back as another item's")
	require.NotContains(t, err.Error(), "x#y", "errors hold no values")
	require.Empty(t, server.calls)
}

func TestPutConditionsAndStamps(t *testing.T) {
	revisions := `
outflow: 1
name: docs
table: {key: [PK], stamps: {actor: by, revision: rev}}
entities:
  Doc: {key: {PK: "DOC#{id}"}, attributes: {body: string}}
`
	doc := table.Item{"id": "1", "body": "hi"}
	for _, test := range []struct {
		name      string
		put       table.Put
		item      string
		condition string
	}{
		{"first revision creates", table.Put{Fields: doc, By: table.Stamp{Actor: "ann"}},
			`{"PK":{"S":"DOC#1"},"body":{"S":"hi"},"by":{"S":"ann"},"rev":{"N":"1"}}`, `attribute_not_exists(PK)`},
		{"next revision", table.Put{Fields: doc, By: table.Stamp{Revision: 4}},
			`{"PK":{"S":"DOC#1"},"body":{"S":"hi"},"rev":{"N":"5"}}`, `rev = {"N":"4"}`},
		{"and a condition", table.Put{Fields: doc, By: table.Stamp{Revision: 4}, If: table.Condition{Equal: table.Item{"body": "ho"}}},
			`{"PK":{"S":"DOC#1"},"body":{"S":"hi"},"rev":{"N":"5"}}`, `attribute_exists(PK) AND rev = {"N":"4"} AND body = {"S":"ho"}`},
		{"an absent field", table.Put{Fields: doc, By: table.Stamp{Revision: 4}, If: table.Condition{Equal: table.Item{"body": nil}}},
			`{"PK":{"S":"DOC#1"},"body":{"S":"hi"},"rev":{"N":"5"}}`, `rev = {"N":"4"} AND attribute_not_exists(body)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			docs, server := fakeTable(t, parse(t, revisions))
			test.put.Entity = "Doc"
			require.NoError(t, docs.Put(t.Context(), test.put))
			body := server.only("PutItem")
			require.JSONEq(t, test.item, asJSON(t, body["Item"]))
			require.Equal(t, test.condition, worded(t, body, "ConditionExpression"))
		})
	}
	docs, _ := fakeTable(t, parse(t, revisions))
	err := docs.Put(t.Context(), table.Put{Entity: "Doc", Fields: doc, If: table.Condition{Exists: true}})
	require.ErrorContains(t, err, "to replace an item give the one that was read in By.Revision")
}

func TestRefusedPutSaysWhichConditionFailed(t *testing.T) {
	failed := func(item string) answer {
		return answer{http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",` +
			`"message":"The conditional request failed"` + item + `}`}
	}
	for _, test := range []struct {
		name   string
		answer answer
		put    table.Put
		want   error
	}{
		{"is there", failed(`,"Item":{"PK":{"S":"x"}}`), table.Put{If: table.Condition{Absent: true}}, table.ErrExists},
		{"is not there", failed(``), table.Put{If: table.Condition{Exists: true}}, table.ErrNotFound},
		{"is otherwise", failed(`,"Item":{"PK":{"S":"x"},"total":{"N":"1"}}`),
			table.Put{If: table.Condition{Equal: table.Item{"total": "2"}}}, table.ErrCondition},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, _ := fakeTable(t, loadModel(t), test.answer)
			test.put.Entity, test.put.Fields = "Order", table.Item{"order_id": "o1", "user_id": "u1"}
			err := shop.Put(t.Context(), test.put)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, "put Order: ")
		})
	}
}

func TestElectroDBTablesAreLeftToIt(t *testing.T) {
	m := parse(t, `
outflow: 1
name: electro
table: {key: [pk, sk], format: electrodb}
entities:
  order: {attributes: {total: decimal}}
`)
	shop, server := fakeTable(t, m)
	err := shop.Put(t.Context(), table.Put{Entity: "order", Fields: table.Item{"pk": "x", "sk": "y"}})
	require.ErrorContains(t, err, "the format of electrodb; write them with it")
	require.Empty(t, server.calls)
}
