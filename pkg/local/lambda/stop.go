package lambda

import (
	"context"
	"slices"
	"syscall"
	"time"
)

// ShutdownGrace is how long an instance whose runtime registered itself as an extension has between SIGTERM and
// SIGKILL. One that did not is killed at once: "0 ms: a function with no registered extensions; 500 ms: a function with a
// registered internal extension" ("Understanding the Lambda execution environment lifecycle", Shutdown phase).
const ShutdownGrace = 500 * time.Millisecond

// Instances returns the process ids of the running instances, in the order of their starts. Killing one at any moment
// costs the invocation that it is running, and nothing else.
func (f *Function) Instances() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	pids := make([]int, 0, len(f.live))
	for _, i := range f.live {
		if !i.isGone() {
			pids = append(pids, i.process.pid)
		}
	}
	return pids
}

// Stop refuses new invocations, waits for the running ones until the context ends, then ends every instance as Lambda
// does; see ShutdownGrace. When it returns no instance is left. The error is the first failure to write the log.
func (f *Function) Stop(ctx context.Context) error {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	within(ctx, f.invoking.Wait)

	instances := f.close()
	for _, i := range instances {
		if i.registered.Load() {
			i.process.signal(syscall.SIGTERM)
		} else {
			i.process.signal(syscall.SIGKILL)
		}
	}
	grace, cancel := context.WithTimeout(context.Background(), ShutdownGrace)
	defer cancel()
	within(grace, f.instances.Wait)
	for _, i := range instances {
		i.process.signal(syscall.SIGKILL)
	}
	f.instances.Wait()
	f.invoking.Wait()
	return f.log.failure()
}

func (f *Function) close() []*instance {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closing = true
	return slices.Clone(f.live)
}

// within waits for the condition or for the end of the context.
func within(ctx context.Context, wait func()) {
	done := make(chan struct{})
	go func() {
		wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
