package replay_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/replay"
)

func call(entries int) *eventbridge.PutEventsInput {
	detail := `{"metadata":{"id":"1"}}`
	in := &eventbridge.PutEventsInput{}
	for range entries {
		in.Entries = append(in.Entries, types.PutEventsRequestEntry{Detail: &detail})
	}
	return in
}

func TestPaceKeepsToItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bus
		p := &replay.Pace{Client: &b, PerSecond: 20, Now: time.Now}
		start := time.Now()
		for _, step := range []struct {
			entries int
			at      time.Duration // when the call is through
		}{{10, 0}, {10, 500 * time.Millisecond}, {1, time.Second}, {10, 1050 * time.Millisecond}} {
			_, err := p.PutEvents(t.Context(), call(step.entries))
			require.NoError(t, err)
			require.Equal(t, step.at, time.Since(start))
		}
		<-time.After(time.Minute)
		_, err := p.PutEvents(t.Context(), call(10))
		require.NoError(t, err)
		require.Equal(t, 1050*time.Millisecond+time.Minute, time.Since(start), "what was not used is not made up for")
		require.Len(t, b.taken, 41)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = p.PutEvents(ctx, call(1))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, b.taken, 41)
	})
}
