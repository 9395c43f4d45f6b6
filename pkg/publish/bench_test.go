package publish_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// 10,000 updates of 20 items. The figures include the scripted bus, which decodes every event.
func BenchmarkDeliver(b *testing.B) {
	letters := strings.Repeat("abcdefghijklmnopqrst", 500)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, now, 0)
		changes := w.changes(b, letters)
		b.StartTimer()
		require.Empty(b, w.outlet.Deliver(b.Context(), changes).Pending)
		require.Len(b, w.bus.taken, len(changes))
	}
}
