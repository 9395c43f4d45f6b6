package replay_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/publish"
)

func failing(string, string) s3fake.Fault { return s3fake.Fault{Err: errDown} }

// What an expired item announces says so again, and a moment keeps its fraction.
func TestCauseAndMomentComeBack(t *testing.T) {
	w := newWorld(t)
	const order = `{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"user_id":{"S":"u1"},"total":{"N":"00042.10"},"status":{"S":"NEW"},"created_at":{"S":"2026-11-02T09:20:01Z"}}`
	w.live(t, batch(`{"eventID":"e1","eventName":"REMOVE","eventSource":"aws:dynamodb",
		"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
		"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312","dynamodb":{
		"ApproximateCreationDateTime":1793611200.25,"SequenceNumber":"00012","StreamViewType":"NEW_AND_OLD_IMAGES",
		"Keys":{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"}},"OldImage":`+order+`}}`), 0)
	require.Contains(t, *w.bus.taken[0].Detail, `"cause":"ttl"`)
	require.Contains(t, *w.bus.taken[0].Detail, `:00.25Z"`)
	var again bus
	_, err := w.replay(t, &again, publish.Replay{}, 0)
	require.NoError(t, err)
	require.Equal(t, sameButReplayed(w.bus.taken), again.taken)
}

// Whatever a record holds: what was announced of it is announced again.
func FuzzReplayOfARecord(f *testing.F) {
	content := recorded(f)
	f.Add(content)
	f.Add([]byte(strings.ReplaceAll(string(content), `"price": {"N"`, `"price": {"S"`)))
	f.Fuzz(func(t *testing.T, event []byte) {
		w := newWorld(t)
		changes, err := change.Decode(w.model, event)
		if err != nil {
			return
		}
		streams := map[string]bool{}
		for i := range changes {
			streams[changes[i].Version] = true
		}
		if len(streams) != len(changes) { // one record twice, which no batch has
			return
		}
		w.state.Of.From = "1970-01-01T00:00:00Z"
		w.state.Until = began.AddDate(7972, 11, 30)
		w.live(t, event, 0)
		var again bus
		_, err = w.replay(t, &again, publish.Replay{}, 0)
		require.NoError(t, err)
		require.ElementsMatch(t, sameButReplayed(w.bus.taken), again.taken)
	})
}
