package events

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Latest passes an event on only if no later one of its item and name was: for events that tell an item's state, of which
// only the latest matters. Not for facts: an order that was placed before it was shipped was still placed. See the
// package's comment for what it promises.
//
// An event that is newer, but whose item is being handled, is ErrBusy, so that the handlers of one item follow each other.
type Latest struct {
	Store Store
	Name  string           // of the subscriber: those with different names share a store and see all events
	Now   func() time.Time // such as time.Now
	Lease time.Duration    // as Deduper's; 0 for a minute
	// Keep is how long an item's last version is remembered; an older event that comes after that is passed on. 0 for ever.
	Keep time.Duration
	// EveryChange says that the event is published on every change of an item. Where its metadata has revisions too, events
	// that did not come are found out: see Verdict.Missing.
	EveryChange bool
}

// Verdict says what became of an event.
type Verdict struct {
	Applied bool // the handler was called and succeeded
	Late    bool // it was not called: a later event of the item was handled before. It comes late, or once more
	// Missing says that changes of the item before this one were not handled: their events are late or lost. It is the gap
	// between the revision that was handled last and the one that this event says was before it.
	Missing *Gap
}

// Gap is a span of an item's revisions, each a number or null in JSON. Above is exclusive.
type Gap struct {
	Above string // handled last
	UpTo  string // not handled, and perhaps none between
}

// String says it in words.
func (g *Gap) String() string {
	return fmt.Sprintf("after revision %s was handled, those up to %s did not come", g.Above, g.UpTo)
}

// Do calls apply unless this or a later event of the item and name was handled. An error means that the event must come
// again: the handler's own, the store's, ErrBusy or ErrLost.
func (l *Latest) Do(ctx context.Context, e *Event, apply func(context.Context) error) (Verdict, error) {
	now := l.Now()
	next := Entry{Version: e.Metadata.ItemVersion, Revision: string(e.Metadata.Revision)}
	if l.Keep > 0 {
		next.Expires = now.Add(l.Keep)
	}
	w := work{
		store: l.Store, key: l.Name + "/" + e.DetailType + "/" + e.Item(), next: next,
		lease: Lease{now, now.Add(cmp.Or(l.Lease, defaultLease))},
	}
	last, applied, err := w.do(ctx, apply)
	if err != nil {
		return Verdict{Applied: applied}, fmt.Errorf("apply event %s: %w", e.Metadata.ID, err)
	}
	v := Verdict{Applied: applied, Late: last.Version > next.Version}
	if applied && l.EveryChange {
		v.Missing = gap(last, &e.Metadata)
	}
	return v, nil
}

// gap compares the revision handled last with the one that the event says was before it. Where nothing was handled, or no
// revisions are stamped, there is nothing to compare.
func gap(last Entry, m *Metadata) *Gap {
	previous := string(m.PreviousRevision)
	if last.Revision == "" || previous == "" || last.Revision == previous {
		return nil
	}
	return &Gap{Above: last.Revision, UpTo: previous}
}
