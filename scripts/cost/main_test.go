package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// The lines of a table come to the sum below them, and quantities grow with the changes.
func TestFigures(t *testing.T) {
	small, large := newLoad(scales[0]), newLoad(scales[2])
	require.Greater(t, small.invocations, 0.9*small.changes, "a quiet table has about one change a batch")
	require.Less(t, large.invocations, large.changes/50, "a busy one has many")
	for _, lines := range [][]line{small.outflow(), small.managed()} {
		require.NotEmpty(t, lines)
		for _, l := range lines {
			require.GreaterOrEqual(t, l.quantity, 0.0, l.what)
			require.NotEmpty(t, l.what)
		}
	}
}

// A batch is never larger than what the mapping takes.
func TestBatchesAreBounded(t *testing.T) {
	l := newLoad(1e12)
	require.InEpsilon(t, l.changes/batch, l.invocations, 0.01)
}

func TestKnownPrice(t *testing.T) {
	var out bytes.Buffer
	total := table(&out, "Bus", []line{{"events", 50 * million, "", busEvent}, {"alarms", 25, "", alarmMonth}})
	require.InDelta(t, 52.50, total, 1e-9)
	require.Contains(t, out.String(), "| events | 50,000,000 | $1.00 a million | 50.00 |")
	require.Contains(t, out.String(), "| **all** | | | **52.50** |")
}
