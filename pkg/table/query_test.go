package table_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/table"
)

func collect(t *testing.T, shop *table.Table, q table.Query) ([]table.Found, error) {
	t.Helper()
	var all []table.Found
	for found, err := range shop.Query(t.Context(), q) {
		if err != nil {
			return all, err
		}
		all = append(all, found)
	}
	return all, nil
}

func TestQueryAsksForTheBeginningOfAKey(t *testing.T) {
	for _, test := range []struct {
		name  string
		query table.Query
		want  string
	}{
		{"literal sort key", table.Query{Entity: "Order", Key: o1}, `PK = {"S":"ORDER#o1"} AND SK = {"S":"METADATA"}`},
		{"beginning", table.Query{Entity: "OrderLine", Key: o1}, `PK = {"S":"ORDER#o1"} AND begins_with(SK, {"S":"ITEM#"})`},
		{"whole", table.Query{Entity: "OrderLine", Key: table.Item{"order_id": "o1", "item_id": "1"}},
			`PK = {"S":"ORDER#o1"} AND SK = {"S":"ITEM#1"}`},
		{"some fields of the sort key", table.Query{Entity: "Reading", Key: table.Item{"sensor": "s", "day": "d"}},
			`PK = {"S":"SENSOR#s"} AND begins_with(SK, {"S":"AT#d#"})`},
		{"index", table.Query{Entity: "Order", Index: "GSI1", Key: table.Item{"status": "PAID"}}, `GSI1PK = {"S":"STATUS#PAID"}`},
		{"index, whole", table.Query{Entity: "Order", Index: "GSI1", Key: table.Item{"status": "PAID", "created_at": "2026-01-31T12:00:00Z"}},
			`GSI1PK = {"S":"STATUS#PAID"} AND GSI1SK = {"S":"2026-01-31T12:00:00Z"}`},
		{"number", table.Query{Entity: "Kinds", Index: "GSI2", Key: table.Item{"rank": 7}}, `GSI2PK = {"N":"7"}`},
		{"the writer's own key", table.Query{Entity: "Raw", Key: table.Item{"PK": "x"}}, `PK = {"S":"x"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			found, err := collect(t, shop, test.query)
			require.NoError(t, err)
			require.Empty(t, found)
			body := server.only("Query")
			require.Equal(t, test.want, worded(t, body, "KeyConditionExpression"))
			require.Equal(t, test.query.Index == "", body["ConsistentRead"] == true, "an index cannot be read so")
		})
	}
}

func TestQueryYieldsPagesOfOneEntity(t *testing.T) {
	first := `{"Items":[{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#1"}},{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"}}],"LastEvaluatedKey":{"PK":{"S":"x"}}}`
	second := `{"Items":[{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#2"}},{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#3"}}]}`
	pages := []answer{{http.StatusOK, first}, {http.StatusOK, second}}

	shop, server := fakeTable(t, loadModel(t), pages...)
	found, err := collect(t, shop, table.Query{Entity: "OrderLine", Key: o1})
	require.NoError(t, err)
	require.Len(t, found, 3)
	require.Equal(t, table.Item{"order_id": "o1", "item_id": "2"}, found[1].Fields)
	require.JSONEq(t, `{"PK":{"S":"x"}}`, asJSON(t, server.calls[1].body["ExclusiveStartKey"]))

	shop, _ = fakeTable(t, loadModel(t), pages...)
	found, err = collect(t, shop, table.Query{Entity: "OrderLine", Key: o1, Limit: 2})
	require.NoError(t, err)
	require.Len(t, found, 2)

	shop, _ = fakeTable(t, loadModel(t), pages[0], answer{http.StatusBadRequest, `{"__type":"ValidationException","message":"bad"}`})
	found, err = collect(t, shop, table.Query{Entity: "OrderLine", Key: o1})
	require.ErrorContains(t, err, "query OrderLine: ")
	require.Len(t, found, 1)
}

func TestQueriesThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		name  string
		query table.Query
		says  string
	}{
		{"entity", table.Query{Entity: "Nothing"}, "the model has no entity"},
		{"index", table.Query{Entity: "Order", Index: "GSI9", Key: o1}, `the model's table has no index "GSI9"`},
		{"not in the index", table.Query{Entity: "OrderLine", Index: "GSI1", Key: o1}, "OrderLine has no key template for GSI1PK"},
		{"never in the index", table.Query{Entity: "Shelf", Index: "GSI1", Key: table.Item{"shelf": "s"}}, "Shelf has no key template for GSI1SK"},
		{"no partition key", table.Query{Entity: "OrderLine", Key: table.Item{"item_id": "1"}}, "OrderLine.order_id is missing"},
		{"a gap", table.Query{Entity: "Reading", Key: table.Item{"sensor": "s", "n": 1}}, "Reading.n stands in SK behind a field that is not given"},
		{"no key field", table.Query{Entity: "Order", Key: table.Item{"order_id": "o1", "total": "1"}}, "Order.total is not part of this key"},
		{"no such value", table.Query{Entity: "Order", Index: "GSI1", Key: table.Item{"status": "GONE"}}, "it is one of NEW"},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			_, err := collect(t, shop, test.query)
			require.ErrorContains(t, err, test.says)
			require.Empty(t, server.calls)
		})
	}
}
