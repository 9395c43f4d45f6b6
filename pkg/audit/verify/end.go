package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// skew is how far the clocks of two machines may be apart.
const skew = 15 * time.Minute

// compareAnchors compares a digest's bytes with what is anchored of it.
func (v *verification) compareAnchors(one *chained) {
	sum := sha256.Sum256(one.body)
	for i := range v.Anchors {
		a := &v.Anchors[i]
		if a.Number == one.number && (a.Log != v.Log || a.SHA256 != hex.EncodeToString(sum[:])) {
			v.tell(AnchorDiffers, a.Number, "the anchor of %s at %s has another hash: this log is not the one that was anchored",
				a.Log, a.At.Format(time.RFC3339))
		}
	}
}

// judgeEnd judges how far the log goes: anchors, freshness, and what its last digest says is missing.
func (v *verification) judgeEnd() {
	for i := range v.Anchors {
		if a := &v.Anchors[i]; a.Number > v.inventory.highest {
			v.tell(AnchorDiffers, a.Number, "the log ends with digest %d: what was anchored at %s was cut off",
				v.inventory.highest, a.At.Format(time.RFC3339))
		}
	}
	if v.last == nil {
		v.report.add(Finding{Class: Nothing, Object: audit.Prefix(v.Log), Detail: "no digest could be read: nothing was checked"})
		return
	}
	number, age := v.last.Number, v.Now.Sub(v.last.At).Round(time.Second)
	if age > v.Fresh {
		v.tell(Stale, number, "the last digest is %s old; %s is asked for", age, v.Fresh)
	}
	if age < -skew {
		v.tell(Stale, number, "the last digest is %s ahead of this machine's clock: its age cannot be told", -age)
	}
	if n := v.last.Unresolved.Batches.Count; n > 0 {
		v.tell(Batches, number, "%d batches that the event source mapping gave up are open: outflow parked list shows them", n)
	}
	if v.ranged() && v.report.Segments == 0 {
		v.report.add(Finding{Class: Nothing, Object: audit.Prefix(v.Log), Detail: "no segment is of the time asked for"})
	}
}

// nameGaps says what was not proven though nothing is wrong with it: what was not looked at, and what the log alone cannot
// show.
func (v *verification) nameGaps() {
	gap := func(format string, args ...any) {
		v.report.NotProven = append(v.report.NotProven, fmt.Sprintf(format, args...))
	}
	if !v.Source.Versioned() {
		gap("that nobody put other versions or delete markers on top: a copy has no versions; verify the bucket in place")
	}
	if v.HashOnly {
		gap("lines, chains of items, duplicates, baselines: only stored bytes were compared with the digests")
	}
	if v.ranged() {
		gap("lines outside the time asked for, and how items were when it began")
	}
	if v.last != nil {
		anchored := int64(0)
		for i := range v.Anchors {
			anchored = max(anchored, v.Anchors[i].Number)
		}
		if anchored < v.last.Number {
			gap("that the log had no end after digest %d (%s) that was cut off: only an anchor of a later digest would show it; keep the one below",
				v.last.Number, v.last.At.Format(time.RFC3339))
		}
		if n := v.last.Unresolved.Records.Count; n > 0 {
			gap("what other outlets parked: %d records wait (the log has their changes)", n)
		}
	}
	if v.Table == nil {
		gap("the last change of each item: only the table shows whether one is missing; --table compares")
	}
	gap("items of which every line is missing, and changes that undo each other where no revision is stamped: docs/audit-trust.md")
}
