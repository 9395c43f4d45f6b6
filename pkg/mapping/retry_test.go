package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func TestRetries(t *testing.T) {
	runRows(t, []row{
		{
			name: "a failed batch comes again whole", source: docErrors,
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.quiet()
				w.pass(time.Second)
				w.ok("1 2 3")
			},
		},
		{
			name: "nothing passes a batch that fails", source: docStreams,
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.put("a", "4")
				w.pass(250 * time.Millisecond)
				w.fails("1 2 3")
				w.pass(500 * time.Millisecond)
				w.ok("1 2 3")
				w.ok("4")
			},
		},
		{
			name: "the wait doubles up to 30 seconds", source: ours,
			run: func(w *world) {
				three(w)
				for _, ms := range []int{
					250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000, 30000, 30000, 30000,
				} {
					w.fails("1 2 3")
					w.pass(time.Duration(ms)*time.Millisecond - 1)
					w.quiet()
					w.pass(1)
				}
				w.ok("1 2 3")
			},
		},
		{
			name: "after a success the wait begins anew", source: ours,
			config: func(c *mapping.Config) { c.BatchSize = 1 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.start()
				for range 5 {
					w.fails("1")
					w.pass(30 * time.Second)
				}
				w.ok("1")
				w.fails("2")
				w.pass(250 * time.Millisecond)
				w.ok("2")
			},
		},
		{
			name: "by default retries have no end", source: docParams,
			run: func(w *world) {
				three(w)
				for range 100 {
					w.fails("1 2 3")
					w.pass(30 * time.Second)
				}
				w.ok("1 2 3")
			},
		},
		{
			name: "no retries: given up after the first failure", source: docParams, config: retries(0),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				require.Equal(w.t, 1, w.stored(mapping.RetryAttemptsExhausted, "1 2 3").Invocations)
			},
		},
		{
			name: "two retries: given up after the third failure", source: docParams, config: retries(2),
			run: func(w *world) {
				three(w)
				for range 3 {
					w.fails("1 2 3")
					w.pass(time.Second)
				}
				require.Equal(w.t, 3, w.stored(mapping.RetryAttemptsExhausted, "1 2 3").Invocations)
				require.Equal(w.t, 3, w.machine.Snapshot().Metrics.OnFailureDestinationDeliveredEventCount)
			},
		},
		{
			name: "the shard goes on behind what was given up", source: docErrors, config: retries(0),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.put("a", "4")
				w.pass(time.Second)
				w.stored(mapping.RetryAttemptsExhausted, "1 2 3")
				require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
				w.ok("4")
			},
		},
		{
			name: "the next batch has its own retries", source: docErrors, config: retries(1),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.pass(time.Second)
				w.ok("1 2 3")
				w.put("a", "4")
				w.pass(time.Second)
				w.fails("4")
				w.pass(time.Second)
				w.ok("4")
			},
		},
		{
			name: "a throttled invocation uses up no retry", source: docErrors, config: retries(0),
			run: func(w *world) {
				three(w)
				for range 5 {
					w.end(w.invoked("1 2 3"), mapping.NotInvocable, "")
					w.pass(30 * time.Second)
				}
				w.fails("1 2 3")
				require.Equal(w.t, 1, w.stored(mapping.RetryAttemptsExhausted, "1 2 3").Invocations)
			},
		},
		{
			name: "a throttled invocation splits nothing", source: docErrors, config: bisect,
			run: func(w *world) {
				three(w)
				w.end(w.invoked("1 2 3"), mapping.NotInvocable, "")
				w.pass(time.Second)
				w.ok("1 2 3")
			},
		},
		{
			name: "without a destination what is given up is gone", source: docErrors,
			config: func(c *mapping.Config) { c.MaximumRetryAttempts = 0 },
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.alarmed(mapping.AlarmDropped, "1 2 3")
				require.Equal(w.t, 3, w.machine.Snapshot().Metrics.DroppedEventCount)
				require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
			},
		},
		{
			name: "a failed batch that cannot be stored is not lost", source: ours, config: retries(0),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				refused := w.refused(mapping.RetryAttemptsExhausted, "1 2 3")
				w.step(mapping.StoreFailed{Failure: refused.ID, Detail: "no such bucket"})
				w.alarmed(mapping.AlarmNotStored, "1 2 3")
				require.Equal(w.t, mapping.Position{Type: mapping.At, Sequence: "1"}, w.checkpoint("a"))
				w.pass(time.Second)
				again := w.stored(mapping.RetryAttemptsExhausted, "1 2 3")
				require.Equal(w.t, refused.Failure, again, "the object stays the same")
			},
		},
	})
}
