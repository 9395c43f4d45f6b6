package audit_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Whatever items are in whatever segments: the object reads back to the same.
func TestKeyIndexReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, want := audit.KeyIndex{}, map[audit.ItemHash][]int{}
		for segment := range rapid.IntRange(0, 5).Draw(t, "segments") {
			for _, item := range rapid.SliceOf(rapid.IntRange(0, 20)).Draw(t, "items") {
				hash := audit.HashItem(fmt.Append(nil, item))
				x.Add(hash, segment)
				if !slices.Contains(want[hash], segment) {
					want[hash] = append(want[hash], segment)
				}
			}
		}
		ref, body := x.Object("shop-dev", 42)
		require.True(t, strings.HasPrefix(ref.Key, "audit/v1/shop-dev/keys/00000000/0000000042-"), ref.Key)
		again, err := audit.ReadKeyIndex(ref, body)
		require.NoError(t, err)
		require.Equal(t, want, map[audit.ItemHash][]int(again))
	})
	require.Equal(t, "74234e98afe7498f", audit.NoItem.String())
}

// Items are found in indexes of any size, also where the hashes are not spread evenly.
func TestFindItem(t *testing.T) {
	for _, n := range []int{0, 1, 2, 100, 20_000} {
		for _, low := range []bool{false, true} {
			x := audit.KeyIndex{}
			hash := func(i int) audit.ItemHash {
				h := audit.HashItem(fmt.Append(nil, i))
				if low {
					h[0], h[1] = 0, 0
				}
				return h
			}
			for i := range n {
				x.Add(hash(i), i%7)
			}
			_, text := x.Object("shop-dev", 1)
			for i := 0; i < n; i += 1 + n/500 {
				got, err := audit.FindItem(bytes.NewReader(text), int64(len(text)), hash(i))
				require.NoError(t, err)
				require.Equal(t, x[hash(i)], got)
			}
			for i := n; i < n+50; i++ {
				got, err := audit.FindItem(bytes.NewReader(text), int64(len(text)), hash(i))
				require.NoError(t, err)
				require.Empty(t, got)
			}
		}
	}
	_, err := audit.FindItem(bytes.NewReader(nil), 100, audit.NoItem)
	require.ErrorContains(t, err, "EOF")
}

func TestReadKeyIndexIsStrict(t *testing.T) {
	item := audit.HashItem([]byte("a")).String()
	for name, text := range map[string]string{
		"nothing in a line": "\n",
		"short key":         "12 0\n",
		"no key":            strings.Repeat("x", 16) + " 0\n",
		"key of other form": strings.ToUpper(item) + " 0\n",
		"not sorted":        "b" + item[1:] + " 0\n" + "a" + item[1:] + " 0\n",
		"twice":             item + " 0\n" + item + " 0\n",
		"white space":       item + " 0, 1\n",
		"no segments":       item + " \n",
		"negative":          item + " -1\n",
		"leading zero":      item + " 01\n",
		"no end":            item + " 0",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := audit.ReadKeyIndex(indexOf(text), []byte(text))
			require.ErrorIs(t, err, audit.ErrDigest)
		})
	}
	text := item + " 0,12\n"
	x, err := audit.ReadKeyIndex(indexOf(text), []byte(text))
	require.NoError(t, err)
	require.Equal(t, []int{0, 12}, x[audit.HashItem([]byte("a"))])
	_, err = audit.ReadKeyIndex(indexOf(text+text), []byte(text))
	require.ErrorContains(t, err, "not what its digest says")
}

func indexOf(text string) audit.IndexRef {
	return audit.IndexRef{Bytes: int64(len(text)), Entries: int64(strings.Count(text, "\n")), Key: "keys/x", SHA256: hashText([]byte(text))}
}

func FuzzReadKeyIndex(f *testing.F) {
	f.Add([]byte("74234e98afe7498f 0,7\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if x, err := audit.ReadKeyIndex(indexOf(string(text)), text); err == nil {
			require.Equal(t, string(text), string(x.Text()))
			for item, segments := range x {
				found, err := audit.FindItem(bytes.NewReader(text), int64(len(text)), item)
				require.NoError(t, err)
				require.Equal(t, segments, found)
			}
		} else {
			require.ErrorIs(t, err, audit.ErrDigest)
		}
	})
}
