package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// reading is what is kept while the lines go by: for each item one hash.
type reading struct {
	*Report
	left                 map[audit.ItemHash]string // hash of what the last change left, "" after a delete
	operations, evidence map[string]int
	changes              map[[3]string]*Changes
	gaps                 int
	sealed               map[string]bool
}

// lines reads the lines of the period.
func (r *Report) lines(ctx context.Context, c Config, sealed map[string]bool) error {
	g := &reading{Report: r, left: map[audit.ItemHash]string{}, operations: map[string]int{}, evidence: map[string]int{},
		changes: map[[3]string]*Changes{}, sealed: sealed}
	var summary audit.Summary
	faults := 0
	for line, err := range c.Log.Show(ctx, audit.Query{From: c.From, To: c.To}, &summary) {
		switch {
		case err != nil && summary.Faults == faults: // the listing failed
			return err
		case err != nil:
			faults = summary.Faults
			r.Wrong = append(r.Wrong, err.Error())
		default:
			if err := g.line(&line); err != nil {
				r.Wrong = append(r.Wrong, err.Error())
			}
		}
	}
	r.Lines.Segments, r.Lines.Read, r.Lines.Items = summary.Segments, summary.Lines, len(g.left)
	g.tables()
	return nil
}

func (g *reading) line(l *audit.Line) error {
	g.Lines.Records++
	if !g.sealed[l.Segment()] {
		g.Lines.Unsealed++
	}
	if l.IsRaw() {
		g.Lines.Raw++
		return nil
	}
	g.operations[l.Op]++
	if l.Op == audit.OpBaseline {
		return nil
	}
	g.follow(l)
	view, err := l.ReadView()
	if err != nil {
		return err
	}
	g.evidence[view.ActorEvidence]++
	key := [3]string{text(view.Entity), text(view.Actor), view.ActorEvidence}
	if l.Cause == "ttl" {
		key[1], key[2] = "time to live", "the service's own"
	}
	if g.changes[key] == nil {
		g.changes[key] = &Changes{Entity: key[0], Actor: key[1], Evidence: key[2]}
	}
	g.changes[key].count(l.Op)
	return nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (c *Changes) count(op string) {
	switch op {
	case "insert":
		c.Insert++
	case "modify":
		c.Modify++
	default:
		c.Remove++
	}
}

// follow compares the change with the one before it of its item in the period.
func (g *reading) follow(l *audit.Line) {
	item := l.Item()
	before, known := g.left[item]
	g.left[item] = l.NewHash
	if !known || before == l.OldHash {
		return
	}
	if g.gaps++; g.gaps > MaxGaps {
		return
	}
	gap := Gap{Record: l.ID, Version: l.Version(), Segment: l.Segment()}
	if l.At != nil {
		gap.At = l.At.UTC().Format(time.RFC3339)
	}
	g.Gaps = append(g.Gaps, gap)
}

// tables sorts what was counted.
func (g *reading) tables() {
	g.Operation, g.Evidence = sorted(g.operations), sorted(g.evidence)
	for _, c := range g.changes {
		g.Changes = append(g.Changes, *c)
	}
	slices.SortFunc(g.Changes, func(a, b Changes) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.Evidence, b.Evidence))
	})
	switch {
	case g.gaps > 0 && g.Lines.Raw > 0:
		g.NotProven = append(g.NotProven, fmt.Sprintf("%d changes do not follow what the change before left; some of the %d records that "+
			"did not decode may be what is missing.", g.gaps, g.Lines.Raw))
	case g.gaps > 0:
		g.Wrong = append(g.Wrong, fmt.Sprintf("%d changes do not follow what the change before left: changes between are missing", g.gaps))
	}
}

func sorted(counts map[string]int) []Count {
	all := make([]Count, 0, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, Count{name, counts[name]})
	}
	return all
}

// conclude says what else is not proven, and sets the status.
func (r *Report) conclude() {
	if n := r.Lines.Unsealed; n > 0 {
		r.NotProven = append(r.NotProven, fmt.Sprintf("%d records of the period stand in segments that no digest made since it began lists.", n))
	}
	if n := r.Lines.Raw; n > 0 {
		r.NotProven = append(r.NotProven, fmt.Sprintf("%d records did not decode. They are kept whole, but of which item they are is not "+
			"known.", n))
	}
	switch v := r.Verified; {
	case v == nil:
		r.NotProven = append(r.NotProven, "Nobody verified signatures, hashes and the table for this report: outflow audit verify does.")
	case v.Status == verify.Wrong:
		r.Wrong = append(r.Wrong, "the verification found something wrong: see its findings")
	case v.Status != verify.Fine:
		r.NotProven = append(r.NotProven, "The verification could not prove everything: see its findings.")
	}
	if r.Lines.Records == 0 {
		r.NotProven = append(r.NotProven, "The log has no line of this period.")
	}
	switch {
	case len(r.Wrong) > 0:
		r.Status = verify.Wrong
	case len(r.NotProven) > 0:
		r.Status = verify.Unproven
	}
}
