package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

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
			name: "an iterator that expires at LATEST may miss records: said aloud", source: docStart, config: latest,
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
			name: "trimmed records are never passed over quietly", source: docRetention,
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
			name: "a shard that is gone before its end is told of, and its child goes on", source: docShards,
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
