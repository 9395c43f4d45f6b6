package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

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
