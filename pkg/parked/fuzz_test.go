package parked_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/parked"
)

// FuzzRead reads objects that anybody may have put where parked records and given-up batches are: each is one of those,
// with an event, or unreadable.
func FuzzRead(f *testing.F) {
	failure := mapping.Failure{Mapping: "m", Condition: mapping.RetryAttemptsExhausted, At: time.Unix(0, 0),
		Records: []mapping.Record{{Sequence: "1", Body: []byte(`{"eventID":"1"}`)}}}
	body, err := failure.Body("request")
	require.NoError(f, err)
	f.Add(true, body)
	f.Add(true, []byte(`{"payload":{"Records":[]}}`))
	f.Add(true, []byte(`{"payload":null}`))
	f.Add(false, []byte(`{"v":1,"outlet":"search","reason":"r","record":{"eventID":"1"}}`))
	f.Add(false, []byte(`{"v":1,"outlet":"search","recordBase64":"e30="}`))
	f.Add(false, []byte(`{"v":2,"outlet":"search"}`))
	f.Fuzz(func(t *testing.T, batch bool, body []byte) {
		entry := parked.Entry{Key: "parked/search/label/1-1.json", Outlet: "search"}
		if batch {
			entry = parked.Entry{Key: "aws/lambda/m/s/1970/01/01/x"}
		}
		fake := &s3fake.S3{}
		fake.Set(entry.Key, body)
		store := &parked.Store{Client: fake, Bucket: "b", Now: func() time.Time { return now }}
		item, err := store.Read(t.Context(), entry)
		if err != nil {
			require.True(t, errors.Is(err, parked.ErrUnreadable), "%v", err)
			return
		}
		require.NotEmpty(t, item.Event())
		require.Equal(t, batch, item.Batch != nil)
		require.Equal(t, batch, item.Record == nil)
	})
}
