package publish_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// 10,000 updates of 20 items. The figures include the scripted bus, which decodes every event.
func BenchmarkDeliver(b *testing.B) {
	letters := strings.Repeat("abcdefghijklmnopqrst", 500)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, now, 0)
		changes := w.changes(b, letters)
		b.StartTimer()
		require.Empty(b, w.outlet.Deliver(b.Context(), changes).Pending)
		require.Len(b, w.bus.taken, len(changes))
	}
}

// agreeable takes everything at once and looks at nothing.
type agreeable struct{}

func (agreeable) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	taken := make([]types.PutEventsResultEntry, len(in.Entries))
	for i := range taken {
		taken[i].EventId = aws.String("e")
	}
	return &eventbridge.PutEventsOutput{Entries: taken}, nil
}

// What the outlet itself costs: 1,000 updates of as many items, each with an event of about 1 KiB, for a bus that costs
// next to nothing.
func BenchmarkOutletAlone(b *testing.B) {
	m, changes := notes(b)
	b.ReportAllocs()
	for b.Loop() {
		outlet, err := publish.NewOutlet(publish.OutletConfig{Model: m, Bus: "small-dev", Client: agreeable{}, Claims: &s3fake.S3{},
			ClaimsBucket: "claims", Now: time.Now})
		require.NoError(b, err)
		require.Empty(b, outlet.Deliver(b.Context(), changes).Pending)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(changes)), "ns/event")
}
