package lambda_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

func TestConcurrencyIsALimit(t *testing.T) {
	f := start(t, lambda.Config{Concurrency: 2})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first, second := hanging(ctx, t, f), hanging(ctx, t, f)
	require.Len(t, f.Instances(), 2)
	_, err := f.Invoke(t.Context(), []byte(`{}`))
	require.ErrorIs(t, err, lambda.ErrThrottled)
	require.ErrorContains(t, err, "concurrency 2")
	cancel()
	require.ErrorIs(t, (<-first).err, context.Canceled)
	require.ErrorIs(t, (<-second).err, context.Canceled)
	require.Equal(t, "again", text(t, invoke(t, f, `{"Do":"echo","Text":"again"}`)))
}

func TestSequentialInvocationsAreNeverThrottled(t *testing.T) {
	f := start(t, lambda.Config{Concurrency: 1})
	for n := range 200 {
		require.Equal(t, strconv.Itoa(n), text(t, invoke(t, f, `{"Do":"echo","Text":"%d"}`, n)))
	}
	require.Len(t, f.Instances(), 1)
}

func TestAnInstanceKilledInTheMiddle(t *testing.T) {
	f := start(t, lambda.Config{})
	done := hanging(t.Context(), t, f)
	require.NoError(t, syscall.Kill(f.Instances()[0], syscall.SIGKILL))
	r := <-done
	require.NoError(t, r.err)
	require.Equal(t, lambda.Crashed, r.Outcome)
	require.Equal(t, "Runtime.ExitError", r.Error.Type)
	require.Contains(t, r.Error.Message, "signal: killed")
	next := invoke(t, f, `{"Do":"echo","Text":"on"}`)
	require.Equal(t, "on", text(t, next))
	require.True(t, next.Cold)
}

// Killed at any moment, idle or not, an instance costs at most the invocation that it has; all others get their own
// answer.
func TestInstancesKilledAtRandom(t *testing.T) {
	f := start(t, lambda.Config{Concurrency: 4})
	var callers sync.WaitGroup
	var killed, failed, answered atomic.Int64
	stop := make(chan struct{})
	killer := make(chan struct{})
	go func() {
		defer close(killer)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if pids := f.Instances(); len(pids) > 0 && answered.Load() > 10*killed.Load() {
				if syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL) == nil {
					killed.Add(1)
				}
			}
		}
	}()
	for c := range 4 {
		callers.Go(func() {
			for n := range 150 {
				want := fmt.Sprintf("%d-%d", c, n)
				r, err := f.Invoke(t.Context(), fmt.Appendf(nil, `{"Do":"echo","Text":%q}`, want))
				switch {
				case err != nil:
					t.Error(err)
				case r.Outcome == lambda.Succeeded:
					answered.Add(1)
					if got := string(r.Payload); got != `"`+want+`"` {
						t.Errorf("asked for %s, got %s", want, got)
					}
				default:
					failed.Add(1)
					if r.Outcome != lambda.Crashed && r.Outcome != lambda.InitFailed {
						t.Errorf("unexpected %s: %s", r.Outcome, r.Payload)
					}
				}
			}
		})
	}
	callers.Wait()
	close(stop)
	<-killer
	require.Equal(t, int64(600), answered.Load()+failed.Load())
	require.Positive(t, killed.Load())
	require.LessOrEqual(t, failed.Load(), killed.Load())
	t.Logf("%d answered, %d killed, %d invocations lost with them", answered.Load(), killed.Load(), failed.Load())
}
