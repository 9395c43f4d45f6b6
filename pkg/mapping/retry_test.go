package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func partial(c *mapping.Config) { c.ReportBatchItemFailures = true }

func bisect(c *mapping.Config) { c.BisectBatchOnFunctionError, c.OnFailure = true, true }

func retries(n int) func(*mapping.Config) {
	return func(c *mapping.Config) { c.MaximumRetryAttempts, c.OnFailure = n, true }
}

func age(seconds int) func(*mapping.Config) {
	return func(c *mapping.Config) { c.MaximumRecordAgeInSeconds, c.OnFailure = seconds, true }
}

func both(a, b func(*mapping.Config)) func(*mapping.Config) {
	return func(c *mapping.Config) { a(c); b(c) }
}

// three is a world with one open shard and three records in one batch.
func three(w *world) {
	w.open("a", "")
	w.put("a", "1 2 3")
	w.start()
}

func TestPartialResponses(t *testing.T) {
	rows := []row{
		{
			name: "a reported record comes again with all behind it", source: docPartial, config: partial,
			run: func(w *world) {
				three(w)
				w.reports("1 2 3", "2")
				require.Equal(w.t, afterSequence("1"), w.checkpoint("a"))
				w.pass(time.Second)
				w.ok("2 3")
			},
		},
		{
			name: "the lowest reported record is the checkpoint", source: docPartial, config: partial,
			run: func(w *world) {
				three(w)
				w.reports("1 2 3", "3", "2")
				w.pass(time.Second)
				w.ok("2 3")
			},
		},
		{
			name: "without ReportBatchItemFailures the answer does not count", source: docPartial,
			run: func(w *world) {
				three(w)
				w.reports("1 2 3", "2")
				w.pass(time.Minute)
				require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
			},
		},
		{
			name: "an error counts, whatever it returned before", source: docPartial, config: partial,
			run: func(w *world) {
				three(w)
				w.end(w.invoked("1 2 3"), mapping.Errored, `{"batchItemFailures":[]}`)
				w.pass(time.Second)
				w.ok("1 2 3")
			},
		},
		{
			name: "a time-out makes the whole batch fail", source: docPartial, config: partial,
			run: func(w *world) {
				three(w)
				w.end(w.invoked("1 2 3"), mapping.TimedOut, "")
				w.pass(time.Second)
				w.ok("1 2 3")
			},
		},
		{
			name: "a partial failure uses up a retry", source: docPartial, config: both(partial, retries(1)),
			run: func(w *world) {
				three(w)
				w.reports("1 2 3", "2")
				w.pass(time.Second)
				w.reports("2 3", "3")
				w.stored(mapping.RetryAttemptsExhausted, "3")
			},
		},
		{
			name: "what the function got wrong is told", source: ours, config: partial,
			run: func(w *world) {
				three(w)
				w.answers("1 2 3", `{"batchItemFailures":[{"ItemIdentifier":"2"}]}`)
				require.Contains(w.t, w.machine.Snapshot().Shards[0].Lanes[0].Fault, "has no itemIdentifier")
			},
		},
	}
	for name, answer := range map[string]string{
		"an empty answer": "", "a null answer": "null", "an empty object": "{}",
		"an empty list": `{"batchItemFailures":[]}`, "a null list": `{"batchItemFailures":null}`,
	} {
		rows = append(rows, row{name: name + " is success", source: docPartial, config: partial, run: func(w *world) {
			three(w)
			w.answers("1 2 3", answer)
			w.pass(time.Minute)
			require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
		}})
	}
	for name, answer := range map[string]string{
		"an empty itemIdentifier":               `{"batchItemFailures":[{"itemIdentifier":""}]}`,
		"a null itemIdentifier":                 `{"batchItemFailures":[{"itemIdentifier":null}]}`,
		"an itemIdentifier with a bad key name": `{"batchItemFailures":[{"itemidentifier":"2"}]}`,
		"a good and a bad itemIdentifier":       `{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":""}]}`,
	} {
		rows = append(rows, row{name: name + " makes the whole batch fail", source: docPartial, config: partial, run: func(w *world) {
			three(w)
			w.answers("1 2 3", answer)
			w.pass(time.Second)
			w.ok("1 2 3")
		}})
	}
	for name, answer := range map[string]string{
		"an unknown itemIdentifier":          `{"batchItemFailures":[{"itemIdentifier":"4"}]}`,
		"an event id for a sequence number":  `{"batchItemFailures":[{"itemIdentifier":"k2-2"}]}`,
		"a number for an itemIdentifier":     `{"batchItemFailures":[{"itemIdentifier":2}]}`,
		"a list that is none":                `{"batchItemFailures":"2"}`,
		"an answer that is no JSON":          `OK`,
		"an answer that is no object":        `["2"]`,
		"a failure that is null":             `{"batchItemFailures":[null]}`,
		"an answer with something behind it": `{"batchItemFailures":[]} {}`,
	} {
		rows = append(rows, row{name: name + " makes the whole batch fail", source: ours, config: partial, run: func(w *world) {
			three(w)
			w.answers("1 2 3", answer)
			w.pass(time.Second)
			w.ok("1 2 3")
		}})
	}
	rows = append(rows, row{
		name: "a list under another case of its name is no list", source: docPartial, config: partial,
		run: func(w *world) {
			three(w)
			w.answers("1 2 3", `{"BatchItemFailures":[{"itemIdentifier":"1"}]}`)
			w.pass(time.Minute)
			require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
		},
	})
	runRows(t, rows)
}

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
			name: "an error splits in the middle, ReportBatchItemFailures or not", source: docPartial,
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
			name: "a partial response splits at the returned record", source: docPartial, config: both(bisect, partial),
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
			name: "a split at the returned record uses up no retry", source: docPartial,
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

func TestRecordAge(t *testing.T) {
	runRows(t, []row{
		{
			name: "a failing batch is given up when it is too old", source: docParams, config: age(60),
			run: func(w *world) {
				three(w)
				for w.now.Sub(start) <= time.Minute {
					w.fails("1 2 3")
					w.pass(30 * time.Second)
				}
				w.stored(mapping.RecordAgeExceeded, "1 2 3")
			},
		},
		{
			name: "records that are too old are not sent at all", source: docParams, config: age(60),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.now = w.now.Add(61 * time.Second)
				w.put("a", "3")
				w.start()
				require.Zero(w.t, w.stored(mapping.RecordAgeExceeded, "1 2").Invocations)
				w.ok("3")
			},
		},
		{
			name: "a record of exactly the age is sent", source: docParams, config: age(60),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.now = w.now.Add(60 * time.Second)
				w.start()
				w.ok("1")
			},
		},
		{
			name: "only the old part of a batch is given up", source: docParams, config: age(60),
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.now = w.now.Add(40 * time.Second)
				w.put("a", "2")
				w.start()
				w.fails("1 2")
				w.pass(250 * time.Millisecond)
				in := w.invoked("1 2")
				w.pass(25 * time.Second)
				w.end(in, mapping.Errored, "")
				w.pass(time.Second)
				w.stored(mapping.RecordAgeExceeded, "1")
				w.ok("2")
			},
		},
		{
			name: "a throttled batch is given up when it is too old", source: docErrors, config: age(60),
			run: func(w *world) {
				three(w)
				in := w.invoked("1 2 3")
				w.pass(61 * time.Second)
				w.end(in, mapping.NotInvocable, "")
				w.pass(time.Second)
				require.Zero(w.t, w.stored(mapping.RecordAgeExceeded, "1 2 3").Invocations)
			},
		},
		{
			name: "without a limit a failing record expires with the stream, loudly", source: docParams, config: age(-1),
			run: func(w *world) {
				three(w)
				in := w.invoked("1 2 3")
				w.pass(24*time.Hour + time.Second)
				w.end(in, mapping.Errored, "")
				w.pass(time.Second)
				w.alarmed(mapping.AlarmExpired, "1 2 3")
				require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
				require.Zero(w.t, w.machine.Snapshot().Metrics.DroppedEventCount, "the metric leaves out what expires")
			},
		},
		{
			name: "a limit beyond the stream's 24 hours is none", source: docParams, config: age(604_800),
			run: func(w *world) {
				three(w)
				in := w.invoked("1 2 3")
				w.pass(24*time.Hour + time.Second)
				w.end(in, mapping.Errored, "")
				w.pass(time.Second)
				w.alarmed(mapping.AlarmExpired, "1 2 3")
			},
		},
		{
			name: "what the stream still gives is delivered however old", source: ours, config: age(-1),
			run: func(w *world) {
				w.open("a", "")
				w.write("a", record("1", "k", w.now.Add(-25*time.Hour), false))
				w.start()
				w.ok("1")
			},
		},
		{
			name: "whichever of age and retries comes first", source: docErrors, config: both(age(600), retries(1)),
			run: func(w *world) {
				three(w)
				w.fails("1 2 3")
				w.pass(time.Second)
				w.fails("1 2 3")
				w.stored(mapping.RetryAttemptsExhausted, "1 2 3")
			},
		},
	})
}
