package backfill_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

func TestBudget(t *testing.T) {
	for _, row := range []struct {
		name  string
		rate  float64
		spend []float64       // after each wait
		at    []time.Duration // when each wait ends
	}{
		{"no limit", 0, []float64{1e6, 1e6, 1}, []time.Duration{0, 0, 0}},
		{"within the first second's units", 100, []float64{50, 49, 1}, []time.Duration{0, 0, 0}},
		{"a page larger than a second's units is made up", 100, []float64{256, 256, 1}, []time.Duration{0, 1560 * time.Millisecond, 4120 * time.Millisecond}},
		{"half a unit a second", 0.5, []float64{1, 1, 1}, []time.Duration{0, time.Second, 3 * time.Second}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, began := backfill.NewBudget(row.rate, time.Now), time.Now()
				for i, units := range row.spend {
					require.NoError(t, b.Wait(t.Context()))
					require.InDelta(t, row.at[i], time.Since(began), float64(time.Microsecond))
					b.Spend(units)
				}
			})
		})
	}
}

func TestBudgetDoesNotSaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backfill.NewBudget(10, time.Now)
		time.Sleep(time.Hour) //nolint:forbidigo // of a bubble's clock
		began := time.Now()
		for range 3 {
			require.NoError(t, b.Wait(t.Context()))
			b.Spend(10)
		}
		require.NoError(t, b.Wait(t.Context()))
		require.InDelta(t, 2*time.Second, time.Since(began), float64(time.Microsecond))
	})
}

// TestBudgetIsShared has lanes read beside each other, and holds their sum against the rate.
func TestBudgetIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ctx := backfill.NewBudget(100, time.Now), t.Context()
		ctx, stop := context.WithTimeout(ctx, time.Minute)
		defer stop()
		spent := make(chan float64)
		for range 4 {
			go func() {
				sum := 0.0
				for b.Wait(ctx) == nil {
					b.Spend(25)
					sum += 25
				}
				spent <- sum
			}()
		}
		sum := 0.0
		for range 4 {
			sum += <-spent
		}
		require.InDelta(t, 61*100, sum, 4*25, "a minute's units, the first second's, and at most a page of each lane too many")
	})
}
