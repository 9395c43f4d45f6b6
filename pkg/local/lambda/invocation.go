package lambda

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// invocation is one call of the function on its way through an instance. It belongs to the goroutine of Invoke, and to
// the Runtime API between hand and the end of await.
type invocation struct {
	id, trace string
	payload   []byte
	timeout   time.Duration
	began     time.Time // zero before begin
	deadline  time.Time // the function's time-out
	answer    *answer   // nil until the runtime, or the host in its place, gave one

	cold       bool
	pid        int           // of the last instance started for it
	init       time.Duration // of that instance
	initInside bool          // a first init failed, and the next runs inside the invocation
}

// begin logs START, once, and starts the clock. Where an init already runs inside the invocation, the clock runs on.
func (inv *invocation) begin(log *lineLog) {
	if inv.began.IsZero() {
		log.printf("START RequestId: %s Version: %s", inv.id, version)
	}
	if !inv.initInside {
		inv.began = time.Now()
		inv.deadline = inv.began.Add(inv.timeout)
	}
}

// result turns what is known at the end into a Result, and logs END and REPORT. The instance is nil where none got
// through its init; the invocation then has its answer.
func (f *Function) result(i *instance, inv *invocation, end ending) Result {
	if inv.began.IsZero() {
		inv.begin(f.log)
	}
	r := Result{RequestID: inv.id, Cold: inv.cold, PID: inv.pid, InitDuration: inv.init, Duration: time.Since(inv.began)}
	r.Outcome = outcome(i, inv, end)
	if i != nil {
		r.PID, r.MaxMemory = i.process.pid, i.peak
		if inv.answer == nil || end == outOfMemory {
			inv.answer = verdict(i, inv, end)
			f.log.printf("%s", inv.answer.fault.Message)
		}
	}
	r.Payload, r.Error = inv.answer.body, inv.answer.fault
	f.log.report(&r, f.cfg.Memory)
	return r
}

// outcome: an answer counts even where the instance ended after it, except above the memory limit, where Lambda would
// have killed it before.
func outcome(i *instance, inv *invocation, end ending) Outcome {
	switch {
	case i == nil:
		return InitFailed
	case end == outOfMemory:
		return OutOfMemory
	case inv.answer != nil && inv.answer.fault == nil:
		return Succeeded
	case inv.answer != nil:
		return Failed
	case end == timedOut:
		return TimedOut
	}
	return Crashed
}

// verdict is the answer to an invocation, or to an init, that the instance ended without one.
func verdict(i *instance, inv *invocation, end ending) *answer {
	switch end {
	case timedOut:
		return given(inv.id, "Sandbox.Timedout", "Task timed out after %.2f seconds", inv.timeout.Seconds())
	case outOfMemory:
		return given(inv.id, "Runtime.OutOfMemory", "Runtime exited with error: signal: killed (%d MiB resident of %d MiB)",
			i.peak>>20, i.cfg.Memory)
	}
	return given(inv.id, "Runtime.ExitError", "%s", i.process.ending())
}

func newID() string { return uuid.NewString() }

// newTrace is an X-Ray trace header of a trace that is not sampled.
func newTrace(now time.Time) string {
	id := uuid.New()
	parent := uuid.New()
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", now.Unix(), hex.EncodeToString(id[:12]),
		hex.EncodeToString(parent[:8]))
}
