package publish_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// newStub serves PutEvents, takes everything and looks at nothing, so that both sides are measured and not it.
func newStub(b *testing.B) *eventbridge.Client {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n := strings.Count(string(body), `"DetailType":`)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprintf(w, `{"FailedEntryCount":0,"Entries":[%s]}`, strings.TrimSuffix(strings.Repeat(`{"EventId":"e"},`, n), ","))
	}))
	b.Cleanup(server.Close)
	return eventbridge.New(eventbridge.Options{Region: "eu-west-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")})
}

// kept keeps the calls that pass.
type kept struct {
	publish.EventBridge
	calls []*eventbridge.PutEventsInput
}

func (k *kept) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, o ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	k.calls = append(k.calls, in)
	return k.EventBridge.PutEvents(ctx, in, o...)
}

// notes is 1,000 updates of as many items, each with an event of about 1 KiB.
func notes(b *testing.B) (*model.Model, []*change.Change) {
	b.Helper()
	w := newWorld(b, now, 0)
	var records []string
	for i := range 1000 {
		text, err := json.Marshal(strings.Repeat("w\"ö", 150))
		require.NoError(b, err)
		records = append(records, fmt.Sprintf(`{"eventID":"e%d","eventName":"MODIFY","eventSource":"aws:dynamodb",
			"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/small/stream/2026-11-02T09:14:07.312","dynamodb":{
			"ApproximateCreationDateTime":1793611200,"SequenceNumber":"%021[1]d","Keys":{"PK":{"S":"T#%[1]d"}},
			"OldImage":{"PK":{"S":"T#%[1]d"}},"NewImage":{"PK":{"S":"T#%[1]d"},"text":{"S":%[2]s}}}}`, i, text))
	}
	changes, err := change.Decode(w.model, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	require.NoError(b, err)
	all := make([]*change.Change, len(changes))
	for i := range changes {
		all[i] = &changes[i]
	}
	return w.model, all
}

// Events a second of the outlet, which makes, packs and sends them, against a loop that sends the same entries in the same
// calls, in turns on one stub. The aim is a ratio of 0.8 or more. The processor time is that of this process, the stub
// included on both sides.
func BenchmarkOutletAgainstABareLoop(b *testing.B) {
	m, changes := notes(b)
	client := newStub(b)
	newOutlet := func(client publish.EventBridge) *publish.Outlet { // one that has sent them does not send them again
		outlet, err := publish.NewOutlet(publish.OutletConfig{Model: m, Bus: "small-dev", Client: client, Claims: &s3fake.S3{},
			ClaimsBucket: "claims", Now: time.Now})
		require.NoError(b, err)
		return outlet
	}
	k := &kept{EventBridge: client}
	require.Empty(b, newOutlet(k).Deliver(b.Context(), changes).Pending)
	bare := func() {
		for _, call := range k.calls {
			entries := make([]types.PutEventsRequestEntry, len(call.Entries))
			copy(entries, call.Entries)
			out, err := client.PutEvents(b.Context(), &eventbridge.PutEventsInput{Entries: entries})
			require.NoError(b, err)
			require.Len(b, out.Entries, len(entries))
		}
	}
	bare()
	var ours, theirs spent
	for b.Loop() {
		outlet := newOutlet(client)
		ours.add(func() { require.Empty(b, outlet.Deliver(b.Context(), changes).Pending) })
		theirs.add(bare)
	}
	n := float64(b.N * len(changes))
	b.ReportMetric(n/ours.wall.Seconds(), "outlet-events/s")
	b.ReportMetric(n/theirs.wall.Seconds(), "bare-events/s")
	b.ReportMetric(theirs.wall.Seconds()/ours.wall.Seconds(), "ratio")
	b.ReportMetric(float64(ours.processor.Microseconds())/n, "outlet-cpu-us/event")
	b.ReportMetric(float64(theirs.processor.Microseconds())/n, "bare-cpu-us/event")
	b.ReportMetric(0, "ns/op")
}

// spent is the time that something took.
type spent struct{ wall, processor time.Duration }

func (s *spent) add(do func()) {
	wall, processor := time.Now(), processorTime()
	do()
	s.wall += time.Since(wall)
	s.processor += processorTime() - processor
}

// processorTime is that of this process so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
