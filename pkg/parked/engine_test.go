package parked_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/pkg/parked"
)

// The real engine must keep keys and conditions as the fake does.
func TestParkedOnTheEngine(t *testing.T) {
	client, bucket := s3test.Bucket(t)
	w := newWorld(t, client, bucket)
	key := w.park(t, "search", "a")
	w.park(t, "search", "a")
	w.park(t, "events", "!")
	require.Equal(t, parked.Open, w.list(t)[key])
	_, outcome := w.retry(t, key)
	require.Equal(t, parked.Resolved, outcome.State)
	states := w.list(t)
	require.Len(t, states, 2)
	require.Equal(t, parked.Resolved, states[key])
}
