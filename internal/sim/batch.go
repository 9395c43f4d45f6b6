package sim

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Batch is what came of many seeds.
type Batch struct {
	Seeds, Commits, Steps, Calls int
	Least                        int // commits of the seed that has the fewest
	Faults                       map[Fault]int
	Struck                       map[Fault][]uint64 // seeds that had the fault
	Shown                        map[Fault]uint64   // a seed that takes another course without the fault
	Broken                       []*Report          // with violations, by seed

	courses map[uint64]string // by seed
}

// Seeds are seeds to be run one after the other.
type Seeds struct {
	First    uint64
	Count    int
	Progress io.Writer // gets a line now and then
}

// steps is after how many seeds a line of progress comes.
const steps = 500

// garbage is how far the heap may grow, in percent, before it is collected: seeds make much garbage and keep little.
const garbage = 400

// RunSeeds runs seeds on all processors, each in a bubble of its own.
func RunSeeds(t *testing.T, models []*model.Model, s Seeds) *Batch {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	b := &Batch{Faults: map[Fault]int{}, Struck: map[Fault][]uint64{}, Shown: map[Fault]uint64{}, courses: map[uint64]string{}}
	var mu sync.Mutex
	began := time.Now()
	workers := runtime.GOMAXPROCS(0)
	t.Run("seeds", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for i := worker; i < s.Count; i += workers {
					r := RunSeed(t, models, Options{Seed: s.First + uint64(i)}) //nolint:gosec // not negative
					mu.Lock()
					if b.add(r); b.Seeds%steps == 0 {
						fmt.Fprintf(s.Progress, "%d of %d seeds in %s, %d broken\n", //nolint:errcheck // progress that cannot be told is no violation
							b.Seeds, s.Count, time.Since(began).Round(time.Second), len(b.Broken))
					}
					mu.Unlock()
				}
			})
		}
	})
	slices.SortFunc(b.Broken, func(a, b *Report) int { return cmp.Compare(a.Seed, b.Seed) })
	for _, f := range Faults {
		b.show(t, models, f)
	}
	return b
}

// tries is in how many seeds a fault may make no difference before it counts as one that never does.
const tries = 5

// show looks for a seed that takes another course when the fault is left out.
func (b *Batch) show(t *testing.T, models []*model.Model, f Fault) {
	slices.Sort(b.Struck[f])
	for _, seed := range b.Struck[f][:min(tries, len(b.Struck[f]))] {
		if r := RunSeed(t, models, Options{Seed: seed, Except: map[Fault]bool{f: true}}); r.Course != b.courses[seed] {
			b.Shown[f] = seed
			return
		}
	}
}

// RunSeed runs one seed in a bubble of its own.
func RunSeed(t *testing.T, models []*model.Model, o Options) *Report {
	var r *Report
	synctest.Test(t, func(*testing.T) { r = Run(models, o) })
	return r
}

func (b *Batch) add(r *Report) {
	b.Seeds++
	if b.Least == 0 || r.Commits < b.Least {
		b.Least = r.Commits
	}
	b.Commits += r.Commits
	b.Steps += r.Steps
	b.Calls += r.Calls
	for f, n := range r.Faults {
		b.Faults[f] += n
		b.Struck[f] = append(b.Struck[f], r.Seed)
	}
	b.courses[r.Seed] = r.Course
	if len(r.Violations) > 0 {
		b.Broken = append(b.Broken, r)
	}
}

// Idle are the faults that changed no run.
func (b *Batch) Idle() []Fault {
	return slices.DeleteFunc(slices.Clone(Faults), func(f Fault) bool {
		_, shown := b.Shown[f]
		return shown
	})
}

// String is the table of what happened.
func (b *Batch) String() string {
	var out strings.Builder
	total := 0
	for _, n := range b.Faults {
		total += n
	}
	fmt.Fprintf(&out, "%d seeds, %d changes (%d at least), %d external calls, %d faults\n\n%-44s %10s %10s  %s\n",
		b.Seeds, b.Commits, b.Least, b.Calls, total, "fault", "times", "seeds", "without it")
	for _, f := range Faults {
		shown := "nothing changed"
		if seed, is := b.Shown[f]; is {
			shown = fmt.Sprintf("seed %d takes another course", seed)
		}
		fmt.Fprintf(&out, "%-44s %10d %10d  %s\n", f, b.Faults[f], len(b.Struck[f]), shown)
	}
	for _, r := range b.Broken {
		fmt.Fprintf(&out, "seed %d: %s\n", r.Seed, r.Violations[0])
	}
	return out.String()
}
