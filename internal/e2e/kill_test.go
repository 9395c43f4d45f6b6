package e2e_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"time"
)

// kill kills a consumer's instance at random moments, until ctx ends, and returns how many.
func (w *world) kill(ctx context.Context, random *rand.Rand) (kills int, err error) {
	for {
		moment := time.NewTimer(time.Duration(500+random.IntN(3500)) * time.Millisecond)
		select {
		case <-ctx.Done():
			moment.Stop()
			return kills, nil
		case <-moment.C:
		}
		instances := w.Instances()
		if len(instances) == 0 {
			continue
		}
		err := syscall.Kill(instances[random.IntN(len(instances))], syscall.SIGKILL)
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			return kills, err
		}
		kills++
	}
}
