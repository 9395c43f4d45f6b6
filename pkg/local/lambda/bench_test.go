package lambda_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// BenchmarkWarm is what the host and the runtime add to an invocation that does nothing.
func BenchmarkWarm(b *testing.B) {
	for _, size := range []int{10, 1 << 20} {
		b.Run(fmt.Sprintf("%d-byte-event", size), func(b *testing.B) {
			f := start(b, lambda.Config{Memory: 512})
			event := []byte(`{"Do":"print","Text":"","Pad":"` + strings.Repeat("x", size) + `"}`)
			for b.Loop() {
				r, err := f.Invoke(context.Background(), event)
				require.NoError(b, err)
				require.NoError(b, r.Err())
			}
		})
	}
}

// BenchmarkCold is a start of the process, its init, one invocation and its end.
func BenchmarkCold(b *testing.B) {
	f := start(b, lambda.Config{})
	for b.Loop() {
		r, err := f.Invoke(context.Background(), []byte(`{"Do":"leave"}`))
		require.NoError(b, err)
		require.Equal(b, lambda.Crashed, r.Outcome)
	}
}
