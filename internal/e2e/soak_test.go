package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// soakVariable says for how long the pipeline is soaked; make soak sets it.
	soakVariable = "OUTFLOW_SOAK"
	// soakRounds is how many times the writers pause, so that what is held then can be compared.
	soakRounds = 5
	// soakBacklog is how many records may wait before the writers do: the pipeline sets the speed.
	soakBacklog = 3000
	// soakSlot is how many operations the writers may begin in one tick of soakTick.
	soakSlot = 100
	soakTick = 20 * time.Millisecond
)

// At full speed and under faults all along, nothing grows that does not come down again, and in the end all three outlets
// hold what the table and its stream say.
func TestSoak(t *testing.T) {
	span := soakFor(t)
	w, proxies := startBehindProxies(t)
	for name := range w.model.Indexes { // old enough that changes decide by their versions, as they do nearly always
		w.create(t, name, time.Now().Add(-time.Hour), nil)
	}
	seen := newWatcher(w)
	watched := make(chan error, 1)
	watching, stopWatching := context.WithCancel(t.Context())
	defer stopWatching()
	go func() { watched <- seen.run(watching) }()

	began := time.Now()
	marks := []held{w.hold(t)}
	t.Log(marks[0].line("start", 0, 0))
	for round := range soakRounds {
		w.soak(t, span/soakRounds, uint64(round))
		records, err := w.records(t.Context())
		require.NoError(t, err)
		require.NoError(t, w.settle(t.Context(), records))
		marks = append(marks, w.hold(t))
		t.Log(marks[round+1].line(fmt.Sprintf("round %d", round+1), time.Since(began), len(records)))
	}
	for _, p := range proxies {
		p.heal()
	}
	stopWatching()
	require.NoError(t, <-watched)
	requireNoLeak(t, marks[1], marks[soakRounds])
	w.checkEverything(t, seen)
	for name, p := range proxies {
		passed, injected := p.counts()
		t.Logf("%s: %d calls passed, faults %v", name, passed, injected)
		require.NotEmpty(t, injected, "no fault was planted in front of %s", name)
	}
}

func soakFor(t *testing.T) time.Duration {
	text := os.Getenv(soakVariable)
	if text == "" {
		t.Skipf("%s is not set: make soak sets it", soakVariable)
	}
	span, err := time.ParseDuration(text)
	require.NoError(t, err, soakVariable)
	require.GreaterOrEqual(t, span, 10*time.Second, soakVariable)
	return span
}

// soak lets the writers write for that long, as fast as the pipeline takes it.
func (w *world) soak(t *testing.T, span time.Duration, round uint64) {
	ticks := make(chan time.Time)
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	var all sync.WaitGroup
	faults := make([]error, writers)
	for i := range faults {
		one := &writer{world: w, random: rand.New(rand.NewPCG(seed+round, uint64(200+i))), done: map[string]int{}}
		all.Go(func() {
			for ctx.Err() == nil && faults[i] == nil {
				faults[i] = one.run(t.Context(), ticks, 1)
			}
		})
	}
	w.pace(ctx, ticks)
	close(ticks) // who waits for a tick gets one, does a last operation, and ends
	all.Wait()
	require.NoError(t, errors.Join(faults...))
}

// pace hands out ticks while not too many records wait, until ctx ends.
func (w *world) pace(ctx context.Context, ticks chan<- time.Time) {
	slot := time.NewTicker(soakTick)
	defer slot.Stop()
	for {
		waiting := 0
		for _, shard := range w.Mapping().Shards {
			waiting += shard.Waiting
		}
		for range soakSlot {
			if waiting > soakBacklog {
				break
			}
			select {
			case ticks <- time.Now():
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-slot.C:
		case <-ctx.Done():
			return
		}
	}
}

// checkEverything holds the outlets against the table and its stream; see TestEveryChangeArrivesWhileEverythingFails.
func (w *world) checkEverything(t *testing.T, seen *watcher) {
	records, err := w.records(t.Context())
	require.NoError(t, err)
	items := w.scan(t)
	documents := w.checkSearch(t, items)
	lines, summary := w.lines(t)
	w.checkAudit(t, lines, records, items)
	w.checkShown(t, seen, lines)
	events, repeated := w.checkEvents(t, lines)
	w.checkNothingFailed(t)
	t.Logf("%d changes in %d segments (%d lines repeated), %d items, documents %v, %d events (%d repeated), watched %d times",
		len(records), summary.Segments, summary.Repeated, len(items), documents, events, repeated, seen.polls)
}
