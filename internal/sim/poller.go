package sim

import (
	"time"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// poller carries out what the event source mapping's machine asks for.
type poller struct {
	machine *mapping.Machine
	making  int // machines made so far: what an earlier one asked for is answered to nobody
	saved   map[string]mapping.Checkpoint
	wake    int // number of the last wake-up asked for; earlier ones are void
}

func (w *world) mappingConfig() mapping.Config {
	c := mapping.Defaults()
	c.ID, c.FunctionARN, c.StreamARN = "11111111-1111-4111-8111-111111111111",
		"arn:aws:lambda:eu-west-1:123456789012:function:shop-prod-consumer", streamARN
	c.StartingPosition = mapping.TrimHorizon
	c.BatchSize = pick(w.work, []int{10, 50, 100})
	c.MaximumBatchingWindowInSeconds = 1
	c.ParallelizationFactor = 1 + w.work.IntN(3)
	c.ReportBatchItemFailures, c.BisectBatchOnFunctionError = true, w.work.chance(0.7)
	c.MaximumRetryAttempts, c.MaximumRecordAgeInSeconds = -1, 12*60*60
	if w.work.chance(0.2) { // not as it is deployed, so that what is given up is seen too
		c.MaximumRetryAttempts = 1 + w.work.IntN(4)
	}
	c.OnFailure = true
	return c
}

// boot makes a machine from the checkpoints that were saved.
func (w *world) boot() {
	var checkpoints []mapping.Checkpoint
	for _, s := range w.stream.shards {
		s.iterator = -1
		if c, saved := w.poller.saved[s.id]; saved {
			checkpoints = append(checkpoints, c)
		}
	}
	machine, err := mapping.New(w.mapping, checkpoints)
	if err != nil {
		w.fail("the mapping does not start: %v", err)
		return
	}
	w.poller.machine = machine
	w.poller.making++
	w.input(mapping.Tick{})
}

// input tells the machine what happened, and begins what it asks for.
func (w *world) input(in mapping.Input) {
	for _, effect := range w.poller.machine.Step(time.Now(), in) {
		switch e := effect.(type) {
		case mapping.ListShards:
			w.answer(w.poll(), func() mapping.Input { return w.stream.list() })
		case mapping.Read:
			w.answer(w.poll(), func() mapping.Input { return w.read(e) })
		case mapping.Invoke:
			w.invoke(e)
		case mapping.StoreFailure:
			w.answer(w.poll(), func() mapping.Input { return w.storeFailure(e) })
		case mapping.WakeAt:
			w.poller.wake++
			wake, making := w.poller.wake, w.poller.making
			w.at(e.At, func() {
				if wake == w.poller.wake && making == w.poller.making {
					w.input(mapping.Tick{})
				}
			})
		case mapping.SaveCheckpoint:
			w.poller.saved[e.Checkpoint.Shard] = e.Checkpoint
		case mapping.ForgetCheckpoint:
			delete(w.poller.saved, e.Shard)
		case mapping.Alarm:
			w.fail("the mapping raises an alarm: %s: %s", e.Kind, e.Message)
		}
	}
}

// answer gives the machine an answer after a while, if it is still the same one.
func (w *world) answer(after time.Duration, in func() mapping.Input) {
	making := w.poller.making
	w.after(after, func() {
		if making == w.poller.making {
			w.input(in())
		}
	})
}

// poll is how long a poll takes; a throttled one takes seconds.
func (w *world) poll() time.Duration {
	if w.strikes(PollThrottled, 0.02) {
		return w.severity.between(time.Second, 5*time.Second)
	}
	return w.latency.between(100*time.Millisecond, 250*time.Millisecond)
}

func (w *world) read(e mapping.Read) mapping.Input {
	switch {
	case w.strikes(ReadFailed, 0.02):
		return mapping.ReadFailed{Read: e.ID, Cause: mapping.Transient, Detail: "internal server error"}
	case w.strikes(IteratorLost, 0.02):
		w.stream.shard(e.Shard).iterator = -1
		return mapping.ReadFailed{Read: e.ID, Cause: mapping.IteratorExpired, Detail: "iterator expired"}
	}
	return w.stream.read(e, time.Now())
}

// storeFailure writes a batch that was given up to the failures bucket, as the service does.
func (w *world) storeFailure(e mapping.StoreFailure) mapping.Input {
	body, err := e.Failure.Body(w.uuid())
	if err != nil {
		w.fail("the invocation record cannot be made: %v", err)
		return mapping.StoreFailed{Failure: e.ID, Detail: err.Error()}
	}
	key := e.Failure.Key(w.uuid())
	w.failures.Set(key, body)
	w.tell("mapping: gives up %d records: %s", len(e.Failure.Records), e.Failure.Condition)
	w.oracle.gaveUp(key, e.Failure.Records)
	return mapping.FailureStored{Failure: e.ID}
}
