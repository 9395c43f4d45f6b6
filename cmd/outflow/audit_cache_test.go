package main

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// A second history asks the bucket for no key index, and shows the same.
func TestKeyIndexesAreKept(t *testing.T) {
	memory := auditlog.NewMemory()
	made, err := auditlog.Write(auditlog.Config{Seed: 1, Changes: 300, Items: 40}, memory)
	require.NoError(t, err)
	var asked atomic.Int64 // several indexes are asked for at a time
	bucket := &s3fake.S3{}
	for key, body := range memory.Objects {
		bucket.Set(key, body)
	}
	bucket.Fail = func(operation, key string) s3fake.Fault {
		if operation == "GetObject" && strings.Contains(key, "/keys/") {
			asked.Add(1)
		}
		return s3fake.Fault{}
	}
	cache := &indexCache{bucket, t.TempDir()}
	log := audit.Log{Client: cache, Bucket: "audit", Name: made.Name}
	lines := func(n int) []audit.Line {
		q := audit.ItemQuery{Key: fmt.Appendf(nil, `{"PK":{"S":"ITEM#%d"},"SK":{"S":"X"}}`, n), Now: made.End.Add(time.Minute)}
		h, err := log.History(t.Context(), q)
		require.NoError(t, err)
		require.Empty(t, h.Faults)
		require.NotEmpty(t, h.Lines)
		return h.Lines
	}
	first := lines(3)
	require.Positive(t, asked.Load())
	asked.Store(0)
	require.Equal(t, first, lines(3))
	lines(4)
	require.Zero(t, asked.Load())

	for key, body := range memory.Objects {
		if !strings.Contains(key, "/keys/") {
			continue
		}
		in := &s3.GetObjectInput{Key: &key}
		for _, span := range [][2]int{{0, len(body)}, {1, 3}, {len(body) - 2, len(body)}} {
			part := fmt.Sprintf("bytes=%d-%d", span[0], span[1]-1)
			in.Range = &part
			out, err := cache.GetObject(t.Context(), in)
			require.NoError(t, err)
			got, err := io.ReadAll(out.Body)
			require.NoError(t, err)
			require.NoError(t, out.Body.Close())
			require.Equal(t, string(body[span[0]:span[1]]), string(got))
		}
		altered := &indexCache{bucket, t.TempDir()}
		bucket.Set(key, []byte("nonsense\n"))
		for range 2 {
			asked.Store(0)
			_, err = altered.GetObject(t.Context(), &s3.GetObjectInput{Key: &key})
			require.NoError(t, err)
			require.Positive(t, asked.Load(), "what its name does not vouch for is not kept")
		}
	}
}
