package search_test

import (
	"fmt"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/search"
)

// thing is an item of the small world: where it is in the table and in the documents.
type thing struct {
	pk, sk, attribute string
	index, id, part   string
	states            []state // all it has ever been, absent first
	seen              int     // the earliest state that can be what readers saw last
	gone              int     // likewise, of its tombstone, since the document is known
	version           string  // of its part when it was last looked at
	read              bool    // it was a read state then
	shown             string  // what it showed then
}

// state is what an item was from a change on.
type state struct {
	value  string // "" for absent
	change *change.Change
}

func things() []*thing {
	absent := []state{{}}
	return []*thing{
		{pk: "PRODUCT#p1", sk: "METADATA", attribute: "title", index: "products", id: "Product/p1", part: search.Root, states: absent},
		{pk: "ORDER#o1", sk: "METADATA", attribute: "status", index: "orders", id: "Order/o1", part: search.Root, states: absent},
		{pk: "ORDER#o1", sk: "ITEM#i1", attribute: "note", index: "orders", id: "Order/o1", part: "lines/i1", states: absent},
		{pk: "ORDER#o1", sk: "ITEM#i2", attribute: "note", index: "orders", id: "Order/o1", part: "lines/i2", states: absent},
	}
}

func (t *thing) image(value string) map[string]any {
	if value == "" {
		return nil
	}
	return map[string]any{t.attribute: text(value)}
}

// item is the item as it is now.
func (t *thing) item() []byte {
	last := t.states[len(t.states)-1]
	if last.value == "" {
		return nil
	}
	return fmt.Appendf(nil, `{"PK":{"S":%q},"SK":{"S":%q},%q:{"S":%q}}`, t.pk, t.sk, t.attribute, last.value)
}

func (t *thing) key() []byte { return fmt.Appendf(nil, `{"PK":{"S":%q},"SK":{"S":%q}}`, t.pk, t.sk) }
