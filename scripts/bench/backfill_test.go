package bench_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/setting"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

// itemsVariable is how many items of 1 KB the table has; make backfill-bench gives 200,000.
const itemsVariable = "OUTFLOW_BACKFILL_ITEMS"

// TestBackfillBesideLiveWrites fills an empty index from a table that is written to meanwhile, whose stream is delivered
// by the consumer's outlet. It prints the live heap as it goes on, and the rate beside that of a bare loop of Scan and
// _bulk over the same items, before (which warms the server up) and after, beside the same writes. A watcher sees no document fall back, and at the end
// every document is as its item, and no other is there.
func TestBackfillBesideLiveWrites(t *testing.T) {
	f := newField(t, setting.Number(t, itemsVariable, 5000))
	f.startLife(t)
	before := f.bare(t, "plain-before")
	rate := f.backfill(t)
	after := f.bare(t, "plain-after")
	f.endLife(t)
	f.compare(t)
	t.Logf("backfill %.0f items/s; bare Scan and _bulk %.0f before, %.0f after; ratio to the faster %.2f", rate, before, after,
		rate/max(before, after))
	t.Logf("meanwhile %d writes, %d looks at documents; none fell back", f.life.writes, f.life.looks)
}

// backfill fills the index and returns the items per second.
func (f *field) backfill(t *testing.T) float64 {
	world := f.world()
	task, err := world.Task(t.Context(), &backfill.Options{}, nil)
	require.NoError(t, err)
	plan, err := world.Plan(t.Context(), task)
	require.NoError(t, err)
	run := world.Run(plan)
	shares := []int{10, 50, 100}
	run.Progress.Keep = func(s *backfill.State) error {
		for len(shares) > 0 && s.Counts.Seen >= f.items*shares[0]/100 {
			t.Logf("live heap at %3d %%: %.1f MB", shares[0], heap())
			shares = shares[1:]
		}
		return nil
	}
	began := time.Now()
	require.NoError(t, run.Do(t.Context()))
	took := time.Since(began)
	require.Empty(t, shares)
	counts := run.Progress.State().Counts
	require.Zero(t, counts.Poison)
	t.Logf("%d items: %d new, %d as they were, %d read anew; %.0f read units", counts.Seen, counts.Created, counts.Equal, counts.Read, world.Budget.Spent())
	return float64(counts.Seen) / took.Seconds()
}

// heap is what is in use, in MB.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

func productID(i int) string { return fmt.Sprintf("p%07d", i) }
