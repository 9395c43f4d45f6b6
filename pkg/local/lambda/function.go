package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// Function hosts the instances of one function. It is safe for use by several goroutines.
type Function struct {
	cfg Config
	log *lineLog

	mu        sync.Mutex
	idle      []*instance // that asked for work; the last to finish is the first to be used again
	live      []*instance // all whose process runs, in the order of their starts
	busy      int         // invocations running
	stopped   bool        // no more invocations
	closing   bool        // no more instances
	invoking  sync.WaitGroup
	instances sync.WaitGroup
}

// New checks the configuration and returns the function; nothing is started before the first Invoke. The error
// names every fault of the configuration.
func New(cfg Config) (*Function, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	return &Function{cfg: cfg, log: &lineLog{out: cfg.Log}}, nil
}

// ARN is the function's ARN, in account 000000000000 and the region of its AWS_REGION.
func (f *Function) ARN() string { return f.cfg.arn() }

// Invoke runs the function once with the payload, synchronously. A Result tells what became of an invocation that
// Lambda took, however it ended; the error is ErrThrottled, ErrTooLarge, ErrNotJSON or ErrStopped, the context's, or
// says that this machine could not start a process. Where the context ends first, the instance is killed and whether
// the function's work took effect is unknown, as with Crashed and TimedOut.
func (f *Function) Invoke(ctx context.Context, payload []byte) (Result, error) {
	if err := f.enter(ctx, payload); err != nil {
		return Result{}, fmt.Errorf("invoke %s: %w", f.cfg.Name, err)
	}
	defer f.leave()
	result, err := f.run(ctx, newInvocation(&f.cfg, payload))
	if err != nil {
		return Result{}, fmt.Errorf("invoke %s: %w", f.cfg.Name, err)
	}
	return result, nil
}

// run gives the invocation to an idle instance, or to a new one. An idle instance that died since it asked for work
// never saw the invocation, so the next may have it.
func (f *Function) run(ctx context.Context, inv *invocation) (Result, error) {
	for i := f.takeIdle(); i != nil; i = f.takeIdle() {
		if i.hand(inv) {
			return f.finish(ctx, i, inv)
		}
	}
	i, err := f.startFor(ctx, inv)
	if err != nil {
		return Result{}, err
	}
	if i == nil {
		return f.result(nil, inv, exited), nil
	}
	i.hand(inv) // one that is gone is found gone by finish
	return f.finish(ctx, i, inv)
}

// finish waits for the runtime to ask for more work: an invocation is not over before.
func (f *Function) finish(ctx context.Context, i *instance, inv *invocation) (Result, error) {
	end := i.await(ctx, inv.deadline)
	i.output.drain()
	inv.answer = i.release()
	if err := f.abandoned(ctx, inv, end); err != nil {
		f.log.printf("END RequestId: %s\tunanswered: %v", inv.id, err)
		return Result{}, err
	}
	result := f.result(i, inv, end)
	if end == asked {
		f.putIdle(i)
	}
	return result, nil
}

// abandoned is the reason why this side ended an invocation that has no answer, or nil.
func (f *Function) abandoned(ctx context.Context, inv *invocation, end ending) error {
	switch {
	case inv.answer != nil:
		return nil
	case end == cancelled:
		return ctx.Err()
	case end == exited && f.isClosing():
		return ErrStopped
	}
	return nil
}

func (f *Function) enter(ctx context.Context, payload []byte) error {
	switch {
	case len(payload) > MaxPayload:
		return fmt.Errorf("%w; this one has %d", ErrTooLarge, len(payload))
	case !json.Valid(payload):
		return ErrNotJSON
	case ctx.Err() != nil:
		return ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.stopped:
		return ErrStopped
	case f.busy >= f.cfg.Concurrency:
		return fmt.Errorf("%w (concurrency %d)", ErrThrottled, f.cfg.Concurrency)
	}
	f.busy++
	f.invoking.Add(1)
	return nil
}

func (f *Function) leave() {
	f.mu.Lock()
	f.busy--
	f.mu.Unlock()
	f.invoking.Done()
}

func (f *Function) takeIdle() *instance {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.idle) == 0 {
		return nil
	}
	i := f.idle[len(f.idle)-1]
	f.idle = f.idle[:len(f.idle)-1]
	return i
}

func (f *Function) putIdle(i *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !i.isGone() { // else it may have been forgotten already
		f.idle = append(f.idle, i)
	}
}

func (f *Function) isClosing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closing
}

// newInvocation copies the payload: an instance may read it after a cancelled Invoke returned.
func newInvocation(cfg *Config, payload []byte) *invocation {
	return &invocation{id: newID(), trace: newTrace(time.Now()), timeout: cfg.Timeout, payload: bytes.Clone(payload)}
}
