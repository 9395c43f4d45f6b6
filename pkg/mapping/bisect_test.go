package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func TestBisect(t *testing.T) {
	runRows(t, []row{
		{
			name: "a failed batch is split in two", source: docErrors, config: bisect,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4")
				w.start()
				w.fails("1 2 3 4")
				w.pass(time.Second)
				w.ok("1 2")
				w.ok("3 4")
			},
		},
		{
			name: "splitting uses up no retry", source: docErrors, config: both(bisect, retries(0)),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4")
				w.start()
				w.fails("1 2 3 4")
				w.pass(time.Second)
				w.ok("1 2")
				w.fails("3 4")
				w.pass(time.Second)
				w.fails("3")
				require.Equal(w.t, 3, w.stored(mapping.RetryAttemptsExhausted, "3").Invocations)
				w.ok("4")
			},
		},
		{
			name: "a bad record is found and its neighbours arrive", source: docErrors, config: both(bisect, retries(1)),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4 5")
				w.start()
				w.fails("1 2 3 4 5")
				w.pass(time.Second)
				w.fails("1 2")
				w.pass(time.Second)
				w.ok("1")
				w.fails("2")
				w.pass(time.Second)
				w.fails("2")
				w.stored(mapping.RetryAttemptsExhausted, "2")
				w.ok("3 4 5")
			},
		},
		{
			name: "a time-out splits too", source: docErrors, config: bisect,
			run: func(w *world) {
				three(w)
				w.end(w.invoked("1 2 3"), mapping.TimedOut, "")
				w.pass(time.Second)
				w.ok("1")
				w.ok("2 3")
			},
		},
		{
			name: "an error splits in the middle, ReportBatchItemFailures or not", source: docBisect,
			config: both(bisect, partial),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4")
				w.start()
				w.fails("1 2 3 4")
				w.pass(time.Second)
				w.ok("1 2")
				w.ok("3 4")
			},
		},
		{
			name: "a partial response splits at the returned record", source: docBisect, config: both(bisect, partial),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4")
				w.start()
				w.reports("1 2 3 4", "2")
				w.pass(time.Second)
				w.ok("2 3 4")
			},
		},
		{
			name: "a split at the returned record uses up no retry", source: docErrors,
			config: both(both(bisect, partial), retries(0)),
			run: func(w *world) {
				three(w)
				w.reports("1 2 3", "2")
				w.pass(time.Second)
				w.reports("2 3", "3")
				w.pass(time.Second)
				w.reports("3", "3")
				w.stored(mapping.RetryAttemptsExhausted, "3")
			},
		},
		{
			name: "a partial response that begins with the first record splits in the middle", source: ours,
			config: both(both(bisect, partial), retries(0)),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4")
				w.start()
				w.reports("1 2 3 4", "1")
				w.pass(time.Second)
				w.reports("1 2", "1")
				w.pass(time.Second)
				w.reports("1", "1")
				w.stored(mapping.RetryAttemptsExhausted, "1")
				w.ok("2")
				w.ok("3 4")
			},
		},
		{
			name: "a batch of one is retried, not split", source: docErrors, config: both(bisect, retries(1)),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.start()
				w.fails("1")
				w.pass(time.Second)
				w.ok("1")
			},
		},
	})
}
