package change_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
)

// An item of the table is the state that a record's image of it is.
func TestDecodeItem(t *testing.T) {
	m := loadModel(t, "shop")
	item := `{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#000042"},"qty":{"N":"1.0"}}`
	state, err := change.DecodeItem(m, []byte(item))
	require.NoError(t, err)
	require.Equal(t, "OrderLine", state.Entity.Name)
	require.Equal(t, map[string]string{"order_id": "S o1", "item_id": "N 42", "qty": "N 1"}, fields(state))
	require.Equal(t, `{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#000042"}}`, string(state.AppendKey(nil, m.Table)))

	inserted := decodeOne(t, m, record{op: "INSERT", keys: string(state.AppendKey(nil, m.Table)), new: item}.json())
	require.True(t, change.Equal(inserted.New.Image, state.Image))

	state, err = change.DecodeItem(m, []byte(` {"PK":{"S":"NOTE#1"},"SK":{"S":"X"}} `))
	require.NoError(t, err)
	require.Nil(t, state.Entity)
	require.True(t, state.Exists())
}

func TestDecodeItemToldByAttribute(t *testing.T) {
	m := loadModel(t, "told")
	state, err := change.DecodeItem(m, []byte(`{"PK":{"S":"NOTE#n1"},"SK":{"S":"META"},"_type":{"S":"invoice"},"invoice_id":{"S":"i1"}}`))
	require.NoError(t, err)
	require.Equal(t, "Invoice", state.Entity.Name)
}

func TestMalformedItems(t *testing.T) {
	m := loadModel(t, "shop")
	for name, test := range map[string]struct{ item, want string }{
		"nothing":          {``, "Item: is not a JSON object (near byte 0 of the item)"},
		"no object":        {`[]`, "Item: is not a JSON object (near byte 0 of the item)"},
		"cut":              {`{"PK":{"S":"a"}`, "Item: JSON ends too early (near byte 15 of the item)"},
		"something behind": {`{"PK":{"S":"a"},"SK":{"S":"b"}}{}`, "Item: JSON has an unexpected character (near byte 31 of the item)"},
		"no type":          {`{"PK":{"S":"a"},"SK":{"S":"b"},"x":1}`, "Item.x: is not an object with one DynamoDB type"},
		"within":           {`{"PK":{"S":"a"},"SK":{"S":"b"},"x":{"M":{"y":{"N":"z"}}}}`, "Item.x.y: "},
		"twice":            {`{"PK":{"S":"a"},"SK":{"S":"b"},"PK":{"S":"a"}}`, "Item.PK: occurs twice"},
		"no sort key":      {`{"PK":{"S":"a"}}`, "Item.SK: is missing"},
		"key of a list":    {`{"PK":{"L":[]},"SK":{"S":"b"}}`, "Item.PK: is a key attribute and neither S, N nor B"},
		"too long":         {`{"PK":{"S":"` + strings.Repeat("a", 64<<20) + `"}}`, "Item: is longer than 67108864 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			state, err := change.DecodeItem(m, []byte(test.item))
			var fault *change.FaultError
			require.ErrorAs(t, err, &fault)
			require.Contains(t, err.Error(), test.want)
			require.False(t, state.Exists())
		})
	}
}

// However an item is spelt, its canonical form is the tests' own.
func TestDecodeItemAgreesWithReference(t *testing.T) {
	m := loadModel(t, "samples")
	rapid.Check(t, func(t *rapid.T) {
		item := items(2).Draw(t, "item")
		for _, k := range m.Table.Key {
			item[k.Name] = value{kind: "S", text: anyText.Draw(t, k.Name)}
		}
		state, err := change.DecodeItem(m, []byte(canonical(item)))
		require.NoError(t, err)
		require.Equal(t, canonical(item), string(state.AppendCanonical(nil)))
	})
}

// No item makes the decoder panic, and what it takes comes out in one form.
func FuzzDecodeItem(f *testing.F) {
	m := loadModel(f, "shop")
	f.Add([]byte(`{"PK":{"S":"ORDER#o1"},"SK":{"S":"ITEM#000042"},"qty":{"N":"1.0"},"l":{"L":[{"NULL":true}]},"s":{"NS":["1"]}}`))
	f.Add([]byte(`{"PK":{"S":"a"}`))
	f.Fuzz(func(t *testing.T, item []byte) {
		state, err := change.DecodeItem(m, item)
		if err != nil {
			var fault *change.FaultError
			require.ErrorAs(t, err, &fault)
			return
		}
		form := state.AppendCanonical(nil)
		again, err := change.DecodeItem(m, form)
		require.NoError(t, err)
		require.Equal(t, string(form), string(again.AppendCanonical(nil)))
	})
}
