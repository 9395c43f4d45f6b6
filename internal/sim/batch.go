package sim

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Batch is what came of many seeds.
type Batch struct {
	Seeds, Commits, Steps, Calls int
	Faults                       map[Fault]int
	Bitten                       map[Fault]int // seeds in which the fault changed the run
	Broken                       []*Report     // with violations, by seed
}

// garbage is how far the heap may grow, in percent, before it is collected: seeds make much garbage and keep little.
const garbage = 400

// RunSeeds runs the seeds from first on, on all processors, each in a bubble of its own.
func RunSeeds(t *testing.T, models []*model.Model, first uint64, n int) *Batch {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	b := &Batch{Faults: map[Fault]int{}, Bitten: map[Fault]int{}}
	var mu sync.Mutex
	workers := runtime.GOMAXPROCS(0)
	t.Run("seeds", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for i := worker; i < n; i += workers {
					r := RunSeed(t, models, Options{Seed: first + uint64(i)}) //nolint:gosec // not negative
					mu.Lock()
					b.add(r)
					mu.Unlock()
				}
			})
		}
	})
	slices.SortFunc(b.Broken, func(a, b *Report) int { return cmp.Compare(a.Seed, b.Seed) })
	return b
}

// RunSeed runs one seed in a bubble of its own.
func RunSeed(t *testing.T, models []*model.Model, o Options) *Report {
	var r *Report
	synctest.Test(t, func(*testing.T) { r = Run(models, o) })
	return r
}

func (b *Batch) add(r *Report) {
	b.Seeds++
	b.Commits += r.Commits
	b.Steps += r.Steps
	b.Calls += r.Calls
	for f, n := range r.Faults {
		b.Faults[f] += n
		b.Bitten[f]++
	}
	if len(r.Violations) > 0 {
		b.Broken = append(b.Broken, r)
	}
}

// Unbitten are the faults that changed no run.
func (b *Batch) Unbitten() []Fault {
	return slices.DeleteFunc(slices.Clone(Faults), func(f Fault) bool { return b.Faults[f] > 0 })
}

// String is the table of what happened.
func (b *Batch) String() string {
	var out strings.Builder
	total := 0
	for _, n := range b.Faults {
		total += n
	}
	fmt.Fprintf(&out, "%d seeds, %d changes, %d external calls, %d faults\n\n%-44s %10s %10s\n",
		b.Seeds, b.Commits, b.Calls, total, "fault", "times", "seeds")
	for _, f := range Faults {
		fmt.Fprintf(&out, "%-44s %10d %10d\n", f, b.Faults[f], b.Bitten[f])
	}
	for _, r := range b.Broken {
		fmt.Fprintf(&out, "seed %d: %s\n", r.Seed, r.Violations[0])
	}
	return out.String()
}
