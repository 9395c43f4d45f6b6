package report

import (
	"context"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// pause is the time between two digests above which the report speaks of it: twice their schedule.
const pause = 30 * time.Minute

// digests reads what was sealed since the period began, and returns the keys of the segments.
func (r *Report) digests(ctx context.Context, c Config) (map[string]bool, error) {
	all, faults, err := c.Log.DigestsSince(ctx, c.From)
	if err != nil {
		return nil, err
	}
	for _, fault := range faults {
		r.Wrong = append(r.Wrong, fault.Error())
	}
	sealed := map[string]bool{}
	for i := range all {
		r.digest(&all[i])
		for j := range all[i].Segments {
			sealed[all[i].Segments[j].Key] = true
		}
	}
	r.unsealedTime()
	return sealed, nil
}

func (r *Report) digest(d *audit.Sealed) {
	is := &r.Digests
	if is.Count == 0 {
		is.First, is.FirstAt = d.Number, d.At
	} else {
		is.Pause = max(is.Pause, d.At.Sub(is.LastAt))
		if d.Number != is.Last+1 {
			r.Wrong = append(r.Wrong, fmt.Sprintf("the digests from %d to %d cannot be read or are gone", is.Last+1, d.Number-1))
		}
	}
	is.Count++
	is.Last, is.LastAt, is.Unresolved = d.Number, d.At, d.Unresolved
	is.Segments += len(d.Segments)
	is.Lines += d.Lines
	is.Anchor = audit.Anchor{Log: d.Log, Number: d.Number, At: d.At, SHA256: d.Hash, SignedBy: d.SignedBy}.String()
	for i := range d.Faults {
		r.Wrong = append(r.Wrong, fmt.Sprintf("digest %d: object %s is no valid segment: %s", d.Number, d.Faults[i].Key, d.Faults[i].Reason))
	}
	if n := len(r.Keys); n == 0 || r.Keys[n-1].ID != d.SignedBy {
		r.Keys = append(r.Keys, Key{ID: d.SignedBy, First: d.Number})
	}
	key := &r.Keys[len(r.Keys)-1]
	key.Digests++
	key.Last = d.Number
}

// unsealedTime says what of the period no digest vouches for.
func (r *Report) unsealedTime() {
	is := &r.Digests
	switch {
	case is.Count == 0:
		r.NotProven = append(r.NotProven, "No digest was made since the period began: nothing of it is sealed.")
		return
	case is.LastAt.Before(r.To):
		r.NotProven = append(r.NotProven, fmt.Sprintf("The last digest was made at %s, before the period's end: what is later is not sealed yet.",
			is.LastAt.Format(time.RFC3339)))
	}
	if is.Pause > pause {
		r.NotProven = append(r.NotProven, fmt.Sprintf("The digester paused for %s: what was written in that time could be altered until the "+
			"next digest.", is.Pause.Round(time.Second)))
	}
	if n := is.Unresolved.Batches.Count; n > 0 {
		r.NotProven = append(r.NotProven, fmt.Sprintf("%d batches of stream records were given up and wait in the failures bucket: their "+
			"changes may be missing.", n))
	}
}
