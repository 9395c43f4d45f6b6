package verify_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/setting"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// damage is one way to damage a log.
type damage struct {
	name string
	want []verify.Class                // one of which must be found at the object
	do   func(h *hand) (object string) // "" if this log has nothing that could be damaged so

	// unprovable says that the log is then like one that nobody damaged: verification can say no more than that it does
	// not prove this.
	unprovable bool
}

// trials is how many there are, of OUTFLOW_TAMPER_TRIALS or some.
func trials(t *testing.T, some int) int {
	if testing.Short() {
		some /= 5
	}
	return setting.Number(t, "OUTFLOW_TAMPER_TRIALS", some)
}

// smallLog has some of all that a log may have, by the seed.
func smallLog(seed uint64) auditlog.Config {
	r := rand.New(rand.NewPCG(seed, 3))
	c := auditlog.Config{Seed: seed, Items: 2 + r.IntN(8), Changes: 30 + r.IntN(150), Span: time.Duration(1+r.IntN(3)) * time.Hour,
		SegmentLines: 3 + r.IntN(8)}
	c.Duplicates, c.Adopted, c.Streams = r.IntN(4), r.IntN(3), 1+r.IntN(2)
	c.Rotate = r.IntN(2) * (1 + r.IntN(6))
	if r.IntN(8) == 0 {
		c.Late = 2 + r.IntN(4)
	}
	if r.IntN(4) == 0 {
		c.Pause = time.Duration(r.IntN(5)) * time.Hour
	}
	return c
}

// Every kind of damage, at random places of random logs, is found, by the right name and at the right object.
func TestTamper(t *testing.T) {
	kinds := slices.Concat(ofSegments(), ofDigests(), ofEnds(), ofSealers())
	require.GreaterOrEqual(t, len(kinds), 60)
	n := trials(t, 1000)
	logs := make([]*generated, max(20, n/100))
	for i := range logs {
		logs[i] = generate(t, smallLog(uint64(i)))
	}
	done := map[string]int{}
	for trial := range n {
		d := kinds[trial%len(kinds)]
		h := newHand(t, logs[trial/len(kinds)%len(logs)], uint64(trial))
		if object := d.do(h); object != "" {
			done[d.name]++
			h.mustFind(&d, object, trial)
		}
	}
	missed, tried := 0, 0
	for _, d := range kinds {
		tried += done[d.name]
		if done[d.name] == 0 {
			missed++
			t.Logf("not tried: %s", d.name)
		}
	}
	t.Logf("%d kinds of damage, %d trials (%d that had something to damage) on %d logs", len(kinds), n, tried, len(logs))
	require.True(t, missed == 0 || testing.Short())
}

func (h *hand) mustFind(d *damage, object string, trial int) {
	r, err := verify.Verify(h.t.Context(), h.checks)
	require.NoError(h.t, err, d.name)
	where := fmt.Sprintf("trial %d: %s: %s\n%+v", trial, d.name, object, r.Findings)
	if d.unprovable {
		require.Equal(h.t, verify.Fine, r.Status, where)
		require.Contains(h.t, fmt.Sprint(r.NotProven), "only an anchor of a later digest would show it", where)
		return
	}
	wrong := slices.ContainsFunc(r.Findings, func(f verify.Finding) bool {
		return f.Wrong && slices.Contains(d.want, f.Class) && cmp.Or(f.Object == object, f.Other == object)
	})
	open := slices.ContainsFunc(r.Findings, func(f verify.Finding) bool {
		return !f.Wrong && slices.Contains(d.want, f.Class) && f.Object == object
	})
	require.True(h.t, wrong || open, where)
	require.Equal(h.t, map[bool]int{true: verify.Wrong, false: verify.Unproven}[wrong], r.Status, where)
}

// Logs that nobody damaged have no finding.
func TestCleanLogs(t *testing.T) {
	n := trials(t, 2000) / 10
	for seed := range uint64(n) {
		g := generate(t, smallLog(1000+seed))
		r := g.verify(t, g.anchored)
		require.Empty(t, r.Findings, "seed %d: %+v", seed, g.config)
		require.Equal(t, verify.Fine, r.Status)
		require.Equal(t, g.log.Lines, r.Lines)
	}
	t.Logf("%d clean logs", n)
}
