package change_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
)

func TestValueGivesItsParts(t *testing.T) {
	item := decodeItem(t, loadModel(t, "shop"), `,"s":{"S":"a\n"},"n":{"N":"1.50"},"b":{"B":"AB=="},"t":{"BOOL":true},"f":{"BOOL":false},"0":{"NULL":true},
		"l":{"L":[{"S":"x"},{"N":"1"}]},"m":{"M":{"b":{"S":"2"},"a":{"S":"1"}}},"ss":{"SS":["b","a"]},"ns":{"NS":["2","10"]},"bs":{"BS":["AA=="]}`)
	for name, test := range map[string]struct {
		kind        change.Kind
		kindName    string
		text, print string
		length      int
	}{
		"s":  {change.KindS, "S", "a\n", "a\n", 0},
		"n":  {change.KindN, "N", "1.5", "1.5", 0},
		"b":  {change.KindB, "B", "AA==", "AA==", 0},
		"t":  {change.KindBOOL, "BOOL", "true", "true", 0},
		"f":  {change.KindBOOL, "BOOL", "false", "false", 0},
		"0":  {change.KindNULL, "NULL", "", `{"NULL":true}`, 0},
		"l":  {change.KindL, "L", "", `{"L":[{"S":"x"},{"N":"1"}]}`, 2},
		"m":  {change.KindM, "M", "", `{"M":{"a":{"S":"1"},"b":{"S":"2"}}}`, 2},
		"ss": {change.KindSS, "SS", "", `{"SS":["a","b"]}`, 2},
		"ns": {change.KindNS, "NS", "", `{"NS":["10","2"]}`, 2},
		"bs": {change.KindBS, "BS", "", `{"BS":["AA=="]}`, 1},
	} {
		v, ok := item.Get(name)
		require.True(t, ok, name)
		require.Equal(t, test.kind, v.Kind())
		require.Equal(t, test.kindName, v.Kind().String())
		require.Equal(t, test.text, string(v.Text()))
		require.Equal(t, test.print, v.String())
		require.Equal(t, test.length, v.Len())
		require.Equal(t, name == "t", v.Bool())
		_, member := v.Get("a")
		require.Equal(t, name == "m", member)
	}
	var attributes []string
	for name := range item.All() {
		attributes = append(attributes, name)
	}
	require.Equal(t, []string{"0", "PK", "SK", "b", "bs", "f", "l", "m", "n", "ns", "s", "ss", "t"}, attributes)
	require.Equal(t, len(attributes), item.Len())
}

func TestValueWalksItsElements(t *testing.T) {
	item := decodeItem(t, loadModel(t, "shop"), `,"l":{"L":[{"S":"b"},{"S":"a"}]},"m":{"M":{"b":{"S":"2"},"a":{"S":"1"}}},"ss":{"SS":["b","a"]}`)
	walk := func(name string) (out []string) {
		v, _ := item.Get(name)
		for name, element := range v.All() {
			out = append(out, name+"="+element.String())
		}
		return out
	}
	require.Equal(t, []string{"=b", "=a"}, walk("l"))
	require.Equal(t, []string{"a=1", "b=2"}, walk("m"))
	require.Equal(t, []string{"=a", "=b"}, walk("ss"))
	set, _ := item.Get("ss")
	require.Equal(t, change.KindS, set.Elem(1).Kind())
	require.Equal(t, "b", set.Elem(1).String())
	for name := range item.All() {
		require.Equal(t, "PK", name, "a walk ends when it is told to")
		break
	}
}

func TestZeroValue(t *testing.T) {
	var none change.Value
	require.Zero(t, none.Kind())
	require.Empty(t, none.Kind().String())
	require.Nil(t, none.Text())
	require.Empty(t, none.String())
	require.Empty(t, none.AppendCanonical(nil))
	require.Zero(t, none.Len())
	require.False(t, none.Bool())
	_, ok := none.Get("a")
	require.False(t, ok)
	require.True(t, change.EqualValues(none, change.Value{}))
}

func TestEqualValues(t *testing.T) {
	item := decodeItem(t, loadModel(t, "shop"), `,"a":{"N":"1.0"},"b":{"N":"1"},"c":{"S":"1"},"d":{"L":[{"N":"1"}]},"e":{"L":[{"N":"10e-1"}]},"f":{"NS":["1"]},
		"g":{"M":{"x":{"N":"1"}}},"h":{"M":{"y":{"N":"1"}}}`)
	equal := []string{"ab", "ba", "de", "ed"}
	for a, x := range item.All() {
		for b, y := range item.All() {
			want := a == b || slices.Contains(equal, a+b)
			require.Equal(t, want, change.EqualValues(x, y), "%s %s", a, b)
		}
		require.False(t, change.EqualValues(x, change.Value{}))
	}
}
