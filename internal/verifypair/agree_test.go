package verifypair_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/setting"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// fresh is how old the last digest may be here.
const fresh = time.Hour

// Both find the same, at the same objects, wherever the damage is.
func TestBothFindTheSameDamage(t *testing.T) {
	p := startPython(t)
	logs := []*hand{
		generate(t, auditlog.Config{Seed: 1, Changes: 60, Span: time.Hour, SegmentLines: 6}),
		generate(t, auditlog.Config{Seed: 2, Changes: 40, Span: time.Hour, SegmentLines: 9, Items: 3, Adopted: 2, Streams: 2}),
	}
	places := setting.Number(t, "OUTFLOW_VERIFY_PLACES", 2) // for each kind; make test has no more time
	for _, d := range slices.Concat(ofSegments(), ofDigests(), ofSealers()) {
		t.Run(d.name, func(t *testing.T) {
			for trial := range places {
				h := logs[trial%len(logs)].again(t, trial)
				d.do(h)
				found := agree(t, p, h)
				require.NotEmpty(t, found, "trial %d", trial)
				require.True(t, d.want == "" || slices.ContainsFunc(found, func(f finding) bool { return f.Class == d.want }), "%v", found)
			}
		})
	}
}

func TestBothFindNothingInCleanLogs(t *testing.T) {
	p := startPython(t)
	for name, c := range map[string]auditlog.Config{
		"small":      {Seed: 3},
		"one item":   {Seed: 4, Items: 1, Changes: 50},
		"adopted":    {Seed: 5, Adopted: 5, Streams: 3},
		"duplicates": {Seed: 6, Duplicates: 2},
		"rotated":    {Seed: 7, Rotate: 3},
		"late":       {Seed: 8, Late: 4, Duplicates: 3, Span: time.Hour},
		"pause":      {Seed: 9, Pause: 40 * time.Hour, Span: time.Hour},
	} {
		t.Run(name, func(t *testing.T) { require.Empty(t, agree(t, p, generate(t, c))) })
	}
}

// Raw lines alone make a log unproven, and explain what is missing.
func TestBothFindRawLines(t *testing.T) {
	h := generate(t, auditlog.Config{Seed: 10, Raw: 7})
	for _, f := range agree(t, startPython(t), h) {
		require.Contains(t, []string{"raw", "chain-unproven"}, f.Class)
	}
}

// Bounds leave out lines, and what only they can show.
func TestBothReadTheSameHours(t *testing.T) {
	p, h := startPython(t), generate(t, auditlog.Config{Seed: 11, Changes: 200, Span: 5 * time.Hour, Adopted: 3})
	for name, bounds := range map[string][2]time.Time{
		"from":        {auditlog.Start.Add(90 * time.Minute)},
		"to":          {{}, auditlog.Start.Add(2 * time.Hour)},
		"both":        {auditlog.Start.Add(time.Hour), auditlog.Start.Add(3 * time.Hour)},
		"no segments": {auditlog.Start.Add(100 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			found := agreeBetween(t, p, h, bounds)
			require.Equal(t, name == "no segments", len(found) == 1, "%v", found)
		})
	}
}

func agree(t *testing.T, p *python, h *hand) []finding {
	t.Helper()
	return agreeBetween(t, p, h, [2]time.Time{})
}

// agreeBetween verifies by both, compares what they say, and returns what Python finds.
func agreeBetween(t *testing.T, p *python, h *hand, bounds [2]time.Time) []finding {
	t.Helper()
	dir := folder(t, h.objects)
	args := []string{"--dir", dir, "--log", h.log.Name, "--key", pem(t, h), "--at", h.now.UTC().Format(time.RFC3339Nano),
		"--fresh", strconv.Itoa(int(fresh.Seconds()))}
	for _, a := range h.anchors {
		args = append(args, "--anchor", a.String())
	}
	for i, name := range []string{"--from", "--to"} {
		if !bounds[i].IsZero() {
			args = append(args, name, bounds[i].Format(time.RFC3339))
		}
	}
	py := p.verify(t, args...)
	report, err := verify.Verify(t.Context(), verify.Config{Log: h.log.Name, Source: verify.Folder(dir), Now: h.now, Fresh: fresh,
		Keys: []audit.PublicKey{h.key}, Anchors: h.anchors, From: bounds[0], To: bounds[1]})
	require.NoError(t, err)
	inGo := make([]finding, 0, len(report.Findings))
	for _, f := range report.Findings {
		inGo = append(inGo, finding{Class: string(f.Class), Object: f.Object, Detail: f.Detail})
	}
	all := fmt.Sprintf("in Go:     %v\nin Python: %v", inGo, py.Findings)
	require.Equal(t, report.Status, py.Status, all)
	require.Equal(t, comparable(inGo, py.Findings), comparable(py.Findings, inGo), all)
	return py.Findings
}

// ofLines are the classes of what lines say of items and records together.
var ofLines = []string{"duplicate-differs", "chain-broken", "chain-unproven", "start-unproven", "baseline-differs", "baseline-open", "raw"}

// leavesOpen are the classes after which the page leaves open which lines still count.
var leavesOpen = []string{"segment-altered", "line-invalid", "duplicate-differs"}

// comparable are the classes and objects of findings, without those that the page leaves open beside what others found.
func comparable(found, other []finding) []string {
	open := slices.ContainsFunc(slices.Concat(found, other), func(f finding) bool { return slices.Contains(leavesOpen, f.Class) })
	set := map[string]bool{}
	for _, f := range found {
		if !open || f.Class == "duplicate-differs" || !slices.Contains(ofLines, f.Class) {
			set[f.Class+" "+f.Object] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}
