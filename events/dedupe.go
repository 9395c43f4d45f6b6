package events

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Deduper passes each event on once, by its id: for events that are facts, whose effects must not come twice. See the
// package's comment for what it promises.
type Deduper struct {
	Store Store
	Name  string           // of the subscriber: those with different names share a store and see all events
	Now   func() time.Time // such as time.Now
	// Lease is the longest that a handler takes: until then a duplicate is ErrBusy, and after a crash the event waits that
	// long. 0 for a minute.
	Lease time.Duration
	// Keep is how long an id is remembered: it must reach back as far as anything that delivers again, such as a queue's
	// retention, an archive or a replay. 0 for 15 days, which is more than SQS keeps a message.
	Keep time.Duration
}

// handledOnce is the version of an id's entry: an event has been handled, or it has not.
const handledOnce = "1"

// Do calls handle unless the event was handled before, and says whether it did. An error means that the event must come
// again: the handler's own, the store's, ErrBusy or ErrLost.
func (d *Deduper) Do(ctx context.Context, e *Event, handle func(context.Context) error) (handled bool, err error) {
	now := d.Now()
	w := work{
		store: d.Store, key: d.Name + "/" + e.Metadata.ID,
		next:  Entry{Version: handledOnce, Expires: now.Add(cmp.Or(d.Keep, defaultKeep))},
		lease: Lease{now, now.Add(cmp.Or(d.Lease, defaultLease))},
	}
	if _, handled, err = w.do(ctx, handle); err != nil {
		return handled, fmt.Errorf("handle event %s once: %w", e.Metadata.ID, err)
	}
	return handled, nil
}

const defaultKeep = 15 * 24 * time.Hour
