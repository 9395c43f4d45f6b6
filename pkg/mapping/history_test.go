package mapping_test

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// history is what a test saw of every record, and checks each step against what a mapping promises.
type history struct {
	w       *world
	item    map[string]string // by sequence
	given   map[string]bool   // delivered at least once
	settled map[string]bool   // succeeded, or reported as lost or stored
	fresh   map[string]bool   // succeeded by this machine since it last went back to its checkpoints
	last    mapping.ID        // of the invocations so far
	paused  mapping.ID        // the last before the machine goes back to its checkpoints
	next    int
	inputs  []stepped
}

type stepped struct {
	now     time.Time
	input   mapping.Input
	effects []mapping.Effect
}

func newHistory(w *world) *history {
	h := &history{w: w, item: map[string]string{}, given: map[string]bool{}, settled: map[string]bool{}, fresh: map[string]bool{}}
	w.watch = h.watch
	return h
}

func (h *history) watch(now time.Time, in mapping.Input, effects []mapping.Effect) {
	h.inputs = append(h.inputs, stepped{now, in, effects})
	for _, e := range effects {
		switch e := e.(type) {
		case mapping.Invoke:
			h.invoked(e)
		case mapping.SaveCheckpoint:
			h.saved(e.Checkpoint)
		case mapping.Alarm:
			require.NotEqual(h.w.t, mapping.AlarmUnexpected, e.Kind, e.Message)
			if e.Kind == mapping.AlarmDropped || e.Kind == mapping.AlarmExpired {
				h.settle(e.Records)
			}
		}
	}
}

func (h *history) settle(records []mapping.Record) {
	for _, r := range records {
		h.settled[r.Sequence] = true
		h.given[r.Sequence] = true
	}
}

func (h *history) invoked(i mapping.Invoke) {
	t := h.w.t
	h.last = i.ID
	require.NotEmpty(t, i.Records)
	require.LessOrEqual(t, len(i.Records), h.w.config.BatchSize)
	for _, other := range h.w.invokes {
		require.False(t, other.Shard == i.Shard && other.Lane == i.Lane, "two invocations of lane %d of %s", i.Lane, i.Shard)
	}
	for _, other := range h.w.stores {
		require.False(t, other.Failure.Shard == i.Shard && other.Lane == i.Lane, "lane %d goes on before its failure is stored", i.Lane)
	}
	if parent := h.w.shard(h.w.shard(i.Shard).Parent); parent != nil {
		require.Empty(t, h.unsettled(parent, ""), "a child runs before its parent is done")
	}
	for _, r := range i.Records {
		require.False(t, r.Filtered, "%s does not match the filter", r.Sequence)
		require.False(t, h.fresh[r.Sequence], "%s comes again below the checkpoint", r.Sequence)
		h.inOrder(i.Shard, r)
		h.given[r.Sequence] = true
	}
}

// inOrder holds if everything of the item before the record was delivered or reported.
func (h *history) inOrder(shard string, record mapping.Record) {
	for _, r := range h.w.shard(shard).records {
		if r.Sequence == record.Sequence {
			return
		}
		if !r.Filtered && h.item[r.Sequence] == h.item[record.Sequence] {
			require.True(h.w.t, h.given[r.Sequence], "%s overtakes %s of the same item", record.Sequence, r.Sequence)
		}
	}
}

func (h *history) saved(c mapping.Checkpoint) {
	s := h.w.shard(c.Shard)
	if c.Position.Type == mapping.After {
		require.Empty(h.w.t, h.unsettled(s, c.Position.Sequence), "the checkpoint passes over records")
	}
	if c.Done {
		require.True(h.w.t, s.closed)
		require.Empty(h.w.t, h.unsettled(s, ""), "a shard is done before its records are")
	}
}

// unsettled are the records of a shard up to one, or all, that neither succeeded nor were reported.
func (h *history) unsettled(s *stream, upTo string) (left []string) {
	for _, r := range s.records {
		if !r.Filtered && !h.settled[r.Sequence] {
			left = append(left, r.Sequence)
		}
		if r.Sequence == upTo {
			break
		}
	}
	return left
}

// answer ends an invocation so that the records before the given index succeeded.
func (h *history) answer(i mapping.Invoke, succeeded int) {
	for _, r := range i.Records[:succeeded] {
		h.settled[r.Sequence], h.fresh[r.Sequence] = true, i.ID > h.paused
	}
	in := mapping.InvocationEnded{Invocation: i.ID, RequestID: "r", Outcome: mapping.Returned}
	if succeeded < len(i.Records) {
		in.Response = fmt.Appendf(nil, `{"batchItemFailures":[{"itemIdentifier":%q}]}`, i.Records[succeeded].Sequence)
	}
	h.w.step(in)
}

func (h *history) put(t *rapid.T) {
	s := h.w.shards[rapid.IntRange(0, len(h.w.shards)-1).Draw(t, "shard")]
	if s.closed {
		return
	}
	for range rapid.IntRange(1, 8).Draw(t, "records") {
		h.next++
		sequence, item := strconv.Itoa(900+h.next), rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "item")
		h.item[sequence] = item
		s.records = append(s.records, record(sequence, item, h.w.now, rapid.IntRange(0, 9).Draw(t, "filter") == 0))
	}
}

func (h *history) respond(t *rapid.T) {
	if len(h.w.invokes) == 0 {
		return
	}
	at := rapid.IntRange(0, len(h.w.invokes)-1).Draw(t, "which")
	i := h.w.invokes[at]
	h.w.invokes = append(h.w.invokes[:at:at], h.w.invokes[at+1:]...)
	switch outcome := rapid.SampledFrom([]mapping.Outcome{
		mapping.Returned, mapping.Returned, mapping.Returned, mapping.Errored, mapping.TimedOut, mapping.NotInvocable,
	}).Draw(t, "outcome"); {
	case outcome != mapping.Returned:
		h.w.end(i, outcome, "")
	case h.w.config.ReportBatchItemFailures:
		h.answer(i, rapid.IntRange(0, len(i.Records)).Draw(t, "succeeded"))
	default:
		h.answer(i, len(i.Records))
	}
}

func (h *history) store(t *rapid.T) {
	if len(h.w.stores) == 0 {
		return
	}
	s := h.w.stores[0]
	h.w.stores = h.w.stores[1:]
	if rapid.Bool().Draw(t, "refused") {
		h.w.step(mapping.StoreFailed{Failure: s.ID, Detail: "refused"})
		return
	}
	h.settle(s.Failure.Records)
	h.w.step(mapping.FailureStored{Failure: s.ID})
}

func (h *history) split(t *rapid.T) {
	s := h.w.shards[rapid.IntRange(0, len(h.w.shards)-1).Draw(t, "shard")]
	if s.closed || len(h.w.shards) > 5 {
		return
	}
	s.closed = true
	h.w.open(fmt.Sprintf("%s%d", s.ID, len(h.w.shards)), s.ID)
}

func (h *history) fail(t *rapid.T) {
	s := h.w.shards[rapid.IntRange(0, len(h.w.shards)-1).Draw(t, "shard")]
	s.fail = append(s.fail, rapid.SampledFrom([]mapping.Cause{mapping.Transient, mapping.IteratorExpired}).Draw(t, "cause"))
}

func (h *history) restart() {
	h.replay()
	h.fresh, h.paused = map[string]bool{}, 0
	h.w.boot()
	h.w.start()
}

func (h *history) pause() {
	h.w.step(mapping.Disable{})
	h.fresh, h.paused = map[string]bool{}, h.last
}

func (h *history) act(t *rapid.T) {
	switch rapid.IntRange(0, 24).Draw(t, "action") {
	case 0:
		h.restart()
	case 1:
		h.pause()
	case 2, 3:
		h.w.step(mapping.Enable{})
	case 4:
		h.split(t)
	case 5:
		h.fail(t)
	case 6:
		h.w.hold = !h.w.hold
	case 7:
		h.w.release()
	case 8, 9, 10:
		h.put(t)
	case 11, 12, 13, 14:
		h.w.pass(time.Duration(rapid.IntRange(0, 40_000).Draw(t, "ms")) * time.Millisecond)
	case 15, 16, 17:
		h.store(t)
	default:
		h.respond(t)
	}
}

// drain lets everything succeed, until nothing has been left to do for a while: long enough for a chain of shards.
func (h *history) drain() {
	for _, s := range h.w.shards {
		s.fail = nil
	}
	h.w.hold = false
	h.w.release()
	h.w.step(mapping.Enable{})
	for round, calm := 0, 0; calm < 90; round++ {
		require.Less(h.w.t, round, 1000, "records are stuck")
		if calm++; h.finish() || slices.ContainsFunc(h.w.shards, func(s *stream) bool { return len(h.unsettled(s, "")) > 0 }) {
			calm = 0
		}
		h.w.pass(time.Second)
	}
}

// finish lets what is under way succeed; it reports whether anything was.
func (h *history) finish() (busy bool) {
	for ; len(h.w.invokes) > 0; busy = true {
		i := h.w.invokes[0]
		h.w.invokes = h.w.invokes[1:]
		h.answer(i, len(i.Records))
	}
	for ; len(h.w.stores) > 0; busy = true {
		s := h.w.stores[0]
		h.w.stores = h.w.stores[1:]
		h.settle(s.Failure.Records)
		h.w.step(mapping.FailureStored{Failure: s.ID})
	}
	return busy
}

// replay gives a second machine the same inputs, which must bring the same effects.
func (h *history) replay() {
	if len(h.inputs) == 0 {
		return
	}
	twin, err := mapping.New(h.w.config, h.w.booted)
	require.NoError(h.w.t, err)
	for _, s := range h.inputs {
		require.Equal(h.w.t, s.effects, twin.Step(s.now, s.input))
	}
	require.Equal(h.w.t, h.w.machine.Snapshot(), twin.Snapshot())
	h.inputs = nil
}
