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
