package sim_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/setting"
	"github.com/outflow-dev/outflow/internal/sim"
	"github.com/outflow-dev/outflow/pkg/model"
)

func loadModels(t *testing.T) []*model.Model {
	t.Helper()
	models, err := sim.Models()
	require.NoError(t, err)
	return models
}

func TestSeedsBreakNoPromise(t *testing.T) {
	n := setting.Number(t, "OUTFLOW_SIM_SEEDS", 500)
	if testing.Short() {
		n = 16
	}
	b := sim.RunSeeds(t, loadModels(t), sim.Seeds{Count: n, Progress: io.Discard})
	t.Log(b)
	for _, r := range b.Broken {
		t.Errorf("seed %d: %s (go run ./internal/sim/cmd/sim replay %d)", r.Seed, r.Violations[0], r.Seed)
	}
	if n >= 100 {
		require.Empty(t, b.Idle(), "faults that changed no run")
	}
}

func TestSameSeedSameTrace(t *testing.T) {
	n := setting.Number(t, "OUTFLOW_SIM_REPEATS", 10)
	if testing.Short() {
		n = 3
	}
	models := loadModels(t)
	traces := map[string]int{}
	for range n {
		traces[sim.RunSeed(t, models, sim.Options{Seed: 7, Operations: 200}).Trace]++
	}
	require.Len(t, traces, 1, "traces of one seed, and how often each came")
}

// Leaving a fault out that a seed never had leaves its run as it was: what differs without a fault is the fault's doing.
func TestAnAbsentFaultChangesNothing(t *testing.T) {
	models := loadModels(t)
	n, seeds := uint64(12), 0
	if testing.Short() {
		n = 3
	}
	for seed := range n {
		o := sim.Options{Seed: seed, Operations: 60}
		r := sim.RunSeed(t, models, o)
		o.Except = map[sim.Fault]bool{}
		for _, f := range sim.Faults {
			if r.Faults[f] == 0 {
				o.Except[f] = true
			}
		}
		if len(o.Except) > 0 {
			seeds++
			require.Equal(t, r.Trace, sim.RunSeed(t, models, o).Trace, "seed %d", seed)
		}
	}
	require.Positive(t, seeds)
}

func TestShrinkKeepsWhatBreaks(t *testing.T) {
	broken := func(o sim.Options) *sim.Report {
		r := &sim.Report{Faults: map[sim.Fault]int{sim.Slow: 1, sim.ColdStart: 1}}
		if !o.Except[sim.Slow] && o.Operations > 7 && !o.Without[3] && !o.Without[7] {
			r.Broken = "operations 3 and 7 together, and a slow call"
		} else if o.Operations > 5 {
			r.Broken = "something else"
		}
		return r
	}
	o := sim.Shrink(sim.Options{Operations: 100}, broken)
	require.Equal(t, 8, o.Operations)
	require.Equal(t, map[int]bool{0: true, 1: true, 2: true, 4: true, 5: true, 6: true}, o.Without)
	require.Equal(t, map[sim.Fault]bool{sim.ColdStart: true}, o.Except)
}
