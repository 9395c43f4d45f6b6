// Package bench_test measures the whole pipeline on this machine.
package bench_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

const (
	writes   = 50
	poll     = 20 * time.Millisecond
	patience = time.Minute // for one write; far more than it takes
)

// BenchmarkLatency is how long an order takes from the answer to its write until a search finds it, its event is
// delivered, and its audit line can be read: median and 99th percentile over the writes, made one after another, with
// each reader asking every 20 ms. The mapping's batching window and the index's refresh interval, a second each, are
// part of it.
func BenchmarkLatency(b *testing.B) {
	p, m, dir := startPipeline(b)
	r := newReaders(b, p, m, dir)
	order(b, r, "warm-up") // makes the indexes and starts the function
	taken := map[string][]time.Duration{}
	for i := range writes {
		for reader, after := range order(b, r, fmt.Sprintf("order-%d", i)) {
			taken[reader] = append(taken[reader], after)
		}
	}
	b.ReportMetric(0, "ns/op") // a fixed number of writes is one measurement
	for reader, all := range taken {
		slices.Sort(all)
		b.ReportMetric(milliseconds(all[len(all)/2]), reader+"-median-ms")
		b.ReportMetric(milliseconds(all[(99*len(all)+99)/100-1]), reader+"-p99-ms")
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// order writes one order and returns how long each reader waited for it.
func order(b *testing.B, r *readers, id string) map[string]time.Duration {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	fields := table.Item{"order_id": id, "user_id": "u1", "status": "NEW", "total": "99.90", "created_at": time.Now()}
	require.NoError(b, r.table.Put(ctx, table.Put{Entity: "Order", Fields: fields}))
	written := time.Now()
	var waiting sync.WaitGroup
	var mu sync.Mutex
	taken := map[string]time.Duration{}
	for name, sees := range map[string]func(context.Context, string) (bool, error){
		"search": r.document, "event": r.event, "audit": r.line,
	} {
		waiting.Go(func() {
			err := until(ctx, func() (bool, error) { return sees(ctx, id) })
			mu.Lock()
			defer mu.Unlock()
			taken[name] = time.Since(written)
			if err != nil {
				b.Errorf("%s of order %s: %v", name, id, err)
			}
		})
	}
	waiting.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return taken
}

// until asks again and again until the answer is yes.
func until(ctx context.Context, asks func() (bool, error)) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if yes, err := asks(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// startPipeline runs the shop's pipeline with the real binary on the engines that the environment names.
func startPipeline(b *testing.B) (*local.Pipeline, *model.Model, string) {
	b.Helper()
	endpoints := map[engine.Name]string{
		engine.DynamoDB: enginetest.URL(b, enginetest.DynamoDB), engine.S3: enginetest.URL(b, enginetest.S3),
		engine.OpenSearch: enginetest.URL(b, enginetest.OpenSearch),
	}
	access, secret := enginetest.Credentials(b)
	b.Setenv("AWS_ACCESS_KEY_ID", access)
	b.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	src, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(b, err)
	m, faults := model.Parse("model.yaml", src)
	require.NoError(b, faults.Err())
	dir := b.TempDir()
	binary := filepath.Join(b.TempDir(), "bootstrap")
	out, err := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", binary, "../../functions/consumer").CombinedOutput()
	require.NoError(b, err, "%s", out)
	p, err := local.Start(b.Context(), local.Config{
		Dir: dir, Model: m, Stage: fmt.Sprintf("bench-%d", os.Getpid()), Consumer: binary,
		Engines: engine.Options{Endpoints: endpoints}, Out: io.Discard,
	})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, p.Stop(context.Background())) })
	return p, m, dir
}
