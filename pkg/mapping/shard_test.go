package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func latest(c *mapping.Config) { c.StartingPosition = mapping.Latest }

func TestShards(t *testing.T) {
	runRows(t, []row{
		{
			name: "TRIM_HORIZON begins with the oldest record", source: docStreams,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.start()
				w.ok("1 2")
			},
		},
		{
			name: "LATEST begins with what comes next", source: docStreams, config: latest,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.start()
				w.put("a", "3")
				w.pass(time.Second)
				w.ok("3")
			},
		},
		{
			name: "LATEST passes over closed parents", source: docKCL, config: latest,
			run: func(w *world) {
				w.open("a", "").closed = true
				w.put("a", "1")
				w.open("b", "a")
				w.start()
				w.put("b", "2")
				w.pass(time.Second)
				w.ok("2")
				require.True(w.t, w.saved["a"].Done)
			},
		},
		{
			name: "LATEST reads the children that come later from their start", source: docKCL, config: latest,
			run: func(w *world) {
				a := w.open("a", "")
				w.start()
				a.closed = true
				w.open("b", "a")
				w.put("b", "1")
				w.pass(time.Second)
				w.ok("1")
			},
		},
		{
			name: "a mapping at LATEST that restarts loses nothing that it has read", source: ours, config: latest,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.put("a", "1 2")
				w.pass(time.Second)
				w.invoked("1 2")
				w.boot()
				w.start()
				w.ok("1 2")
			},
		},
		{
			name: "a restart at LATEST before the first record may miss some: said aloud", source: docStreams, config: latest,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.boot()
				w.put("a", "1")
				w.start()
				w.alarmed(mapping.AlarmPositionLost, "")
				w.pass(time.Minute)
			},
		},
		{
			name: "a child waits until its parent is done", source: docKCL,
			run: func(w *world) {
				w.open("b", "a")
				w.put("b", "3")
				w.open("a", "").closed = true
				w.put("a", "1 2")
				w.start()
				parent := w.invoked("1 2")
				w.pass(time.Minute)
				w.quiet()
				w.end(parent, mapping.Returned, "")
				w.ok("3")
			},
		},
		{
			name: "a child waits while its parent fails", source: docKCL,
			run: func(w *world) {
				w.open("a", "").closed = true
				w.put("a", "1")
				w.open("b", "a")
				w.put("b", "2")
				w.start()
				w.fails("1")
				w.pass(time.Second)
				w.ok("1")
				w.ok("2")
			},
		},
		{
			name: "both children of a split shard are read", source: docKCL,
			run: func(w *world) {
				w.open("a", "").closed = true
				w.open("b", "a")
				w.open("c", "a")
				w.put("b", "1")
				w.put("c", "2")
				w.start()
				w.ok("1")
				w.ok("2")
			},
		},
		{
			name: "a parent that the stream lists no more does not hold its child", source: docKCL,
			run: func(w *world) {
				w.open("b", "a")
				w.put("b", "1")
				w.start()
				w.ok("1")
			},
		},
		{
			name: "shards run beside each other", source: docStreams,
			run: func(w *world) {
				w.open("a", "")
				w.open("b", "")
				w.put("a", "1")
				w.put("b", "2")
				w.start()
				require.Len(w.t, w.invokes, 2)
				w.ok("2")
				w.ok("1")
			},
		},
		{
			name: "a shard that closes is done when its records are", source: docKCL,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1")
				w.start()
				in := w.invoked("1")
				a.closed = true
				w.pass(time.Second)
				require.Equal(w.t, mapping.StateDraining, w.machine.Snapshot().Shards[0].State)
				w.end(in, mapping.Returned, "")
				require.Equal(w.t, mapping.StateDone, w.machine.Snapshot().Shards[0].State)
				require.True(w.t, w.saved["a"].Done)
			},
		},
		{
			name: "children are looked for as soon as a shard is done", source: ours,
			run: func(w *world) {
				a := w.open("a", "")
				w.start()
				w.pass(5 * time.Second)
				lists := w.lists
				a.closed = true
				w.open("b", "a")
				w.put("b", "1")
				w.pass(time.Second / 4)
				require.Equal(w.t, lists+1, w.lists)
				w.ok("1")
			},
		},
		{
			name: "new shards are found", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.start()
				w.open("b", "")
				w.put("b", "1")
				w.pass(10 * time.Second)
				w.ok("1")
			},
		},
		{
			name: "the checkpoint of a shard that is done and gone is forgotten", source: ours,
			run: func(w *world) {
				w.open("a", "").closed = true
				w.open("b", "a")
				w.start()
				require.Contains(w.t, w.saved, "a")
				w.shards = w.shards[1:]
				w.pass(10 * time.Second)
				require.Contains(w.t, w.saved, "a", "its child still names it")
				w.shards[0].Parent = ""
				w.pass(10 * time.Second)
				require.NotContains(w.t, w.saved, "a")
			},
		},
		{
			name: "a list that fails is asked for again", source: ours,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.listErr = "throttled"
				w.start()
				w.quiet()
				require.Equal(w.t, "throttled", w.machine.Snapshot().Failure)
				w.listErr = ""
				w.pass(time.Second)
				w.ok("1")
				require.Empty(w.t, w.machine.Snapshot().Failure)
			},
		},
	})
}

func TestReading(t *testing.T) {
	runRows(t, []row{
		{
			name: "an expired iterator is taken anew where reading stood", source: docDynamo,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1")
				w.start()
				w.ok("1")
				a.fail = []mapping.Cause{mapping.IteratorExpired}
				w.put("a", "2")
				w.pass(time.Second)
				w.ok("2")
			},
		},
		{
			name: "an iterator that expires at LATEST may miss records: said aloud", source: docStreams, config: latest,
			run: func(w *world) {
				a := w.open("a", "")
				w.start()
				a.fail = []mapping.Cause{mapping.IteratorExpired}
				w.pass(time.Second)
				w.alarmed(mapping.AlarmPositionLost, "")
			},
		},
		{
			name: "a read that fails is tried again, ever later", source: ours,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1")
				a.fail = []mapping.Cause{mapping.Transient, mapping.Transient}
				w.start()
				require.Equal(w.t, "told to", w.machine.Snapshot().Shards[0].Failure)
				w.pass(749 * time.Millisecond)
				w.quiet()
				w.pass(time.Millisecond)
				w.ok("1")
			},
		},
		{
			name: "trimmed records are never passed over quietly", source: docDynamo,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1")
				w.start()
				w.ok("1")
				w.put("a", "2 3 4")
				a.trimmed, a.iterator = 3, 1
				w.pass(time.Second)
				w.alarmed(mapping.AlarmTrimmed, "")
				w.ok("4")
				require.Equal(w.t, afterSequence("4"), w.checkpoint("a"))
			},
		},
		{
			name: "what was trimmed does not move the checkpoint over records under way", source: ours,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1")
				w.start()
				slow := w.invoked("1")
				w.put("a", "2 3 4")
				a.trimmed = 3
				w.pass(time.Second)
				w.alarmed(mapping.AlarmTrimmed, "")
				require.Equal(w.t, mapping.Position{Type: mapping.At, Sequence: "1"}, w.checkpoint("a"))
				w.end(slow, mapping.Returned, "")
				w.ok("4")
			},
		},
		{
			name: "what was trimmed between a start and the next is not passed over quietly", source: ours,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1 2 3")
				w.start()
				w.invoked("1 2 3")
				a.trimmed = 2
				w.boot()
				w.start()
				w.alarmed(mapping.AlarmTrimmed, "")
				w.ok("3")
			},
		},
		{
			name: "a shard that is gone before its end is told of, and its child goes on", source: docKCL,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1")
				w.start()
				w.ok("1")
				w.shards = nil
				w.open("b", "a")
				w.put("b", "2")
				w.pass(time.Minute)
				w.alarmed(mapping.AlarmShardGone, "")
				w.ok("2")
			},
		},
		{
			name: "a record that is read twice is delivered once", source: ours,
			run: func(w *world) {
				a := w.open("a", "")
				w.put("a", "1 2")
				w.start()
				w.ok("1 2")
				a.iterator = 0
				w.put("a", "3")
				w.pass(time.Second)
				w.ok("3")
				require.Equal(w.t, 3, w.machine.Snapshot().Metrics.PolledEventCount)
			},
		},
		{
			name: "sequence numbers are compared as numbers", source: docDynamo,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "999999999999999999999 1000000000000000000000 0000000000000000000001000000000000000000001")
				w.start()
				w.ok("999999999999999999999 1000000000000000000000 0000000000000000000001000000000000000000001")
			},
		},
	})
}

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
			name: "after a restart a child still waits for its parent", source: docKCL,
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
			name: "after a restart nothing is read before the parents are known", source: docKCL,
			run: func(w *world) {
				machine, err := mapping.New(w.config, []mapping.Checkpoint{
					{Shard: "b", Position: mapping.Position{Type: mapping.TrimHorizon}},
				})
				require.NoError(w.t, err)
				require.Equal(w.t, []mapping.Effect{mapping.ListShards{}}, machine.Step(w.now, mapping.Tick{}))
			},
		},
		{
			name: "a shard that is new after a restart at LATEST is read from its start", source: docKCL, config: latest,
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
