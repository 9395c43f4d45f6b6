package search_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/search"
)

// Any order and any duplication of a history, in any batches, ends in the same document, and on the way no part's
// version falls.
func TestAnyDeliveryEndsInTheSameDocument(t *testing.T) {
	lists := []string{"lines"}
	rapid.Check(t, func(t *rapid.T) {
		history := drawHistory(t)
		var inOrder search.Document
		inOrder.Apply(history...)

		deliveries := rapid.Permutation(append(history, history...)).Draw(t, "deliveries")
		var shuffled search.Document
		for len(deliveries) > 0 {
			n := rapid.IntRange(1, len(deliveries)).Draw(t, "batch")
			before := versions(&shuffled)
			for _, action := range search.Fold(deliveries[:n]) {
				shuffled.Apply(action.Operations...)
			}
			for part, version := range before {
				require.GreaterOrEqual(t, shuffled.Parts[part].Version, version, part)
			}
			deliveries = deliveries[n:]
		}
		require.Equal(t, string(inOrder.Source(lists)), string(shuffled.Source(lists)))
		require.Equal(t, inOrder.Visible(), shuffled.Visible())
		require.False(t, shuffled.Apply(history...), "the same history again must change nothing")
	})
}

func drawHistory(t *rapid.T) []search.Operation {
	parts := rapid.SampledFrom([]string{search.Root, "lines/i1", "lines/i2"})
	history := make([]search.Operation, rapid.IntRange(1, 12).Draw(t, "changes"))
	for i := range history {
		op := search.Operation{Index: "orders", Entity: "Order", ID: "Order/o1", Part: parts.Draw(t, "part"), Model: "m"}
		op.Version = fmt.Sprintf("2026-11-02T09:14:07.312/%040d", i+1)
		op.At = time.Unix(int64(i), 0).UTC()
		op.Deleted = rapid.Bool().Draw(t, "deleted")
		if !op.Deleted {
			op.Body = fmt.Appendf(nil, `{"n":%d}`, i)
		}
		history[i] = op
	}
	return history
}

func versions(d *search.Document) map[string]string {
	all := map[string]string{}
	for id, part := range d.Parts {
		all[id] = part.Version
	}
	return all
}

func TestRootDeletedWhilePartsRemain(t *testing.T) {
	op := func(part string, n int, deleted bool) search.Operation {
		o := search.Operation{Entity: "Order", Part: part, Version: fmt.Sprintf("l/%040d", n), Deleted: deleted}
		if !deleted {
			o.Body = fmt.Appendf(nil, `{"n":%d}`, n)
		}
		return o
	}
	var d search.Document
	require.Nil(t, d.Source(nil))
	d.Apply(op("lines/i1", 1, false))
	require.False(t, d.Visible(), "a part without its root waits hidden")
	d.Apply(op(search.Root, 2, false))
	require.True(t, d.Visible())
	d.Apply(op(search.Root, 3, true))
	require.False(t, d.Visible())
	require.Contains(t, string(d.Source([]string{"lines"})), `"lines":[{"n":1}]`)
	d.Apply(op(search.Root, 4, false))
	require.True(t, d.Visible(), "the root returned")
	require.Equal(t, fmt.Sprintf("l/%040d", 4), d.Version())
}
