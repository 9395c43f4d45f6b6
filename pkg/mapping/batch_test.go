package mapping_test

import (
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
	})
}
