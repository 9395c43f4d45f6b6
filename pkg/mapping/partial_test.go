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
			name: "a reported record comes again with all behind it", source: docReport, config: partial,
			run: func(w *world) {
				three(w)
				w.reports("1 2 3", "2")
				require.Equal(w.t, afterSequence("1"), w.checkpoint("a"))
				w.pass(time.Second)
				w.ok("2 3")
			},
		},
		{
			name: "the lowest reported record is the checkpoint", source: docReport, config: partial,
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
			name: "a partial failure uses up a retry", source: docConditions, config: both(partial, retries(1)),
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
		"an empty answer is success": "", "a null answer is success": "null", "an empty object is success": "{}",
		"an empty list is success": `{"batchItemFailures":[]}`, "a null list is success": `{"batchItemFailures":null}`,
	} {
		rows = append(rows, row{name: name, source: docConditions, config: partial, run: func(w *world) {
			three(w)
			w.answers("1 2 3", answer)
			w.pass(time.Minute)
			require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
		}})
	}
	for name, answer := range map[string]string{
		"an empty itemIdentifier makes the whole batch fail":               `{"batchItemFailures":[{"itemIdentifier":""}]}`,
		"a null itemIdentifier makes the whole batch fail":                 `{"batchItemFailures":[{"itemIdentifier":null}]}`,
		"an itemIdentifier with a bad key name makes the whole batch fail": `{"batchItemFailures":[{"itemidentifier":"2"}]}`,
		"a good and a bad itemIdentifier makes the whole batch fail":       `{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":""}]}`,
	} {
		rows = append(rows, row{name: name, source: docConditions, config: partial, run: func(w *world) {
			three(w)
			w.answers("1 2 3", answer)
			w.pass(time.Second)
			w.ok("1 2 3")
		}})
	}
	for name, answer := range map[string]string{
		"an unknown itemIdentifier makes the whole batch fail":          `{"batchItemFailures":[{"itemIdentifier":"4"}]}`,
		"an event id for a sequence number makes the whole batch fail":  `{"batchItemFailures":[{"itemIdentifier":"k2-2"}]}`,
		"a number for an itemIdentifier makes the whole batch fail":     `{"batchItemFailures":[{"itemIdentifier":2}]}`,
		"a list that is none makes the whole batch fail":                `{"batchItemFailures":"2"}`,
		"an answer that is no JSON makes the whole batch fail":          `OK`,
		"an answer that is no object makes the whole batch fail":        `["2"]`,
		"a failure that is null makes the whole batch fail":             `{"batchItemFailures":[null]}`,
		"an answer with something behind it makes the whole batch fail": `{"batchItemFailures":[]} {}`,
	} {
		rows = append(rows, row{name: name, source: ours, config: partial, run: func(w *world) {
			three(w)
			w.answers("1 2 3", answer)
			w.pass(time.Second)
			w.ok("1 2 3")
		}})
	}
	rows = append(rows, row{
		name: "a list under another case of its name is no list", source: docReport, config: partial,
		run: func(w *world) {
			three(w)
			w.answers("1 2 3", `{"BatchItemFailures":[{"itemIdentifier":"1"}]}`)
			w.pass(time.Minute)
			require.Equal(w.t, afterSequence("3"), w.checkpoint("a"))
		},
	})
	runRows(t, rows)
}
