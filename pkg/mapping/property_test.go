package mapping_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func drawConfig(t *rapid.T) mapping.Config {
	c := testConfig()
	c.BatchSize = rapid.IntRange(1, 6).Draw(t, "batch size")
	c.MaximumBatchingWindowInSeconds = rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(t, "window")
	c.ParallelizationFactor = rapid.IntRange(1, 3).Draw(t, "factor")
	c.ReportBatchItemFailures = rapid.Bool().Draw(t, "partial")
	c.BisectBatchOnFunctionError = rapid.Bool().Draw(t, "bisect")
	c.MaximumRetryAttempts = rapid.IntRange(-1, 3).Draw(t, "retries")
	c.MaximumRecordAgeInSeconds = rapid.SampledFrom([]int{-1, 60, 300}).Draw(t, "age")
	c.OnFailure = rapid.Bool().Draw(t, "on failure")
	return c
}

func TestAnySchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, drawConfig(t))
		h := newHistory(w)
		w.open("a", "")
		w.open("b", "")
		w.start()
		for range rapid.IntRange(1, 60).Draw(t, "actions") {
			h.act(t)
		}
		h.drain()
		for _, s := range w.shards {
			require.Equal(t, s.closed, w.saved[s.ID].Done, "shard %s", s.ID)
		}
		h.replay()
	})
}

// With ReportBatchItemFailures the batch that follows a partial response begins with the lowest reported record and
// goes on without a gap.
func TestPartialResponseGoesOnFromTheLowest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := testConfig()
		config.ReportBatchItemFailures = true
		config.BisectBatchOnFunctionError = rapid.Bool().Draw(t, "bisect")
		w := newWorld(t, config)
		w.open("a", "")
		n := rapid.IntRange(1, 50).Draw(t, "records")
		for i := range n {
			w.put("a", strconv.Itoa(100+i))
		}
		w.start()
		reported := rapid.SliceOfNDistinct(rapid.IntRange(100, 100+n-1), 1, n, rapid.ID[int]).Draw(t, "reported")
		names, lowest := make([]string, len(reported)), 100+n
		for i, r := range reported {
			names[i], lowest = strconv.Itoa(r), min(lowest, r)
		}
		w.reports(sequences(w.invokes[0].Records), names...)
		var again []string
		for w.pass(time.Second); len(w.invokes) > 0; w.pass(time.Second) {
			for _, r := range w.invokes[0].Records {
				again = append(again, r.Sequence)
			}
			w.ok(sequences(w.invokes[0].Records))
		}
		for i, sequence := range again {
			require.Equal(t, strconv.Itoa(lowest+i), sequence)
		}
		require.Len(t, again, 100+n-lowest)
	})
}
