package mapping_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func TestBatching(t *testing.T) {
	runRows(t, []row{
		{
			name: "a record alone goes out as soon as it is there", source: docStreams,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.put("a", "1")
				w.pass(time.Second / 4)
				w.ok("1")
			},
		},
		{
			name: "an empty shard is polled four times a second", source: docStreams,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.reads = nil
				w.pass(time.Second)
				require.Len(w.t, w.reads, 4)
			},
		},
		{
			name: "all that was read makes one batch", source: docStreams,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3")
				w.start()
				w.ok("1 2 3")
			},
		},
		{
			name: "a batch holds at most the batch size", source: docParams,
			config: func(c *mapping.Config) { c.BatchSize = 2 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4 5")
				w.start()
				w.ok("1 2")
				w.ok("3 4")
				w.ok("5")
			},
		},
		{
			name: "the next batch waits for the answer to the one before", source: docStreams,
			config: func(c *mapping.Config) { c.BatchSize = 1 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.start()
				first := w.invoked("1")
				w.pass(time.Minute)
				w.quiet()
				w.end(first, mapping.Returned, "")
				w.ok("2")
			},
		},
		{
			name: "a payload of 6 MB cuts a batch short", source: docBatch,
			run: func(w *world) {
				w.open("a", "")
				for _, sequence := range []string{"1", "2", "3"} {
					r := record(sequence, "k", w.now, false)
					r.Size = 3_000_000
					w.write("a", r)
				}
				w.start()
				w.ok("1 2")
				w.ok("3")
			},
		},
		{
			name: "a payload that is full does not wait for the window", source: docBatch,
			config: func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds = 300 },
			run: func(w *world) {
				w.open("a", "")
				for _, sequence := range []string{"1", "2", "3"} {
					r := record(sequence, "k", w.now, false)
					r.Size = 3_000_000
					w.write("a", r)
				}
				w.start()
				w.ok("1 2")
				w.quiet()
				w.pass(300 * time.Second)
				w.ok("3")
			},
		},
		{
			name: "a record beyond the payload limit goes out alone", source: ours,
			run: func(w *world) {
				w.open("a", "")
				huge := record("1", "k", w.now, false)
				huge.Size = 7 << 20
				w.write("a", huge)
				w.put("a", "2")
				w.start()
				w.ok("1")
				w.ok("2")
			},
		},
		{
			name: "a batching window gathers records", source: docBatch,
			config: func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds = 10 },
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.put("a", "1")
				w.pass(5 * time.Second)
				w.put("a", "2")
				w.pass(4 * time.Second)
				w.quiet()
				w.pass(time.Second)
				w.ok("1 2")
			},
		},
		{
			name: "a full batch does not wait for the window", source: docBatch,
			config: func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds, c.BatchSize = 300, 2 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3")
				w.start()
				w.ok("1 2")
				w.quiet()
				w.pass(300 * time.Second)
				w.ok("3")
			},
		},
		{
			name: "the next window begins when the invocation ends", source: docBatch,
			config: func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds = 10 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.start()
				w.pass(10 * time.Second)
				first := w.invoked("1")
				w.put("a", "2")
				w.pass(7 * time.Second)
				w.end(first, mapping.Returned, "")
				w.pass(9 * time.Second)
				w.quiet()
				w.pass(time.Second)
				w.ok("2")
			},
		},
		{
			name: "windows without records follow each other", source: ours,
			config: func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds = 10 },
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.pass(25 * time.Second)
				w.put("a", "1")
				w.pass(4 * time.Second)
				w.quiet()
				w.pass(time.Second)
				w.ok("1")
			},
		},
		{
			name: "a shard that has ended does not wait for the window", source: ours,
			config: func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds = 300 },
			run: func(w *world) {
				w.open("a", "").closed = true
				w.put("a", "1")
				w.start()
				w.ok("1")
			},
		},
		{
			name: "the checkpoint moves when the batch succeeded", source: docPartial,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.start()
				require.Equal(w.t, mapping.Position{Type: mapping.At, Sequence: "1"}, w.checkpoint("a"))
				w.ok("1 2")
				require.Equal(w.t, afterSequence("2"), w.checkpoint("a"))
			},
		},
		{
			name: "what the filter does not match is not delivered", source: docFilter,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1! 2 3! 4")
				w.start()
				w.ok("2 4")
				require.Equal(w.t, 2, w.machine.Snapshot().Metrics.FilteredOutEventCount)
			},
		},
		{
			name: "what the filter does not match is checkpointed past", source: docFilter,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1! 2! 3!")
				w.start()
				w.quiet()
				require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
			},
		},
		{
			name: "a filtered record behind one that is not finished holds no checkpoint", source: docFilter,
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
	})
}
