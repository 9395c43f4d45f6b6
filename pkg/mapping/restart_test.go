package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func TestStopAndStart(t *testing.T) {
	runRows(t, []row{
		{
			name: "a restart goes on behind the checkpoint", source: docStreams,
			config: func(c *mapping.Config) { c.BatchSize = 2 },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2 3 4")
				w.start()
				w.ok("1 2")
				w.invoked("3 4")
				w.boot()
				w.start()
				w.ok("3 4")
			},
		},
		{
			name: "a restart reads no shard that is done", source: ours,
			run: func(w *world) {
				w.open("a", "").closed = true
				w.put("a", "1")
				w.open("b", "a")
				w.start()
				w.ok("1")
				w.boot()
				w.start()
				w.put("b", "2")
				w.pass(time.Second)
				w.ok("2")
			},
		},
		{
			name: "after a restart a child still waits for its parent", source: docShards,
			run: func(w *world) {
				w.open("b", "a")
				w.put("b", "2")
				w.open("a", "").closed = true
				w.put("a", "1")
				w.start()
				w.invoked("1")
				w.boot()
				w.start()
				w.ok("1")
				w.ok("2")
			},
		},
		{
			name: "after a restart nothing is read before the parents are known", source: docShards,
			run: func(w *world) {
				machine, err := mapping.New(w.config, []mapping.Checkpoint{
					{Shard: "b", Position: mapping.Position{Type: mapping.TrimHorizon}},
				})
				require.NoError(w.t, err)
				require.Equal(w.t, []mapping.Effect{mapping.ListShards{}}, machine.Step(w.now, mapping.Tick{}))
			},
		},
		{
			name: "a shard that is new after a restart at LATEST is read from its start", source: docShards, config: latest,
			run: func(w *world) {
				a := w.open("a", "")
				w.start()
				w.put("a", "1")
				w.pass(time.Second)
				w.ok("1")
				a.closed = true
				w.open("b", "a")
				w.put("b", "2")
				w.boot()
				w.start()
				w.ok("2")
			},
		},
		{
			name: "after a restart records may come in another company", source: ours,
			run: func(w *world) {
				three(w)
				w.invoked("1 2 3")
				w.put("a", "4")
				w.boot()
				w.start()
				w.ok("1 2 3 4")
			},
		},
		{
			name: "a disabled mapping does nothing", source: docUpdate,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.step(mapping.Disable{})
				w.put("a", "1")
				w.pass(time.Hour)
				w.quiet()
				require.True(w.t, w.wake.IsZero(), "there is nothing to wake for")
				require.Equal(w.t, mapping.StateStopped, w.machine.Snapshot().Shards[0].State)
			},
		},
		{
			name: "an enabled mapping goes on where it stopped", source: docUpdate,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.start()
				w.ok("1")
				w.step(mapping.Disable{})
				w.put("a", "2")
				w.pass(time.Hour)
				w.step(mapping.Enable{})
				w.ok("2")
			},
		},
		{
			name: "a mapping may be created disabled", source: docParams,
			config: func(c *mapping.Config) { c.Disabled = true },
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.start()
				w.quiet()
				w.step(mapping.Enable{})
				w.ok("1")
			},
		},
		{
			name: "an invocation that runs while the mapping is disabled still counts", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.start()
				in := w.invoked("1")
				w.step(mapping.Disable{})
				w.end(in, mapping.Returned, "")
				require.Equal(w.t, afterSequence("1"), w.checkpoint("a"))
				w.step(mapping.Enable{})
				w.pass(time.Minute)
			},
		},
		{
			name: "enabling while an invocation still runs starts no second one", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.start()
				in := w.invoked("1 2")
				w.step(mapping.Disable{})
				w.step(mapping.Enable{})
				w.pass(time.Minute)
				w.quiet()
				w.end(in, mapping.Errored, "")
				w.ok("1 2")
			},
		},
		{
			name: "what expired while the mapping was disabled is told of", source: docUpdate,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1")
				w.start()
				w.ok("1")
				w.step(mapping.Disable{})
				w.put("a", "2 3")
				a.trimmed = 2
				a.iterator = 1
				w.step(mapping.Enable{})
				w.alarmed(mapping.AlarmTrimmed, "")
				w.ok("3")
			},
		},
		{
			name: "what a read gives after the mapping was disabled does not count", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.hold = true
				w.start()
				w.step(mapping.Disable{})
				w.release()
				w.pass(time.Minute)
				w.quiet()
				require.Zero(w.t, w.machine.Snapshot().Metrics.PolledEventCount)
				w.hold = false
				w.step(mapping.Enable{})
				w.ok("1")
			},
		},
		{
			name: "a shard goes back to its checkpoint when the read under way has ended", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.hold = true
				w.start()
				w.step(mapping.Disable{})
				w.step(mapping.Enable{})
				require.Len(w.t, w.held, 1, "two reads would share one iterator")
				w.hold = false
				w.release()
				require.True(w.t, w.reads[1].Restart)
				w.ok("1")
			},
		},
		{
			name: "checkpoints can be kept whole", source: ours,
			run: func(w *world) {
				w.open("b", "a")
				w.open("a", "").closed = true
				w.put("a", "1")
				w.start()
				w.ok("1")
				require.Equal(w.t, []mapping.Checkpoint{w.saved["a"], w.saved["b"]}, w.machine.Checkpoints())
			},
		},
		{
			name: "an answer to nothing is told of", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.step(mapping.InvocationEnded{Invocation: 99})
				w.alarmed(mapping.AlarmUnexpected, "")
				w.step(mapping.RecordsRead{Read: 99})
				w.alarmed(mapping.AlarmUnexpected, "")
				w.step(mapping.ReadFailed{Read: 99})
				w.alarmed(mapping.AlarmUnexpected, "")
				w.step(mapping.FailureStored{Failure: 99})
				w.alarmed(mapping.AlarmUnexpected, "")
				w.step(mapping.StoreFailed{Failure: 99})
				w.alarmed(mapping.AlarmUnexpected, "")
				w.step(nil)
				w.alarmed(mapping.AlarmUnexpected, "")
			},
		},
	})
}
