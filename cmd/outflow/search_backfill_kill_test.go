package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/setting"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

// What TestSearchBackfillIsKilled does is small in make test: killsVariable is how often it kills, killedVariable how
// many items the table has.
const (
	killsVariable  = "OUTFLOW_BACKFILL_KILLS"
	killedVariable = "OUTFLOW_BACKFILL_KILLED_ITEMS"
)

// The real binary is killed at a random page, again and again, and goes on from its state file.
func TestSearchBackfillIsKilled(t *testing.T) {
	items, wanted := setting.Number(t, killedVariable, 400), setting.Number(t, killsVariable, 2)
	f := fillings{newFilledFloor(t, items), filepath.Join(t.TempDir(), "outflow"), items / 4}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", f.binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	kills := 0
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for rounds := 0; kills < wanted; rounds++ {
		f.makeIndexes(func([]byte) []byte { return nil })
		for f.fillAndKill(random.IntN(3), kills < wanted) {
			kills++
		}
		require.Equal(t, items, f.shown(), "after %d kills", kills)
		require.Less(t, rounds, 10*wanted)
	}
	t.Logf("%d items, killed %d times: none lost", items, kills)
}

// fillings are runs of the binary over one table.
type fillings struct {
	*shopFloor
	binary string
	units  int // a second, with which the whole takes some two seconds, and pages have 50 to 200 items or are full
}

// fillAndKill runs the binary and kills it when so many more pages are done. It says whether it did.
func (f fillings) fillAndKill(pages int, kill bool) bool {
	f.t.Helper()
	state := filepath.Join(filepath.Dir(f.path), "backfill.json")
	before := pagesDone(state)
	var errs bytes.Buffer
	fill := exec.CommandContext(f.t.Context(), f.binary, "search", "backfill", "--segments", "2", "--rcu", strconv.Itoa(f.units), "--target", f.path)
	fill.Stderr = &errs
	require.NoError(f.t, fill.Start())
	ended := make(chan error, 1)
	go func() { ended <- fill.Wait() }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			require.NoError(f.t, err, "%s", errs.String())
			return false
		case <-tick.C:
		}
		if kill && pagesDone(state) > before+pages {
			require.NoError(f.t, fill.Process.Kill())
			var exit *exec.ExitError
			if err := <-ended; err == nil { // it was complete before
				return false
			} else {
				require.ErrorAs(f.t, err, &exit)
			}
			return true
		}
	}
}

// pagesDone reads a state file as another process sees it: it is always whole.
func pagesDone(path string) int {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	var state backfill.State
	if err = errors.Join(err, json.Unmarshal(content, &state)); err != nil {
		panic(err)
	}
	return state.Counts.Pages
}

// TestSearchBackfillPauses interrupts a run as Ctrl-C does, and goes on.
func TestSearchBackfillPauses(t *testing.T) {
	f := newFilledFloor(t, 200)
	state := filepath.Join(filepath.Dir(f.path), "backfill.json")
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if pagesDone(state) > 0 || t.Context().Err() != nil {
				stop()
				return
			}
		}
	}()
	var out, errs bytes.Buffer
	status := run(ctx, []string{"search", "backfill", "--rcu", "20", "--segments", "1", "--target", f.path}, &out, &errs)
	require.Equal(t, exitUnproven, status, errs.String())
	require.Contains(t, errs.String(), "interrupted: the same command goes on from "+state)
	require.Contains(t, out.String(), "so far: ")
	status, stdout, stderr := f.run("search", "backfill", "--rcu", "2000", "--segments", "1")
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	require.Contains(t, stdout, "goes on  after ")
	require.Equal(t, 200, f.shown())
}
