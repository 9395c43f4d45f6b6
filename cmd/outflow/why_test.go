package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhy(t *testing.T) {
	for _, row := range []struct {
		name   string
		key    string
		spoil  func(*shopFloor)
		status int
		says   []string
	}{
		{"all agree", "PRODUCT#p1 METADATA", func(*shopFloor) {}, exitFine,
			[]string{`Product {"product_id":"p1"}`, `"price":{"N":"42"}`, "products Product/p1", "insert  Product", "agree"}},
		{"an item of no entity", "odd thing", func(f *shopFloor) {
			f.items[`{"PK":{"S":"odd"},"SK":{"S":"thing"}}`] = `{"PK":{"S":"odd"},"SK":{"S":"thing"}}`
			f.write(record(5, `{"PK":{"S":"odd"},"SK":{"S":"thing"}}`, "", `{"PK":{"S":"odd"},"SK":{"S":"thing"}}`))
		}, exitFine, []string{"no entity", "such an item is audited"}},
		{"a key that nothing knows", "PRODUCT#p2 METADATA", func(*shopFloor) {}, exitUnproven, []string{"No place knows this key"}},
		{"a document that is behind", "PRODUCT#p1 METADATA", func(f *shopFloor) {
			f.items[lampKey] = cheapLamp
			f.write(record(3, lampKey, lamp, cheapLamp))
		}, exitWrong, []string{"price differs", "ask again"}},
		{"no document", "PRODUCT#p1 METADATA", func(f *shopFloor) { delete(f.documents, "Product/p1") }, exitWrong,
			[]string{"readers do not find it"}},
		{"a document of an item that is gone", "PRODUCT#p1 METADATA", func(f *shopFloor) {
			delete(f.items, lampKey)
			f.write(record(3, lampKey, lamp, ""))
		}, exitWrong, []string{"readers still find it", "not in the table"}},
		{"a log that is behind", "PRODUCT#p1 METADATA", func(f *shopFloor) {
			f.items[lampKey] = cheapLamp
			f.documents["Product/p1"] = json.RawMessage(strings.Replace(lampShown, "42", "7", 1))
		}, exitWrong, []string{"last line is not of the item"}},
		{"a gap in the log", "PRODUCT#p1 METADATA", func(f *shopFloor) {
			f.write(record(4, lampKey, cheapLamp, lamp))
		}, exitWrong, []string{"between sequence numbers 1 and 4 a change is missing"}},
		{"no line", "USER#u1 PROFILE", func(f *shopFloor) {
			f.items[userKey], f.documents["User/u1"] = user, json.RawMessage(userShown)
		}, exitUnproven, []string{"no line of this item"}},
		{"something parked", "PRODUCT#p1 METADATA", func(f *shopFloor) {
			f.park("search", record(1, lampKey, "", lamp))
			f.park("search", record(2, userKey, "", user))
		}, exitWrong, []string{"refused by search", "open", "outflow parked retry"}},
		{"something parked that may be of it", "PRODUCT#p1 METADATA", func(f *shopFloor) {
			f.failures.Set("parked/search/label/2-e.json", []byte("nothing"))
		}, exitUnproven, []string{"so it may be of this item"}},
		{"a place that does not answer", "PRODUCT#p1 METADATA", func(f *shopFloor) {
			f.target.OpenSearch = "http://127.0.0.1:1"
			f.save()
		}, exitBlind, []string{"NOT LOOKED AT", "documents: ", "insert  Product"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newShopFloor(t)
			f.items[lampKey] = lamp
			f.documents["Product/p1"] = json.RawMessage(lampShown)
			f.write(record(1, lampKey, "", lamp))
			row.spoil(f)
			status, stdout, stderr := f.run("why", row.key)
			require.Equal(t, row.status, status, "%s%s", stdout, stderr)
			for _, said := range row.says {
				require.Contains(t, stdout, said)
			}
		})
	}
}

const (
	orderKey = `{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"}}`
	order    = `{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"status":{"S":"NEW"}}`
	partKey  = `{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#i1"}}`
	part     = `{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#i1"},"qty":{"N":"2"}}`
)

func TestWhyOfAPartOfADocument(t *testing.T) {
	f := newShopFloor(t)
	f.items[orderKey], f.items[partKey] = order, part
	f.write(record(1, partKey, "", part), record(2, orderKey, "", order))
	status, stdout, _ := f.run("why", "ORDER#o1", "ITEM#i1")
	require.Equal(t, exitFine, status, stdout)
	require.Contains(t, stdout, "as long as its root item is not there")

	f.documents["Order/o1"] = json.RawMessage(`{"order_id":"o1","status":"NEW","outflow":{},"lines":[{"order_id":"o1","item_id":"i1","qty":2.0}]}`)
	for _, key := range []string{"ITEM#i1", "METADATA"} {
		status, stdout, _ = f.run("why", "ORDER#o1", key)
		require.Equal(t, exitFine, status, stdout)
	}
	f.documents["Order/o1"] = json.RawMessage(`{"order_id":"o1","status":"NEW","outflow":{},"lines":[{"order_id":"o1","item_id":"i1","qty":3}]}`)
	status, stdout, _ = f.run("why", "ORDER#o1", "ITEM#i1")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "none of its lines")
}

func TestWhyShowsTheItemsEventsWithItsJSON(t *testing.T) {
	f := newShopFloor(t)
	f.items[userKey], f.documents["User/u1"] = user, json.RawMessage(userShown)
	f.write(record(1, userKey, "", user))
	events := `{"detail-type":"UserRegistered","detail":{"metadata":{"id":"1","entity":"User","key":{"user_id":"u1"}}}}
{"detail-type":"UserRegistered","detail":{"metadata":{"id":"2","entity":"User","key":{"user_id":"u2"}}}}
{"detail-type":"Other","detail":{"metadata":{"id":"3","entity":"Order","key":{"user_id":"u1"}}}}
{"detail-type":"UserRegi`
	path := filepath.Join(filepath.Dir(f.path), "events.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(events), 0o644))
	status, stdout, _ := f.run("why", "USER#u1", "PROFILE", "--json")
	require.Equal(t, exitFine, status)
	var printed report
	require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
	require.Len(t, printed.Events, 1)
	require.Contains(t, string(printed.Events[0]), `"1"`)
	require.JSONEq(t, user, string(printed.Item))
	require.JSONEq(t, `{"user_id":"u1"}`, string(printed.EntityKey))
	require.Len(t, printed.Audit, 1)
	require.Empty(t, append(append(printed.Wrong, printed.Unproven...), printed.Failed...))

	require.NoError(t, os.WriteFile(path, []byte("no JSON\n"), 0o644))
	status, stdout, _ = f.run("why", "USER#u1", "PROFILE")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stdout, "line 1")
}

func TestWhyOfAnExpiredItem(t *testing.T) {
	f := newShopFloor(t)
	source, err := os.ReadFile(shop)
	require.NoError(t, err)
	model := strings.Replace(string(source), "attributes: {name: string,", "attributes: {expires_at: timestamp, name: string,", 1)
	expired := strings.Replace(user, `"name"`, `"expires_at":{"N":"1000"},"name"`, 1)
	f.items[userKey] = expired
	f.write(record(1, userKey, "", expired))
	status, stdout, _ := f.run("why", "USER#u1", "PROFILE", "--model", write(t, "model.yaml", model))
	require.Equal(t, exitFine, status, stdout)
	require.Contains(t, stdout, "time to live is over")
}
