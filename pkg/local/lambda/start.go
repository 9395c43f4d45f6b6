package lambda

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"
)

// startFor starts an instance for the invocation. An init that fails is tried once more, now inside the invocation
// and its time-out, as Lambda does; where that fails too the instance is nil and the invocation has its answer.
func (f *Function) startFor(ctx context.Context, inv *invocation) (*instance, error) {
	inv.cold = true
	i, err := f.attempt(ctx, inv, "init", time.Now().Add(f.cfg.InitTimeout))
	if i != nil || err != nil || inv.answer.fault.Type == invalidEntrypoint {
		return i, err
	}
	inv.answer = nil
	inv.begin(f.log)
	inv.initInside = true
	return f.attempt(ctx, inv, "invoke", inv.deadline)
}

const invalidEntrypoint = "Runtime.InvalidEntrypoint"

// attempt starts a process and waits until it asks for work. The error is one of this machine or of the caller's
// context; a fault of the function becomes the invocation's answer.
func (f *Function) attempt(ctx context.Context, inv *invocation, phase string, deadline time.Time) (*instance, error) {
	began := time.Now()
	defer func() { inv.init = time.Since(began) }()
	i, err := f.launch()
	if notRunnable(err) {
		inv.answer = given(inv.id, invalidEntrypoint, "%v; build the function again", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	end := i.await(ctx, deadline)
	inv.pid = i.process.pid
	switch {
	case end == asked:
		return i, nil
	case end == cancelled:
		return nil, ctx.Err()
	case f.isClosing():
		return nil, ErrStopped
	}
	i.output.drain()
	if inv.answer = i.initFault(); inv.answer == nil {
		inv.answer = verdict(i, inv, end)
		f.log.printf("%s", inv.answer.fault.Message)
	}
	f.log.initReport(phase, time.Since(began), end, inv.answer.fault.Type)
	return nil, nil
}

// launch starts an instance and remembers it for as long as its process runs.
func (f *Function) launch() (*instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		return nil, ErrStopped
	}
	i, err := startInstance(&f.cfg, f.log)
	if err != nil {
		return nil, err
	}
	f.live = append(f.live, i)
	f.instances.Go(func() {
		<-i.gone
		f.mu.Lock()
		defer f.mu.Unlock()
		same := func(other *instance) bool { return other == i }
		f.live = slices.DeleteFunc(f.live, same)
		f.idle = slices.DeleteFunc(f.idle, same)
	})
	return i, nil
}

// notRunnable says that the binary, rather than this machine's state, keeps a process from starting.
func notRunnable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC) ||
		errors.Is(err, syscall.ETXTBSY)
}
