package table_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/table"
)

var (
	o1  = table.Item{"order_id": "o1"}
	ann = table.Stamp{Actor: "ann", Request: "r1"}
)

func TestUpdateWordsSetsAndRemovals(t *testing.T) {
	for _, test := range []struct {
		name      string
		update    table.Update
		want      string
		condition string
	}{
		{"a field; who does not say who takes the stamps out", table.Update{Entity: "Order", Key: o1, Set: table.Item{"total": "9"}},
			`SET total = {"N":"9"} REMOVE request_id, updated_by`, `attribute_exists(PK)`},
		{"stamped", table.Update{Entity: "Order", Key: o1, Set: table.Item{"total": "9"}, By: table.Stamp{Actor: "ann", Request: "r1", Tenant: "t"}},
			`SET request_id = {"S":"r1"}, tenant = {"S":"t"}, total = {"N":"9"}, updated_by = {"S":"ann"}`, `attribute_exists(PK)`},
		{"an index key follows its field", table.Update{Entity: "Order", Key: o1, Set: table.Item{"status": "PAID"}, By: ann},
			`SET GSI1PK = {"S":"STATUS#PAID"}, request_id = {"S":"r1"}, status = {"S":"PAID"}, updated_by = {"S":"ann"}`, `attribute_exists(PK)`},
		{"and goes with it", table.Update{Entity: "Order", Key: o1, Remove: []string{"status", "created_at"}, By: ann},
			`SET request_id = {"S":"r1"}, updated_by = {"S":"ann"} REMOVE GSI1PK, GSI1SK, created_at, status`, `attribute_exists(PK)`},
		{"a condition", table.Update{Entity: "Order", Key: o1, Set: table.Item{"status": "PAID"}, By: ann,
			If: table.Condition{Equal: table.Item{"status": "NEW", "total": nil}}},
			`SET GSI1PK = {"S":"STATUS#PAID"}, request_id = {"S":"r1"}, status = {"S":"PAID"}, updated_by = {"S":"ann"}`,
			`attribute_exists(PK) AND status = {"S":"NEW"} AND attribute_not_exists(total)`},
		{"told by attribute", table.Update{Entity: "Note", Key: table.Item{"note_id": "n"}, Set: table.Item{"text": "hi"}, By: ann},
			`SET request_id = {"S":"r1"}, t = {"S":"hi"}, updated_by = {"S":"ann"}`, `attribute_exists(PK) AND _type = {"S":"note"}`},
		{"all fields of an index key given", table.Update{Entity: "Reading", Key: table.Item{"sensor": "s", "day": "d", "n": 1},
			Set: table.Item{"region": "eu", "site": "ber"}, By: ann},
			`SET GSI1PK = {"S":"eu#ber"}, region = {"S":"eu"}, request_id = {"S":"r1"}, site = {"S":"ber"}, updated_by = {"S":"ann"}`,
			`attribute_exists(PK)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			require.NoError(t, shop.Update(t.Context(), test.update))
			body := server.only("UpdateItem")
			require.Equal(t, test.want, worded(t, body, "UpdateExpression"))
			require.Equal(t, test.condition, worded(t, body, "ConditionExpression"))
		})
	}
}

func TestUpdateReadsWhatAnIndexKeyNeeds(t *testing.T) {
	key := table.Item{"sensor": "s", "day": "d", "n": 1}
	for _, test := range []struct {
		name      string
		item      string
		set       string
		condition string
	}{
		{"from its attribute", `{"PK":{"S":"x"},"site":{"S":"ber"},"GSI1PK":{"S":"us#ber"}}`,
			`SET GSI1PK = {"S":"eu#ber"}, region = {"S":"eu"} REMOVE request_id, updated_by`,
			`attribute_exists(PK) AND site = {"S":"ber"}`},
		{"from the index key itself", `{"PK":{"S":"x"},"GSI1PK":{"S":"us#ber"}}`,
			`SET GSI1PK = {"S":"eu#ber"}, region = {"S":"eu"} REMOVE request_id, updated_by`,
			`attribute_exists(PK) AND GSI1PK = {"S":"us#ber"}`},
		{"absent: the item leaves the index", `{"PK":{"S":"x"}}`,
			`SET region = {"S":"eu"} REMOVE GSI1PK, request_id, updated_by`,
			`attribute_exists(PK) AND attribute_not_exists(site)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t), answer{http.StatusOK, `{"Item":` + test.item + `}`})
			require.NoError(t, shop.Update(t.Context(), table.Update{Entity: "Reading", Key: key, Set: table.Item{"region": "eu"}}))
			require.Len(t, server.calls, 2)
			require.Equal(t, "GetItem", server.calls[0].op)
			require.Equal(t, true, server.calls[0].body["ConsistentRead"])
			require.Equal(t, test.set, worded(t, server.calls[1].body, "UpdateExpression"))
			require.Equal(t, test.condition, worded(t, server.calls[1].body, "ConditionExpression"))
		})
	}
}

func TestUpdateReadsAnewWhatOthersChangedMeanwhile(t *testing.T) {
	site := func(name string) answer {
		return answer{http.StatusOK, `{"Item":{"PK":{"S":"x"},"site":{"S":"` + name + `"}}}`}
	}
	changed := answer{http.StatusBadRequest, `{"__type":"ConditionalCheckFailedException","Item":{"PK":{"S":"x"},"site":{"S":"other"}}}`}
	reading := table.Update{Entity: "Reading", Key: table.Item{"sensor": "s", "day": "d", "n": 1}, Set: table.Item{"region": "eu"}}

	shop, server := fakeTable(t, loadModel(t), site("ber"), changed, site("muc"))
	require.NoError(t, shop.Update(t.Context(), reading))
	require.Len(t, server.calls, 4)
	require.Contains(t, worded(t, server.calls[3].body, "UpdateExpression"), `GSI1PK = {"S":"eu#muc"}`)

	shop, server = fakeTable(t, loadModel(t), site("1"), changed, site("2"), changed, site("3"), changed, site("4"), changed, site("5"), changed)
	require.ErrorIs(t, shop.Update(t.Context(), reading), table.ErrConflict)
	require.Len(t, server.calls, 10)

	shop, server = fakeTable(t, loadModel(t))
	require.ErrorIs(t, shop.Update(t.Context(), reading), table.ErrNotFound)
	require.Len(t, server.calls, 1)
}

func TestRevisionsCountOn(t *testing.T) {
	m := parse(t, "outflow: 1\nname: docs\ntable: {key: [PK], stamps: {revision: rev}}\nentities:\n"+
		"  Doc: {key: {PK: \"DOC#{id}\"}, attributes: {body: string}}\n")
	for _, test := range []struct {
		name      string
		revision  int64
		condition string
	}{
		{"from whatever there is", 0, `attribute_exists(PK)`},
		{"from the one that was read", 4, `attribute_exists(PK) AND rev = {"N":"4"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			docs, server := fakeTable(t, m)
			require.NoError(t, docs.Update(t.Context(), table.Update{Entity: "Doc", Key: table.Item{"id": "1"},
				Set: table.Item{"body": "hi"}, By: table.Stamp{Revision: test.revision}}))
			body := server.only("UpdateItem")
			require.Equal(t, `SET body = {"S":"hi"}, rev = if_not_exists(rev, {"N":"0"}) + {"N":"1"}`, worded(t, body, "UpdateExpression"))
			require.Equal(t, test.condition, worded(t, body, "ConditionExpression"))
		})
	}
	docs, _ := fakeTable(t, m, answer{http.StatusBadRequest,
		`{"__type":"ConditionalCheckFailedException","Item":{"PK":{"S":"DOC#1"},"rev":{"N":"5"}}}`})
	err := docs.Delete(t.Context(), table.Delete{Entity: "Doc", Key: table.Item{"id": "1"}, Revision: 4})
	require.ErrorIs(t, err, table.ErrStale)
}

func TestUpdateRefusesBeforeAnyCall(t *testing.T) {
	for _, test := range []struct {
		name   string
		update table.Update
		says   string
	}{
		{"a key field set", table.Update{Key: o1, Set: table.Item{"order_id": "o2"}}, "an item's key does not change"},
		{"another field as key", table.Update{Key: table.Item{"order_id": "o1", "total": "1"}}, "Order.total is no key field"},
		{"nothing", table.Update{Key: o1, By: ann}, "there is nothing to set or remove"},
		{"nil", table.Update{Key: o1, Set: table.Item{"total": nil}}, "Order.total is nil; name it in Remove"},
		{"required removed", table.Update{Key: o1, Remove: []string{"user_id"}}, "Order.user_id is required, and cannot be removed"},
		{"set and removed", table.Update{Key: o1, Set: table.Item{"total": "1"}, Remove: []string{"total"}}, "named twice"},
		{"removed twice", table.Update{Key: o1, Remove: []string{"total", "total"}}, "named twice"},
		{"unknown removed", table.Update{Key: o1, Remove: []string{"totall"}}, "did you mean total?"},
		{"absent", table.Update{Key: o1, Set: table.Item{"total": "1"}, If: table.Condition{Absent: true}}, "use Put to create one"},
		{"condition on a key field", table.Update{Key: o1, Set: table.Item{"total": "1"}, If: table.Condition{Equal: o1}}, "which no condition needs"},
		{"no key", table.Update{Set: table.Item{"total": "1"}}, "Order.order_id is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			shop, server := fakeTable(t, loadModel(t))
			test.update.Entity = "Order"
			err := shop.Update(t.Context(), test.update)
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, "update Order: ")
			require.Empty(t, server.calls)
		})
	}
}
