// Command sim runs the simulation's seeds, tells the story of one, or looks for the shortest story that breaks the same
// promise:
//
//	go run ./internal/sim/cmd/sim run 10000 [FIRST]
//	go run ./internal/sim/cmd/sim replay SEED
//	go run ./internal/sim/cmd/sim shrink SEED
//
// Exit status: 0 no promise broken, 1 one is broken or a fault never changed a run, 4 usage.
package main

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/outflow-dev/outflow/internal/sim"
	"github.com/outflow-dev/outflow/pkg/model"
)

const usage = "usage: sim run SEEDS [FIRST] | replay SEED | shrink SEED"

func main() {
	verb, numbers, ok := arguments(os.Args[1:])
	models, err := sim.Models()
	if !ok || err != nil {
		fmt.Fprintln(os.Stderr, usage, err)
		os.Exit(4)
	}
	do := map[string]func(*testing.T, []*model.Model, []uint64) int{"run": run, "replay": replay, "shrink": shrink}[verb]
	// A bubble needs a test, and a test a test binary's main.
	os.Args = []string{os.Args[0], "-test.timeout=0"}
	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{
		{Name: verb, F: func(t *testing.T) { os.Exit(do(t, models, numbers)) }},
	}, nil, nil)
}

func arguments(args []string) (verb string, numbers []uint64, ok bool) {
	if len(args) < 2 || len(args) > 3 || args[0] != "run" && args[0] != "replay" && args[0] != "shrink" {
		return "", nil, false
	}
	for _, arg := range args[1:] {
		n, err := strconv.ParseUint(arg, 10, 63)
		if err != nil {
			return "", nil, false
		}
		numbers = append(numbers, n)
	}
	return args[0], append(numbers, 0), true
}

func run(t *testing.T, models []*model.Model, numbers []uint64) int {
	seeds := sim.Seeds{First: numbers[1], Count: int(numbers[0]), Progress: os.Stderr} //nolint:gosec // as many as somebody waits for
	b := sim.RunSeeds(t, models, seeds)
	fmt.Print(b)
	if len(b.Broken) > 0 || len(b.Idle()) > 0 {
		return 1
	}
	return 0
}

func replay(t *testing.T, models []*model.Model, numbers []uint64) int {
	return tell(sim.RunSeed(t, models, sim.Options{Seed: numbers[0], Story: os.Stdout}))
}

func shrink(t *testing.T, models []*model.Model, numbers []uint64) int {
	o := sim.Options{Seed: numbers[0]}
	if len(sim.RunSeed(t, models, o).Violations) == 0 {
		fmt.Printf("seed %d breaks no promise\n", o.Seed)
		return 0
	}
	o = sim.Shrink(o, func(o sim.Options) *sim.Report { return sim.RunSeed(t, models, o) })
	o.Story = os.Stdout
	r := sim.RunSeed(t, models, o)
	fmt.Printf("with %d of the first %d operations, and these faults: %v\n", o.Operations-len(o.Without), o.Operations, r.Faults)
	return tell(r)
}

func tell(r *sim.Report) int {
	fmt.Printf("seed %d: %d changes in %s, trace %s\n", r.Seed, r.Commits, r.Simulated, r.Trace)
	for _, v := range r.Violations {
		fmt.Println("VIOLATION:", v)
	}
	if len(r.Violations) > 0 {
		return 1
	}
	return 0
}
