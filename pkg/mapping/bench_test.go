package mapping_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// BenchmarkDrain takes 100,000 records through ten lanes; the figure to look at is records a second.
func BenchmarkDrain(b *testing.B) {
	const records = 100_000
	config := testConfig()
	config.ParallelizationFactor, config.ReportBatchItemFailures = 10, true
	for b.Loop() {
		w := newWorld(b, config)
		w.open("a", "").closed = true
		for i := range records {
			w.write("a", record(strconv.Itoa(1_000_000+i), strconv.Itoa(i), start, false))
		}
		for w.start(); len(w.invokes) > 0; {
			i := w.invokes[0]
			w.invokes = w.invokes[1:]
			w.end(i, mapping.Returned, `{"batchItemFailures":[]}`)
		}
		require.True(b, w.saved["a"].Done)
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
