package sim_test

import (
	"github.com/outflow-dev/outflow/internal/sim"
	"testing"
)

func TestProf(t *testing.T) {
	m, _ := sim.Models()
	for i := uint64(0); i < 20; i++ {
		sim.RunSeed(t, m, sim.Options{Seed: 100 + i})
	}
}
