package main_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/search"
)

// coldStarts is how many starts of each binary are measured, in turns.
const coldStarts = 15

// BenchmarkStart is how long the consumer takes to ask for work, against a function that does nothing: medians, and
// their ratio. An outlet's connections are made by the first batch, as in Lambda.
func BenchmarkStart(b *testing.B) {
	empty := filepath.Join(b.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", empty, "../../scripts/bench/empty")
	out, err := build.CombinedOutput()
	require.NoError(b, err, "%s", out)
	env := environment(b, nil)
	var consumer, nothing []time.Duration
	for range coldStarts {
		consumer = append(consumer, start(b, lambda.Config{Env: env}, `{"Records":[]}`))
		nothing = append(nothing, start(b, lambda.Config{Binary: empty}, `{}`))
	}
	b.ReportMetric(0, "ns/op") // it is measured by the host, so often, however often the benchmark runs
	b.ReportMetric(milliseconds(median(consumer)), "consumer-ms")
	b.ReportMetric(milliseconds(median(nothing)), "empty-ms")
	b.ReportMetric(float64(median(consumer))/float64(median(nothing)), "ratio")
}

// start is one cold start: from the start of the process to its first request for work.
func start(b *testing.B, cfg lambda.Config, event string) time.Duration {
	b.Helper()
	f := host(b, cfg)
	r, err := f.Invoke(b.Context(), []byte(event))
	require.NoError(b, err)
	require.NoError(b, r.Err())
	require.True(b, r.Cold)
	require.NoError(b, f.Stop(context.Background()))
	return r.InitDuration
}

func median(all []time.Duration) time.Duration { return slices.Sorted(slices.Values(all))[len(all)/2] }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkLargestEvent is one event of 6 MB and 10,000 records through all three outlets of a new instance: the most
// memory that any held for it, first, and for the same event delivered again. real is on the engines, except for the bus.
func BenchmarkLargestEvent(b *testing.B) {
	b.Run("fake", func(b *testing.B) {
		largest(b, map[string]string{"OUTFLOW_OPENSEARCH_URL": newDomain(b).url, "AWS_ENDPOINT_URL_S3": newObjects(b).url})
	})
	b.Run("real", func(b *testing.B) {
		access, secret := enginetest.Credentials(b)
		_, bucket := s3test.Bucket(b)
		makeOrders(b, enginetest.URL(b, enginetest.OpenSearch))
		largest(b, map[string]string{
			"OUTFLOW_OPENSEARCH_URL": enginetest.URL(b, enginetest.OpenSearch), "AWS_ENDPOINT_URL_S3": enginetest.URL(b, enginetest.S3),
			"OUTFLOW_AUDIT_BUCKET": bucket, "OUTFLOW_FAILURES_BUCKET": bucket,
			"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret,
		})
	})
}

// makeOrders makes the index of orders as if an hour ago: in a new one each order would be read from the table.
func makeOrders(b *testing.B, url string) {
	b.Helper()
	m := shopModel(b)
	name := search.IndexName("shop-test-", "orders", 1)
	meta := search.NewMeta(m.Indexes["orders"], m.Version(), time.Now().Add(-time.Hour))
	body, err := search.IndexBody(name, search.ReadAlias("shop-test-", "orders"), meta)
	require.NoError(b, err)
	call := func(method, query string, body []byte) {
		r, err := http.NewRequest(method, url+"/"+name+query, bytes.NewReader(body)) // also at the end, when the context is done
		require.NoError(b, err)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		require.NoError(b, err)
		require.NoError(b, answer.Body.Close())
		require.Equal(b, http.StatusOK, answer.StatusCode)
	}
	remove := func() { call(http.MethodDelete, "?ignore_unavailable=true", nil) }
	remove()
	b.Cleanup(remove)
	call(http.MethodPut, "", body)
}

const largestRecords = 10_000 // of a mapping's batch

func largest(b *testing.B, env map[string]string) {
	b.Helper()
	env["AWS_ENDPOINT_URL_EVENTBRIDGE"] = startBus(b, b.TempDir())
	env["OUTFLOW_AUDIT_RETENTION"] = "none"
	all := environment(b, env)
	var first, again int64
	for b.Loop() {
		event := largestEvent(time.Now().UTC())
		require.Greater(b, len(event), 95*lambda.MaxPayload/100)
		first, again = max(first, peak(b, all, event)), max(again, peak(b, all, event))
	}
	b.ReportMetric(float64(first)/(1<<20), "first-peak-MiB")
	b.ReportMetric(float64(again)/(1<<20), "again-peak-MiB")
}

// peak is the most memory that a new instance held for the event.
func peak(b *testing.B, env map[string]string, event []byte) int64 {
	b.Helper()
	f := host(b, lambda.Config{Memory: 1024, Env: env})
	r := invoke(b, f, event)
	require.NoError(b, f.Stop(context.Background()))
	return r.MaxMemory
}

// largestEvent is what a mapping may give at most: 10,000 records in 6 MB. Orders are placed, so that each record makes
// a document, an event and an audit line. It is of a stream that was made now, so that each is newer than those before.
func largestEvent(now time.Time) []byte {
	var out bytes.Buffer
	out.WriteString(`{"Records":[`)
	for i := range largestRecords {
		if i > 0 {
			out.WriteByte(',')
		}
		keys := fmt.Sprintf(`"PK":{"S":"ORDER#o%07d"},"SK":{"S":"METADATA"}`, i)
		fmt.Fprintf(&out, `{"eventID":"%032x","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",`+
			`"awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":%d,"Keys":{%s},"NewImage":{%s,`+
			`"status":{"S":"NEW"},"user_id":{"S":"user-%014d"},"total":{"N":"42.5"}},"SequenceNumber":"%021d",`+
			`"SizeBytes":100,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn:aws:dynamodb:us-east-1:`+
			`000000000000:table/shop-test/stream/%s"}`, i, now.Unix(), keys, keys, i, i+1, now.Format("2006-01-02T15:04:05.000"))
	}
	out.WriteString(`]}`)
	return out.Bytes()
}
