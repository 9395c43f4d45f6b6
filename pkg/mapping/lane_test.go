package mapping_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func TestFiltersAndLanes(t *testing.T) {
	runRows(t, []row{
		{
			name: "what the filter does not match is not delivered", source: docFilters,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1! 2 3! 4")
				w.start()
				w.ok("2 4")
				require.Equal(w.t, 2, w.machine.Snapshot().Metrics.FilteredOutEventCount)
			},
		},
		{
			name: "what the filter does not match is checkpointed past", source: docUnmatched,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1! 2! 3!")
				w.start()
				w.quiet()
				require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
			},
		},
		{
			name: "a filtered record behind one that is not finished holds no checkpoint", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2!")
				w.start()
				first := w.invoked("1")
				require.Equal(w.t, mapping.Position{Type: mapping.At, Sequence: "1"}, w.checkpoint("a"))
				w.end(first, mapping.Returned, "")
				require.Equal(w.t, afterSequence("2"), w.checkpoint("a"))
			},
		},
		{
			name: "what the filter does not match fills no batch", source: docFilters,
			config: func(c *mapping.Config) { c.BatchSize, c.MaximumBatchingWindowInSeconds = 2, 10 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2! 3! 4!")
				w.start()
				w.quiet()
				w.put("a", "5")
				w.pass(time.Second)
				w.ok("1 5")
			},
		},
		{
			name: "lanes run at the same time", source: docStreams,
			config: func(c *mapping.Config) { c.ParallelizationFactor = 10 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1:x 2:y 3:x 4:y")
				w.start()
				require.Len(w.t, w.invokes, 2)
				w.ok("1 3")
				w.ok("2 4")
			},
		},
		{
			name: "records of one item stay in order in their lane", source: docStreams,
			config: func(c *mapping.Config) { c.ParallelizationFactor, c.BatchSize = 10, 1 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1:x 2:x 3:y")
				w.start()
				first := w.invoked("1")
				w.ok("3")
				w.quiet()
				w.end(first, mapping.Returned, "")
				w.ok("2")
			},
		},
		{
			name: "the checkpoint is before the slowest lane", source: ours,
			config: func(c *mapping.Config) { c.ParallelizationFactor = 10 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1:x 2:y 3:y")
				w.start()
				slow := w.invoked("1")
				w.ok("2 3")
				require.Equal(w.t, mapping.Position{Type: mapping.At, Sequence: "1"}, w.checkpoint("a"))
				w.end(slow, mapping.Returned, "")
				require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
			},
		},
		{
			name: "a lane that fails does not stop the others", source: ours,
			config: func(c *mapping.Config) { c.ParallelizationFactor, c.BatchSize = 10, 1 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1:x 2:y 3:y")
				w.start()
				w.fails("1")
				w.ok("2")
				w.ok("3")
				w.pass(time.Second)
				w.ok("1")
			},
		},
		{
			name: "reading stops before memory fills", source: ours,
			config: func(c *mapping.Config) { c.BatchSize = 1 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4 5 6 7 8 9 10 11 12")
				w.start()
				first := w.invoked("1")
				w.pass(time.Second)
				require.Equal(w.t, 10, w.machine.Snapshot().Shards[0].Waiting)
				w.end(first, mapping.Returned, "")
				require.Equal(w.t, 10, w.machine.Snapshot().Shards[0].Waiting)
				w.invoked("2")
			},
		},
		{
			name: "reading stops at two payloads a lane", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				for i := range 7 {
					r := record(strconv.Itoa(100+i), "k", w.now, false)
					r.Size = 3_000_000
					w.write("a", r)
					w.pass(time.Second)
				}
				require.Equal(w.t, 5, w.machine.Snapshot().Shards[0].Waiting)
				w.ok("100")
				w.ok("101 102")
				w.ok("103 104")
				w.pass(time.Second)
				w.ok("105 106")
			},
		},
		{
			name: "a read asks for at most 1,000 records", source: docDynamo,
			config: func(c *mapping.Config) { c.BatchSize = 10_000 },
			run: func(w *world) {
				w.open("a", "")
				w.start()
				require.Equal(w.t, 1000, w.reads[0].Limit)
			},
		},
		{
			name: "invocations at one time are shards times the factor", source: docStreams,
			config: func(c *mapping.Config) { c.ParallelizationFactor, c.BatchSize = 2, 1 },
			run: func(w *world) {
				w.open("a", "")
				w.open("b", "")
				w.put("a", "1:x 2:y 3:x 4:y 5:z")
				w.put("b", "6:x 7:y 8:x 9:y 10:z")
				w.start()
				require.Len(w.t, w.invokes, 4)
				for _, records := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
					w.await(records)
					require.LessOrEqual(w.t, len(w.invokes), 4)
					w.ok(records)
				}
			},
		},
	})
}

func TestMetrics(t *testing.T) {
	runRows(t, []row{
		{
			name: "counts bear the service's names", source: docMetrics,
			config: func(c *mapping.Config) { c.ReportBatchItemFailures = true },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2! 3 4")
				w.start()
				w.pass(3 * time.Second)
				w.reports("1 3 4", "4")
				w.pass(time.Second)
				w.ok("4")
				require.Equal(w.t, mapping.Metrics{
					PolledEventCount: 4, FilteredOutEventCount: 1, InvokedEventCount: 4, FailedInvokeEventCount: 1,
					IteratorAge: 4 * time.Second,
				}, w.machine.Snapshot().Metrics)
			},
		},
		{
			name: "a throttled invocation counts as tried and failed", source: docMetrics,
			run: func(w *world) {
				three(w)
				w.end(w.invoked("1 2 3"), mapping.NotInvocable, "")
				w.pass(time.Second)
				w.ok("1 2 3")
				require.Equal(w.t, 6, w.machine.Snapshot().Metrics.InvokedEventCount)
				require.Equal(w.t, 3, w.machine.Snapshot().Metrics.FailedInvokeEventCount)
			},
		},
		{
			name: "what is given up without a destination counts as dropped", source: docMetrics,
			config: func(c *mapping.Config) { c.MaximumRetryAttempts = 0 },
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.alarmed(mapping.AlarmDropped, "1 2 3")
				require.Equal(w.t, 3, w.machine.Snapshot().Metrics.DroppedEventCount)
			},
		},
		{
			name: "what the destination got counts there and not as dropped", source: docMetrics, config: retries(0),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.stored(mapping.RetryAttemptsExhausted, "1 2 3")
				require.Equal(w.t, 3, w.machine.Snapshot().Metrics.OnFailureDestinationDeliveredEventCount)
				require.Zero(w.t, w.machine.Snapshot().Metrics.DroppedEventCount)
			},
		},
		{
			name: "what expires with the stream is not counted as dropped", source: docMetrics, config: age(-1),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.now = w.now.Add(25 * time.Hour)
				w.start()
				w.alarmed(mapping.AlarmExpired, "1 2 3")
				require.Zero(w.t, w.machine.Snapshot().Metrics.DroppedEventCount)
			},
		},
		{
			name: "a destination that refuses counts as a failed delivery", source: docMetrics, config: retries(0),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.step(mapping.StoreFailed{Failure: w.refused(mapping.RetryAttemptsExhausted, "1 2 3").ID, Detail: "AccessDenied"})
				w.alarmed(mapping.AlarmNotStored, "1 2 3")
				require.Equal(w.t, 1, w.machine.Snapshot().Metrics.DestinationDeliveryFailures)
				require.Zero(w.t, w.machine.Snapshot().Metrics.OnFailureDestinationDeliveredEventCount)
			},
		},
		{
			name: "a window that is full says that more may follow", source: ours,
			config: func(c *mapping.Config) { c.BatchSize = 1 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4 5 6 7 8 9 10 11")
				w.start()
				w.pass(time.Second)
				require.True(w.t, w.machine.Snapshot().Shards[0].Full)
				w.ok("1")
				w.ok("2")
				require.False(w.t, w.machine.Snapshot().Shards[0].Full)
				w.invoked("3")
			},
		},
	})
}
