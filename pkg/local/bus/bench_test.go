package bus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
)

// BenchmarkPutEvents is what one SDK client gets, with one rule that matches and feeds a queue file.
func BenchmarkPutEvents(b *testing.B) {
	for _, entries := range []int{1, 10} {
		b.Run(fmt.Sprintf("%d-entries", entries), func(b *testing.B) {
			cfg := config(b.TempDir())
			cfg.NewID = nil
			c := client(b, open(b, cfg))
			subscribe(b, c, "all", types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + "q")})
			in := &eventbridge.PutEventsInput{}
			for range entries {
				in.Entries = append(in.Entries, placed(strings.Repeat("x", 500)))
			}
			for b.Loop() {
				_, err := c.PutEvents(b.Context(), in)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(entries*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
