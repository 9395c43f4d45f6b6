package audit

import (
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Standing is how a line goes with the lines of its item before it, in the words of docs/audit-format.md.
type Standing string

// The standings. Proven says which of them leave nothing open.
const (
	Linked          Standing = "linked"           // its old image is what the line before left, or what a baseline line saw
	Started         Standing = "started"          // an insert, the first
	Seen            Standing = "seen"             // a baseline line, of a state that the changes show too
	StartUnproven   Standing = "start-unproven"   // the first is no insert: what came before the log is not known
	ChainBroken     Standing = "chain-broken"     // its old image is another: a change between is missing
	ChainUnproven   Standing = "chain-unproven"   // likewise, and a record that did not decode may be what is missing
	BaselineDiffers Standing = "baseline-differs" // a baseline line of a state that no change shows
	BaselineOpen    Standing = "baseline-open"    // likewise, and so new that the change may be on its way
)

// Proven says that nothing is open.
func (l Standing) Proven() bool { return l == Linked || l == Started || l == Seen }

// Wrong says that something is missing, rather than not proven.
func (l Standing) Wrong() bool { return l == ChainBroken || l == BaselineDiffers }

// links judges lines of one item, in order of their versions. raw are the versions of lines that may be of it.
func links(lines []Line, raw []string, now time.Time) []Standing {
	j := judging{raw: raw, now: now, states: map[string]bool{}, baselines: map[string]bool{}}
	for i := range lines {
		j.note(&lines[i])
	}
	all := make([]Standing, len(lines))
	for i := range lines {
		all[i] = j.judge(&lines[i])
	}
	return all
}

// judging is one item's lines. Where a baseline line stands among the changes does not matter: it has no place in their
// order, only a state that must be one of theirs.
type judging struct {
	raw               []string
	now               time.Time
	states, baselines map[string]bool // hashes
	changes           bool            // there are some
	before            *Line
}

func (j *judging) note(l *Line) {
	if l.Op == OpBaseline {
		j.baselines[l.NewHash] = true
		return
	}
	if !j.changes {
		j.states[l.OldHash] = true
	}
	j.states[l.NewHash], j.changes = true, true
}

func (j *judging) judge(l *Line) Standing {
	if l.Op == OpBaseline {
		return j.baseline(l)
	}
	before := j.before
	j.before = l
	switch {
	case before == nil && l.Op == model.Insert:
		return Started
	case before == nil && j.baselines[l.OldHash], before != nil && before.NewHash == l.OldHash:
		return Linked
	case before == nil:
		return StartUnproven
	}
	between := func(version string) bool { return version == "" || before.version < version && version < l.version }
	if slices.ContainsFunc(j.raw, between) {
		return ChainUnproven
	}
	return ChainBroken
}

func (j *judging) baseline(l *Line) Standing {
	switch {
	case !j.changes || j.states[l.NewHash]:
		return Seen
	case l.At != nil && l.At.After(j.now.Add(-Window)):
		return BaselineOpen
	}
	return BaselineDiffers
}
