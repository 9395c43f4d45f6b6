package search_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// put adds a record's item as the table has it.
func (items itemsOf) put(r record) itemsOf {
	key, err := json.Marshal(map[string]any{"PK": text(r.pk), "SK": text(r.sk)})
	if err != nil {
		panic(err)
	}
	item, err := json.Marshal(r.full(time.Now())["dynamodb"].(map[string]any)["NewImage"])
	if err != nil {
		panic(err)
	}
	items[string(key)] = string(item)
	return items
}

// root is what the index has of a document's root.
func (d *domain) root(index, id string) (string, search.Part) {
	d.t.Helper()
	source := d.source(index, id)
	if source == "" {
		return "", search.Part{}
	}
	document, err := search.ParseDocument([]byte(source), nil)
	require.NoError(d.t, err)
	return source, document.Parts[search.Root]
}

// What is older than the index, or than its tombstones, proves nothing: the item says what is shown.
func TestChangesOlderThanTheIndex(t *testing.T) {
	lamp := product(2, "p1", "Lamp")
	for _, c := range []struct {
		name    string
		made    time.Duration // of the index, ago
		age     time.Duration // of the change
		table   itemsOf
		want    string // what is shown of the title, "" for nothing
		version string
		read    bool
	}{
		{"the item as the change left it", 0, time.Hour, itemsOf{}.put(lamp), "Lamp", "2", true},
		{"the item has changed since", 0, time.Hour, itemsOf{}.put(product(3, "p1", "Chair")), "Chair", "2", true},
		{"the item is gone", 0, time.Hour, itemsOf{}, "", "2", true},
		{"in the minute of the index's making", 0, -30 * time.Second, itemsOf{}.put(product(3, "p1", "Chair")), "Chair", "2", true},
		{"after it", 0, -2 * time.Minute, itemsOf{}, "Lamp", "2", false},
		{"an old index", 2 * time.Hour, time.Hour, itemsOf{}, "Lamp", "2", false},
		{"as old as tombstones may be", 1000 * time.Hour, search.Horizon - time.Hour, itemsOf{}.put(product(3, "p1", "Chair")), "Chair", "2", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, m := realDomain(t), parseModel(t, shop)
			config := d.config(m)
			config.Items, config.Now = c.table, time.Now
			indexes := d.live(m.Version())
			indexes.Now = func() time.Time { return time.Now().Add(-c.made) }
			_, _, err := indexes.Live(t.Context(), m.Indexes["products"])
			require.NoError(t, err)
			lamp.age = c.age
			o := search.NewOutlet(config)
			deliver(t, o, decode(t, m, lamp))
			source, root := d.root(d.prefix+"products-000001", "Product/p1")
			require.Equal(t, c.want == "", root.Deleted, source)
			require.Contains(t, source, c.want)
			require.True(t, strings.HasSuffix(root.Version, "0"+c.version), root.Version)
			require.Equal(t, c.read, root.Read)
			deliver(t, o, decode(t, m, lamp))
			again, _ := d.root(d.prefix+"products-000001", "Product/p1")
			require.Equal(t, source, again, "again is the same")
		})
	}
}

// A delete of what is not known needs no table, however old.
func TestOldDeleteOfWhatIsUnknown(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	config := d.config(m)
	config.Items = nil
	gone := removed(2, "p2")
	gone.age = 100 * time.Hour
	deliver(t, search.NewOutlet(config), decode(t, m, gone))
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p2"), `"deleted":true`)
}

// Without a table to read, what is open stays pending, and says so.
func TestWithoutATableOpenChangesStayPending(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	config := d.config(m)
	config.Items, config.Now = nil, time.Now
	outcome := search.NewOutlet(config).Deliver(t.Context(), decode(t, m, product(1, "p1", "Lamp"), removed(2, "p2")))
	require.Equal(t, []int{0}, outcome.Pending)
	require.ErrorContains(t, outcome.Err, "the table cannot be read here")
}

// A page makes documents that are not there, leaves alone those that show the same, and has the others read.
func TestFill(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	table := itemsOf{}
	table.put(product(0, "p1", "Lamp")).put(product(0, "p2", "Chair")).put(product(0, "p3", "Desk"))
	table.put(line(0, "i1", "1")).put(line(0, "i2", "2"))
	config := d.config(m)
	config.Items = table
	o := search.NewOutlet(config)
	deliver(t, o, decode(t, m, product(1, "p2", "Chair"), product(2, "p3", "Table")))
	page := search.Page{ReadAt: longAgo().Add(time.Hour), Items: table.all()}
	page.Items = append(page.Items, []byte(`{"PK":{"S":"NOTE#1"},"SK":{"S":"X"}}`), []byte(`{"PK":{"S":"NOTE#1"}}`))
	config.Now = func() time.Time { return longAgo().Add(time.Hour) }
	o = search.NewOutlet(config)
	filled, err := o.Fill(t.Context(), page)
	require.NoError(t, err)
	require.Len(t, filled.Poison, 1)
	require.ErrorContains(t, filled.Poison[0].Reason, "Item.SK: is missing")
	filled.Poison = nil
	require.Equal(t, search.Filled{Created: 3, Equal: 1, Read: 1, Unmatched: 1}, filled)
	for id, want := range map[string]string{"p1": "Lamp", "p2": "Chair", "p3": "Desk"} {
		require.Contains(t, d.source(d.prefix+"products-000001", "Product/"+id), want)
	}
	require.Contains(t, d.source(d.prefix+"orders-000001", "Order/o1"), `"lines":[{"item_id":"i1","order_id":"o1","qty":1},`)

	filled, err = o.Fill(t.Context(), search.Page{ReadAt: page.ReadAt, Items: table.all()})
	require.NoError(t, err)
	require.Equal(t, search.Filled{Equal: 5}, filled, "again is the same")

	old := search.Page{ReadAt: page.ReadAt.Add(-time.Hour), Items: [][]byte{[]byte(`{"PK":{"S":"PRODUCT#p1"},"SK":{"S":"METADATA"},"title":{"S":"Old"}}`)}}
	filled, err = o.Fill(t.Context(), old)
	require.NoError(t, err)
	require.Equal(t, search.Filled{Read: 1}, filled)
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p1"), "Lamp")
}

// all are the items, in any order.
func (items itemsOf) all() [][]byte {
	var all [][]byte
	for _, item := range items {
		all = append(all, []byte(item))
	}
	return all
}

func line(seq int, id, qty string) record {
	return record{seq: seq, pk: "ORDER#o1", sk: "ITEM#" + id, new: map[string]any{"qty": number(qty)}}
}

// Keys bring in what is there, and take out what is not.
func TestFillKeys(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	table := itemsOf{}
	table.put(product(0, "p1", "Lamp"))
	config := d.config(m)
	config.Items = table
	o := search.NewOutlet(config)
	deliver(t, o, decode(t, m, product(1, "p2", "Chair"), line(2, "i1", "1"), line(3, "i2", "2")))
	config.Now = func() time.Time { return longAgo().Add(time.Hour) }
	filled, err := search.NewOutlet(config).FillKeys(t.Context(), [][]byte{
		key("PRODUCT#p1", "METADATA"), key("PRODUCT#p2", "METADATA"), key("PRODUCT#p3", "METADATA"), key("ORDER#o1", "ITEM#i1"), key("X", "Y"), []byte(`{}`),
	})
	require.NoError(t, err)
	require.Len(t, filled.Poison, 1)
	filled.Poison = nil
	require.Equal(t, search.Filled{Created: 1, Read: 3, Unmatched: 1}, filled)
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p1"), "Lamp")
	require.Contains(t, d.source(d.prefix+"products-000001", "Product/p2"), `"deleted":true`)
	require.Empty(t, d.source(d.prefix+"products-000001", "Product/p3"), "nothing showed it")
	require.Contains(t, d.source(d.prefix+"orders-000001", "Order/o1"), `"lines":[{"item_id":"i2",`)
}

func key(pk, sk string) []byte { return fmt.Appendf(nil, `{"PK":{"S":%q},"SK":{"S":%q}}`, pk, sk) }

// An index that was just made is not filled: some consumer may not know of it.
func TestFillOfANewIndexWaits(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	config := d.config(m)
	filled, err := search.NewOutlet(config).Fill(t.Context(), search.Page{ReadAt: config.Now(), Items: itemsOf{}.put(product(0, "p1", "Lamp")).all()})
	var early *search.TooEarlyError
	require.ErrorAs(t, err, &early)
	require.WithinDuration(t, longAgo().Add(time.Minute), early.Until, time.Minute)
	require.ErrorContains(t, err, "it can be filled from ")
	require.Zero(t, filled)
}

// An item that the mapping refuses is reported alone, and the others of its document are in.
func TestFillReportsPoisonAlone(t *testing.T) {
	d := realDomain(t)
	m := with(t, "filter: [qty]", "filter: [qty], mapping: {note: {type: long}}")
	config := d.config(m)
	bad, good := line(0, "i1", "1"), line(0, "i2", "2")
	bad.new["note"] = text("secret")
	table := itemsOf{}.put(bad).put(good)
	config.Items = table
	deliver(t, search.NewOutlet(config), decode(t, m, record{seq: 1, pk: "ORDER#o2", sk: "METADATA", new: map[string]any{}}))
	config.Now = func() time.Time { return longAgo().Add(time.Hour) }
	page := search.Page{ReadAt: config.Now(), Items: [][]byte{[]byte(table[string(key("ORDER#o1", "ITEM#i1"))]), []byte(table[string(key("ORDER#o1", "ITEM#i2"))])}}
	filled, err := search.NewOutlet(config).Fill(t.Context(), page)
	require.NoError(t, err)
	require.Len(t, filled.Poison, 1)
	require.Equal(t, 0, filled.Poison[0].Index)
	require.ErrorContains(t, filled.Poison[0].Reason, "field lines.note does not fit type long")
	require.NotContains(t, filled.Poison[0].Reason.Error(), "secret")
	require.Equal(t, 1, filled.Read)
	require.Contains(t, d.source(d.prefix+"orders-000001", "Order/o1"), `"lines":[{"item_id":"i2",`)
}

// A document that somebody else wrote is poison for what would have to read it, with what to do.
func TestForeignDocumentIsPoison(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	config := d.config(m)
	config.Now = time.Now
	o := search.NewOutlet(config)
	deliver(t, o, decode(t, m, removed(1, "p9")))
	d.request("PUT", "/"+d.prefix+"products-000001/_doc/Product%2Fp1", `{"title":"by hand"}`)
	outcome := o.Deliver(t.Context(), decode(t, m, product(2, "p1", "Lamp")))
	require.Empty(t, outcome.Pending)
	require.Len(t, outcome.Poison, 1)
	require.ErrorContains(t, outcome.Poison[0].Reason, "not one that outflow wrote")
	require.ErrorContains(t, outcome.Poison[0].Reason, "delete Product/p1")
}

// manyParts are changes of n parts of one order; the first has that number.
func manyParts(t *testing.T, m *model.Model, first, n int) []*change.Change {
	records := make([]record, n)
	for i := range records {
		records[i] = line(first+i, fmt.Sprintf("i%04d", i), "1")
	}
	return decode(t, m, records...)
}

// A thousand operations on a document of a thousand parts pass; one part more is poison alone.
func TestDocumentOfAThousandParts(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	o := d.outlet(m)
	deliver(t, o, manyParts(t, m, 1, search.MaxParts))
	deliver(t, o, manyParts(t, m, 10_001, search.MaxParts))
	outcome := o.Deliver(t.Context(), append(manyParts(t, m, 20_001, 3), decode(t, m, line(30_000, "more", "1"))...))
	require.Empty(t, outcome.Pending)
	require.Len(t, outcome.Poison, 1)
	require.Equal(t, 3, outcome.Poison[0].Index)
	require.ErrorContains(t, outcome.Poison[0].Reason, "has 1000 live parts, which is the limit")
}

// A purge takes old tombstones, deletes what has nothing else, and leaves all the rest as it is.
func TestPurge(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	o := d.outlet(m)
	aged := func(r record, age time.Duration) record {
		r.age = age
		return r
	}
	dropped := func(seq int, id string) record {
		return record{seq: seq, pk: "ORDER#o1", sk: "ITEM#" + id, old: map[string]any{}}
	}
	old, young := search.Horizon+3*time.Hour, search.Horizon-4*time.Hour
	deliver(t, o, decode(t, m, aged(removed(1, "p1"), old), aged(removed(2, "p2"), young), product(3, "p3", "Lamp"),
		aged(dropped(4, "i1"), old), aged(dropped(5, "i2"), young), line(6, "i3", "3"), aged(dropped(9, "i9"), old)))
	d.refresh()
	purged, err := o.Purge(t.Context(), search.PurgeOptions{Page: 1})
	require.NoError(t, err)
	require.Equal(t, search.Purged{Seen: 2, Deleted: 1, Trimmed: 1}, purged)
	require.Empty(t, d.source(d.prefix+"products-000001", "Product/p1"))
	require.NotEmpty(t, d.source(d.prefix+"products-000001", "Product/p2"))
	source := d.source(d.prefix+"orders-000001", "Order/o1")
	document, err := search.ParseDocument([]byte(source), []string{"lines"})
	require.NoError(t, err)
	require.Len(t, document.Parts, 2, source)
	require.True(t, strings.HasSuffix(document.Version(), "09"), "the version stays")
	d.refresh()
	purged, err = o.Purge(t.Context(), search.PurgeOptions{})
	require.NoError(t, err)
	require.Zero(t, purged)
}
