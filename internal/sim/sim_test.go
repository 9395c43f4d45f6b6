package sim_test

import (
	"os"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/sim"
)

func TestOne(t *testing.T) {
	models, err := sim.Models()
	require.NoError(t, err)
	seed, _ := strconv.Atoi(os.Getenv("SEED"))
	o := sim.Options{Seed: uint64(seed)}
	if os.Getenv("STORY") != "" {
		o.Story = os.Stdout
	}
	synctest.Test(t, func(t *testing.T) {
		r := sim.Run(models, o)
		t.Log(r.Trace, r.Commits, r.Steps, r.Simulated, r.Faults)
		require.Empty(t, r.Violations)
	})
}
