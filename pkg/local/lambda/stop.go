package lambda

import (
	"context"
	"slices"
	"syscall"
	"time"
)

// ShutdownGrace is how long an instance has between SIGTERM and SIGKILL: Lambda's limit for the Shutdown phase.
const ShutdownGrace = 2 * time.Second

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

// Stop refuses new invocations, waits for the running ones until the context ends, then sends SIGTERM to every
// instance, and SIGKILL after ShutdownGrace. When it returns no instance is left. The error is the first failure to
// write the log.
func (f *Function) Stop(ctx context.Context) error {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	within(ctx, f.invoking.Wait)

	instances := f.close()
	for _, i := range instances {
		i.process.signal(syscall.SIGTERM)
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
