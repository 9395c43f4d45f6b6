package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/bus"
)

// flaky is a function that fails as told and remembers when it was called. Its clock is the bubble's.
type flaky struct {
	fail func(attempt int) error

	mu    sync.Mutex
	began time.Time
	times []time.Duration // since the first
}

func (f *flaky) Invoke(ctx context.Context, _ []byte) error {
	f.mu.Lock()
	if f.began.IsZero() {
		f.began = time.Now()
	}
	f.times = append(f.times, time.Since(f.began))
	attempt := len(f.times)
	f.mu.Unlock()
	return f.fail(attempt)
}

func (f *flaky) calls() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.times
}

// withFunction opens a bus with the function behind a rule for everything on the default bus.
func withFunction(t *testing.T, dir string, f bus.Function, policy string) *bus.Bus {
	t.Helper()
	cfg := config(dir)
	cfg.Now = time.Now
	cfg.Functions = map[string]bus.Function{"f": f}
	b := open(t, cfg)
	require.Empty(t, call(t, b, "PutRule", `{"Name":"all","EventPattern":"`+everything+`"}`, nil))
	target(t, b, `{"Id":"f","Arn":"arn:aws:lambda:us-east-1:000000000000:function:f","RetryPolicy":`+policy+`}`)
	return b
}

func target(t *testing.T, b *bus.Bus, definition string) {
	t.Helper()
	var out struct{ FailedEntryCount int }
	require.Empty(t, call(t, b, "PutTargets", `{"Rule":"all","Targets":[`+definition+`]}`, &out))
	require.Zero(t, out.FailedEntryCount)
}

func putOne(t *testing.T, b *bus.Bus) {
	t.Helper()
	var out struct{ FailedEntryCount int }
	body := `{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}"}]}`
	require.Empty(t, call(t, b, "PutEvents", body, &out))
	require.Zero(t, out.FailedEntryCount)
}

var errDown = errors.New("connection refused")

func failing(times int) func(int) error {
	return func(attempt int) error {
		if attempt <= times {
			return errDown
		}
		return nil
	}
}

func TestBackoffDoublesToAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		f := &flaky{fail: failing(11)}
		b := withFunction(t, dir, f, `{}`)
		putOne(t, b)
		require.NoError(t, b.Close(t.Context()))
		var pauses []time.Duration
		for n, at := range f.calls()[1:] {
			pauses = append(pauses, at-f.calls()[n])
		}
		const ms = time.Millisecond
		require.Equal(t, []time.Duration{
			200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 6400 * ms, 12800 * ms, 25600 * ms, 51200 * ms,
			time.Minute, time.Minute,
		}, pauses)
		require.Equal(t, int64(1), b.Counts().Delivered)
		require.Empty(t, lines(t, dir, "dead-letters.ndjson"))
	})
}

func TestRetriesEnd(t *testing.T) {
	forever := failing(1 << 30)
	function := func(int) error { return fmt.Errorf("%w: panic", bus.ErrFunction) }
	rows := []struct {
		name, policy, reason string
		fail                 func(int) error
		attempts             int
	}{
		{"by the policy's attempts", `{"MaximumRetryAttempts":3}`, "MaximumRetryAttempts", forever, 4},
		{"at once without attempts", `{"MaximumRetryAttempts":0}`, "MaximumRetryAttempts", forever, 1},
		{"by the default of attempts", `{}`, "MaximumRetryAttempts", forever, 186},
		{"by the policy's age", `{"MaximumEventAgeInSeconds":60}`, "MaximumEventAgeInSeconds", forever, 10},
		{"as Lambda's for a function's own failure", `{}`, "MaximumRetryAttempts", function, 3},
		{"earlier where the policy says so", `{"MaximumRetryAttempts":1}`, "MaximumRetryAttempts", function, 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				f := &flaky{fail: row.fail}
				b := withFunction(t, dir, f, row.policy)
				putOne(t, b)
				require.NoError(t, b.Close(t.Context()), "what is buried in time is no loss at the end")
				letters := deadLetters(t, dir, "dead-letters.ndjson")
				require.Len(t, letters, 1)
				require.Equal(t, row.reason, letters[0].Reason)
				require.Equal(t, strconv.Itoa(row.attempts-1), letters[0].Attributes["RETRY_ATTEMPTS"])
				require.Equal(t, row.reason, letters[0].Attributes["EXHAUSTED_RETRY_CONDITION"])
				require.Len(t, f.calls(), row.attempts)
				require.Contains(t, letters[0].Attributes["ERROR_MESSAGE"], row.fail(1).Error())
				require.Equal(t, int64(1), b.Counts().Dead)
				require.Zero(t, b.Counts().Pending)
			})
		})
	}
}

func TestAnEventThatFailsDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{fail: failing(1)}
		b := withFunction(t, t.TempDir(), f, `{}`)
		putOne(t, b)
		synctest.Wait()
		putOne(t, b)
		synctest.Wait()
		require.Equal(t, []time.Duration{0, 0}, f.calls())
		require.Equal(t, int64(1), b.Counts().Pending)
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, int64(2), b.Counts().Delivered)
	})
}

func TestRetriesComeInTheOrderInWhichTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{fail: failing(5)}
		b := withFunction(t, t.TempDir(), f, `{}`)
		putOne(t, b)
		<-time.After(250 * time.Millisecond) // by the bubble's clock: the first event failed twice and is due at 600
		putOne(t, b)
		require.NoError(t, b.Close(t.Context()))
		const ms = time.Millisecond
		require.Equal(t, []time.Duration{0, 200 * ms, 250 * ms, 450 * ms, 600 * ms, 850 * ms, 1400 * ms}, f.calls())
	})
}

func TestCloseSaysWhatWasNotDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := withFunction(t, dir, &flaky{fail: failing(1 << 30)}, `{}`)
		putOne(t, b)
		putOne(t, b)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := b.Close(ctx)
		require.ErrorContains(t, err, "BusClosed: 2 deliveries to target f of rule all on bus default were not made; "+
			"2 of them are in dead-letters.ndjson")
		letters := deadLetters(t, dir, "dead-letters.ndjson")
		require.Len(t, letters, 2)
		require.Equal(t, "BusClosed", letters[0].Reason)
		require.Contains(t, call(t, b, "PutEvents", `{}`, nil), "503 ServiceUnavailable: the bus was closed")
		require.NoError(t, b.Close(ctx), "a second Close changes nothing")
	})
}

// stuck is a function that answers when its context ends.
type stuck struct{}

func (stuck) Invoke(ctx context.Context, _ []byte) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestCloseEndsAttemptsThatRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := withFunction(t, dir, stuck{}, `{}`)
		for range 20 {
			putOne(t, b)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorContains(t, b.Close(ctx), "20 deliveries")
		require.Len(t, deadLetters(t, dir, "dead-letters.ndjson"), 20)
	})
}

func TestABacklogIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		cfg := config(dir)
		cfg.Functions = map[string]bus.Function{"f": stuck{}}
		cfg.MaxBacklog = 400 // two events of this test and a half
		b := open(t, cfg)
		require.Empty(t, call(t, b, "PutRule", `{"Name":"all","EventPattern":"`+everything+`"}`, nil))
		target(t, b, `{"Id":"f","Arn":"arn:aws:lambda:us-east-1:000000000000:function:f"}`)
		for range 3 {
			putOne(t, b)
		}
		synctest.Wait()
		letters := deadLetters(t, dir, "dead-letters.ndjson")
		require.Len(t, letters, 1)
		require.Equal(t, "BacklogFull", letters[0].Reason)
		require.Equal(t, int64(2), b.Counts().Pending)
		closeNow(t, b)
	})
}

func TestARemovedTargetsEventsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := withFunction(t, dir, &flaky{fail: failing(1 << 30)}, `{}`)
		putOne(t, b)
		synctest.Wait()
		require.Empty(t, call(t, b, "RemoveTargets", `{"Rule":"all","Ids":["f"]}`, nil))
		synctest.Wait()
		letters := deadLetters(t, dir, "dead-letters.ndjson")
		require.Len(t, letters, 1)
		require.Equal(t, "TargetRemoved", letters[0].Reason)
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestAChangedTargetGetsWhatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := withFunction(t, dir, &flaky{fail: failing(1 << 30)}, `{}`)
		putOne(t, b)
		synctest.Wait()
		target(t, b, `{"Id":"f","Arn":"`+queueARN+`mended"}`)
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, lines(t, dir, "events.ndjson"), lines(t, dir, "queues", "mended.ndjson"))
	})
}

func TestADeadLetterThatCannotBeWrittenIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := withFunction(t, dir, &flaky{fail: failing(1 << 30)}, `{"MaximumRetryAttempts":1}`)
		putOne(t, b)
		synctest.Wait()
		restore := fileSize(t, 10)
		<-time.After(time.Second) // by the bubble's clock: the second attempt fails, and so does its burial
		synctest.Wait()
		restore()
		require.Empty(t, lines(t, dir, "dead-letters.ndjson"))
		require.Equal(t, int64(1), b.Counts().Pending)
		require.NoError(t, b.Close(t.Context()))
		letters := deadLetters(t, dir, "dead-letters.ndjson")
		require.Len(t, letters, 1)
		require.Equal(t, "1", letters[0].Attributes["RETRY_ATTEMPTS"], "the event itself is not sent again")
	})
}

func TestCloseSaysWhatIsNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withFunction(t, t.TempDir(), stuck{}, `{}`)
		putOne(t, b)
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		restore := fileSize(t, 10)
		err := b.Close(ctx)
		restore()
		require.ErrorContains(t, err, "1 deliveries")
		require.ErrorContains(t, err, "0 of them are in dead-letters.ndjson")
		require.ErrorIs(t, err, syscall.EFBIG)
	})
}
