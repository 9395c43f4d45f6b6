package change_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"testing"
	"unicode/utf16"

	reference "github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
)

var key = map[string]value{"PK": {kind: "S", text: "ORDER#o1"}, "SK": {kind: "S", text: "METADATA"}}

// drawItem draws an item with the key of the tests.
func drawItem(t *rapid.T, name string) map[string]value {
	item := items(3).Draw(t, name)
	maps.Copy(item, key)
	return item
}

// decodeImages decodes the change from one image to the other.
func decodeImages(t require.TestingT, old, new string) *change.Change {
	c := decodeOne(t, loadModel(t, "shop"), record{op: "MODIFY", keys: itemKeys, old: old, new: new}.json())
	require.NoError(t, c.Fault)
	return c
}

func TestCanonicalFormOfEveryKind(t *testing.T) {
	for name, test := range map[string]struct{ json, canonical string }{
		"string":                      {`{"S":"a\u0062\/\u00e9"}`, `{"S":"ab/é"}`},
		"string with escapes":         {`{"S":"\u0001\u000a\"\\"}`, `{"S":"\u0001\n\"\\"}`},
		"empty string":                {`{"S":""}`, `{"S":""}`},
		"number":                      {`{"N":"1.50E1"}`, `{"N":"15"}`},
		"binary":                      {`{"B":"AAEq\/Q=="}`, `{"B":"AAEq/Q=="}`},
		"binary with stray bits":      {`{"B":"AB=="}`, `{"B":"AA=="}`},
		"binary with one stray bit":   {`{"B":"AAF="}`, `{"B":"AAE="}`},
		"empty binary":                {`{"B":""}`, `{"B":""}`},
		"true":                        {`{"BOOL":true}`, `{"BOOL":true}`},
		"false":                       {`{"BOOL":false}`, `{"BOOL":false}`},
		"null":                        {`{"NULL":true}`, `{"NULL":true}`},
		"empty list":                  {`{"L":[]}`, `{"L":[]}`},
		"list keeps its order":        {`{"L":[{"S":"b"},{"S":"a"},{"S":"b"}]}`, `{"L":[{"S":"b"},{"S":"a"},{"S":"b"}]}`},
		"empty map":                   {`{"M":{}}`, `{"M":{}}`},
		"map is sorted by UTF-16":     {"{\"M\":{\"\ue000\":{\"S\":\"\"},\"\U00010000\":{\"S\":\"\"},\"b\":{\"S\":\"\"},\"B\":{\"S\":\"\"}}}", "{\"M\":{\"B\":{\"S\":\"\"},\"b\":{\"S\":\"\"},\"\U00010000\":{\"S\":\"\"},\"\ue000\":{\"S\":\"\"}}}"},
		"set of strings":              {"{\"SS\":[\"b\",\"\ue000\",\"\U00010000\",\"a\"]}", "{\"SS\":[\"a\",\"b\",\"\U00010000\",\"\ue000\"]}"},
		"set of numbers":              {`{"NS":["10","9","1E0"]}`, `{"NS":["1","10","9"]}`},
		"set of binaries":             {`{"BS":["Ag==","AQ=="]}`, `{"BS":["AQ==","Ag=="]}`},
		"set with a string twice":     {`{"SS":["a","\u0061"]}`, `{"SS":["a"]}`},
		"set with a number twice":     {`{"NS":["1.0","1"]}`, `{"NS":["1"]}`},
		"escaped type":                {`{"\u0053":"a"}`, `{"S":"a"}`},
		"white space everywhere":      {" {\n\"L\" : [ { \"S\" : \"a\" } , {\t\"N\":\"1\"} ]\r\n} ", `{"L":[{"S":"a"},{"N":"1"}]}`},
		"names are escaped as needed": {`{"M":{"\u0061\n\/":{"S":"x"}}}`, `{"M":{"a\n/":{"S":"x"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			v, ok := decodeItem(t, loadModel(t, "shop"), `,"x":`+test.json).Get("x")
			require.True(t, ok)
			require.Equal(t, test.canonical, string(v.AppendCanonical(nil)))
		})
	}
}

func TestEqualItemsHaveEqualForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := drawItem(t, "item")
		c := decodeImages(t, speller{t}.item(item), speller{t}.item(item))
		want := canonical(item)
		require.Equal(t, want, string(c.Old.AppendCanonical(nil)))
		require.Equal(t, want, string(c.New.AppendCanonical(nil)))
		require.Equal(t, "x"+want, string(c.New.AppendCanonical([]byte("x"))))
		sum := sha256.Sum256([]byte(want))
		require.Equal(t, hex.EncodeToString(sum[:]), c.Old.Hash())
		require.Equal(t, c.Old.Hash(), c.New.Hash())
		require.True(t, change.Equal(c.Old.Image, c.New.Image))
		require.Empty(t, change.Changed(c.Old.Image, c.New.Image))
	})
}

func TestCanonicalFormIsItsOwnCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := decodeImages(t, speller{t}.item(drawItem(t, "item")), itemKeys).Old.AppendCanonical(nil)
		again, err := reference.Transform(got)
		require.NoError(t, err)
		require.Equal(t, string(again), string(got))
	})
}

func TestDifferentItemsHaveDifferentForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := drawItem(t, "old")
		new := maps.Clone(old)
		name := anyName.Filter(func(s string) bool { return s != "PK" && s != "SK" }).Draw(t, "name")
		v, had := new[name]
		other := drawDifferent(t, v)
		if had && rapid.Bool().Draw(t, "remove") {
			delete(new, name)
		} else {
			new[name] = other
		}
		c := decodeImages(t, speller{t}.item(old), speller{t}.item(new))
		require.NotEqual(t, string(c.Old.AppendCanonical(nil)), string(c.New.AppendCanonical(nil)))
		require.NotEqual(t, c.Old.Hash(), c.New.Hash())
		require.False(t, change.Equal(c.Old.Image, c.New.Image))
		require.Equal(t, []string{name}, change.Changed(c.Old.Image, c.New.Image))
	})
}

// drawDifferent draws a value with another canonical form than v's, often one that is much like it.
func drawDifferent(t *rapid.T, v value) value {
	form := func(v value) string { return canonical(map[string]value{"": v}) }
	if v.kind == "" {
		return values(2).Draw(t, "other")
	}
	if rapid.Bool().Draw(t, "near") {
		if near := nudge(t, v); form(near) != form(v) {
			return near
		}
	}
	return values(2).Filter(func(o value) bool { return form(o) != form(v) }).Draw(t, "other")
}

// nudge changes a value as little as it can.
func nudge(t *rapid.T, v value) value {
	switch v.kind {
	case "S", "B":
		v.text += rapid.SampledFrom([]string{"a", " ", "\x00"}).Draw(t, "more")
	case "N":
		v.digits = or(v.digits, "1") + "01"
		if v.power > 80 {
			v.power -= 10
		}
	case "BOOL":
		v.text = map[string]string{"true": "false", "false": "true"}[v.text]
	case "NULL":
		v = value{kind: "BOOL", text: "true"}
	case "M":
		v.members = maps.Clone(v.members)
		v.members[anyName.Draw(t, "member")] = values(0).Draw(t, "value")
	default:
		v.list = slices.Clone(v.list)
		if len(v.list) == 0 || v.kind != "L" {
			v.list = append(v.list, scalars(v.kind[:1], rapid.Just("new element")).Draw(t, "element"))
			v.list[len(v.list)-1].digits = map[string]string{"NS": "98765432123456789"}[v.kind]
			break
		}
		i := rapid.IntRange(0, len(v.list)-1).Draw(t, "index")
		v.list[i] = nudge(t, v.list[i])
	}
	return v
}

func TestChangedAgreesWithCanonicalForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := drawItem(t, "old"), drawItem(t, "new")
		for name, v := range old {
			if rapid.Bool().Draw(t, "keep") {
				new[name] = v
			}
		}
		var want []string
		all := maps.Clone(old)
		maps.Copy(all, new)
		for name := range all {
			_, was := old[name]
			_, is := new[name]
			if was != is || canonical(map[string]value{"": old[name]}) != canonical(map[string]value{"": new[name]}) {
				want = append(want, name)
			}
		}
		slices.SortFunc(want, func(a, b string) int { return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))) })
		c := decodeImages(t, speller{t}.item(old), speller{t}.item(new))
		require.Equal(t, want, change.Changed(c.Old.Image, c.New.Image))
		require.Equal(t, len(want) == 0, change.Equal(c.Old.Image, c.New.Image))
	})
}

func TestAbsentImages(t *testing.T) {
	var none change.Image
	require.False(t, none.Exists())
	require.Empty(t, none.Hash())
	require.Empty(t, none.AppendCanonical(nil))
	require.Zero(t, none.Len())
	for range none.All() {
		t.Fatal("an absent image has an attribute")
	}
	_, ok := none.Get("PK")
	require.False(t, ok)

	item := decodeItem(t, loadModel(t, "shop"), "").Image
	require.True(t, change.Equal(none, change.Image{}))
	require.False(t, change.Equal(none, item))
	require.False(t, change.Equal(item, none))
	require.Equal(t, []string{"PK", "SK"}, change.Changed(none, item))
	require.Equal(t, []string{"PK", "SK"}, change.Changed(item, none))
	require.Empty(t, change.Changed(none, none))
}
