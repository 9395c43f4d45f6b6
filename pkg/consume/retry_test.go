package consume_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/consume"
)

func TestRetryGivesUpAfterItsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries, start := 0, time.Now()
		err := consume.Retry{}.Do(t.Context(), func() error { tries++; return errDown })
		require.ErrorIs(t, err, errDown)
		require.Equal(t, 12, tries)
		require.InDelta(t, 31.3, time.Since(start).Seconds(), 16, "half a minute, give or take the jitter")
	})
}

func TestRetryEndsWithSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		err := consume.Retry{Attempts: 5}.Do(t.Context(), func() error {
			if tries++; tries < 4 {
				return errDown
			}
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 4, tries)
	})
}

func TestRetryEndsWithItsContextAndSaysWhatWasWrongBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := consume.Retry{}.Do(ctx, func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errDown
		})
		require.ErrorIs(t, err, errDown)
		require.False(t, errors.Is(err, context.DeadlineExceeded))
	})
}

func TestWorkThatMovesHasAllItsAttemptsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pauses := consume.Retry{Attempts: 3}.Start()
		for range 10 {
			require.True(t, pauses.Wait(t.Context()))
			pauses.Moved()
		}
		require.True(t, pauses.Wait(t.Context()))
		require.True(t, pauses.Wait(t.Context()))
		require.False(t, pauses.Wait(t.Context()))
	})
}
