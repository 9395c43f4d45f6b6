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
			name: "TRIM_HORIZON begins with the oldest record", source: docStart,
			run: func(w *world) {
				w.open("a", "")
				w.put("a", "1 2")
				w.start()
				w.ok("1 2")
			},
		},
		{
			name: "LATEST begins with what comes next", source: docStart, config: latest,
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
			name: "LATEST passes over closed parents", source: docShards, config: latest,
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
			name: "LATEST reads the children that come later from their start", source: docShards, config: latest,
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
			name: "a restart at LATEST before the first record may miss some: said aloud", source: docStart, config: latest,
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
			name: "a child waits until its parent is done", source: docShards,
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
			name: "a child waits while its parent fails", source: docShards,
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
			name: "both children of a split shard are read", source: docShards,
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
			name: "a parent that the stream lists no more does not hold its child", source: docShards,
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
			name: "a shard that closes is done when its records are", source: docShards,
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
