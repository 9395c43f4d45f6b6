package table_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/table"
)

func line(n int) table.Put {
	return table.Put{Entity: "OrderLine", Fields: table.Item{"order_id": "o1", "item_id": strconv.Itoa(n), "qty": n}}
}

func lines(n int) []table.Write {
	var all []table.Write
	for i := range n {
		all = append(all, line(i))
	}
	return all
}

func TestTransactSendsEveryKindOfWrite(t *testing.T) {
	shop, server := fakeTable(t, loadModel(t))
	require.NoError(t, shop.Transact(t.Context(),
		line(1),
		table.Update{Entity: "Order", Key: o1, Set: table.Item{"total": "1"}, By: ann},
		table.Delete{Entity: "Note", Key: table.Item{"note_id": "n"}, If: table.Condition{Equal: table.Item{"text": "hi"}}},
		table.Check{Entity: "Order", Key: table.Item{"order_id": "o2"}, If: table.Condition{Absent: true}},
	))
	items := server.only("TransactWriteItems")["TransactItems"].([]any)
	require.Len(t, items, 4)
	require.JSONEq(t, `{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#1"},"qty":{"N":"1"}}`, asJSON(t, asMap(asMap(items[0])["Put"])["Item"]))
	require.Equal(t, `SET request_id = {"S":"r1"}, total = {"N":"1"}, updated_by = {"S":"ann"}`,
		worded(t, asMap(asMap(items[1])["Update"]), "UpdateExpression"))
	require.Equal(t, `attribute_exists(PK) AND _type = {"S":"note"} AND t = {"S":"hi"}`,
		worded(t, asMap(asMap(items[2])["Delete"]), "ConditionExpression"))
	require.Equal(t, `attribute_not_exists(PK)`, worded(t, asMap(asMap(items[3])["ConditionCheck"]), "ConditionExpression"))
}

func TestTransactRefusesBeforeAnyCall(t *testing.T) {
	for _, test := range []struct {
		name   string
		writes []table.Write
		says   []string
	}{
		{"none", nil, []string{"0 writes; a transaction takes 1 to 100"}},
		{"too many", lines(101), []string{"101 writes; a transaction takes 1 to 100, so split it"}},
		{"one item twice", []table.Write{line(1), line(2), table.Check{Entity: "OrderLine",
			Key: table.Item{"order_id": "o1", "item_id": "1"}, If: table.Condition{Exists: true}}},
			[]string{"write 3: check OrderLine is of the same item as write 1"}},
		{"all faults", []table.Write{table.Put{Entity: "Oder"}, line(1), table.Delete{Entity: "Order"}, table.Check{Entity: "Order", Key: o1}},
			[]string{"write 1: put: the model has no entity", "write 3: delete Order: Order.order_id is missing",
				"write 4: check Order: there is no condition to check"}},
		{"delete what is absent", []table.Write{table.Delete{Entity: "Order", Key: o1, If: table.Condition{Absent: true}}},
			[]string{"there would be nothing to delete"}},
		{"revision without stamp", []table.Write{table.Delete{Entity: "Order", Key: o1, Revision: 1}},
			[]string{"the model has no attribute for the revision"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			err := shop.Transact(t.Context(), test.writes...)
			for _, says := range test.says {
				require.ErrorContains(t, err, says)
			}
			require.Empty(t, server.calls)
		})
	}
	shop, server := fakeTable(t, loadModel(t))
	require.NoError(t, shop.Transact(t.Context(), lines(100)...))
	require.Len(t, server.calls, 1)
}

func TestCanceledTransactionSaysWhichWriteAndWhy(t *testing.T) {
	shop, _ := fakeTable(t, loadModel(t), answer{http.StatusBadRequest, `{"__type":"TransactionCanceledException",
		"Message":"Transaction cancelled","CancellationReasons":[
		{"Code":"None"},
		{"Code":"ConditionalCheckFailed","Message":"no","Item":{"PK":{"S":"x"}}},
		{"Code":"TransactionConflict","Message":"busy"},
		{"Code":"ItemCollectionSizeLimitExceeded","Message":"too large"}]}`})
	absent := table.Condition{Absent: true}
	err := shop.Transact(t.Context(), line(1),
		table.Put{Entity: "Order", Fields: table.Item{"order_id": "o1", "user_id": "u"}, If: absent}, line(2), line(3))

	var canceled *table.CanceledError
	require.ErrorAs(t, err, &canceled)
	require.Equal(t, "transact: nothing was written: write 2 (put Order): there is such an item already; "+
		"write 3 (put OrderLine): somebody else wrote the item at the same time; do it again; "+
		"write 4 (put OrderLine): ItemCollectionSizeLimitExceeded: too large", err.Error())
	require.ErrorIs(t, err, table.ErrExists)
	require.ErrorIs(t, err, table.ErrConflict)
	require.Equal(t, []bool{false, true, false}, []bool{canceled.Reasons[0].Others, canceled.Reasons[1].Others, canceled.Reasons[2].Others})
}

func TestErrorsOfTheServiceAreKept(t *testing.T) {
	busy := answer{http.StatusBadRequest, `{"__type":"TransactionConflictException","message":"busy"}`}
	broken := answer{http.StatusBadRequest, `{"__type":"ValidationException","message":"item too large"}`}

	shop, _ := fakeTable(t, loadModel(t), busy, broken, broken, broken)
	require.ErrorIs(t, shop.Put(t.Context(), line(1)), table.ErrConflict)
	require.ErrorContains(t, shop.Put(t.Context(), line(1)), "item too large")
	require.ErrorContains(t, shop.Transact(t.Context(), line(1)), "transact 1 writes: ")
	_, err := shop.Get(t.Context(), "Order", o1)
	require.ErrorContains(t, err, "get Order: ")
}
