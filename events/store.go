package events

import (
	"context"
	"errors"
	"time"
)

// ErrBusy says that another handler is at work on the same event, or on another of the same item. Let the message come
// again.
var ErrBusy = errors.New("another handler has the lease")

// ErrLost says that a handler took longer than its lease, and that another may have begun meanwhile. Let the message come
// again, and make the lease longer.
var ErrLost = errors.New("the handler took longer than its lease")

// Store keeps, by key, the entry that was finished last, and who is at work on the next. Each method is atomic. A lease is
// known by its end: of two with one key the later ends later.
type Store interface {
	// Begin takes the lease of a key for next and returns the last entry, zero where there is none. Where that is not
	// older than next, by their versions as text, it takes no lease. Where another's lease has not ended it is ErrBusy.
	Begin(ctx context.Context, key string, next Entry, lease Lease) (last Entry, err error)
	// Finish keeps the entry and ends the lease. Where the key's lease is another it is ErrLost, and nothing is kept.
	Finish(ctx context.Context, key string, entry Entry, lease Lease) error
	// Release ends the lease and keeps the last entry. Where the key's lease is another it does nothing.
	Release(ctx context.Context, key string, lease Lease) error
}

// Entry is what is known of a key.
type Entry struct {
	Version  string    // of what was handled last; "" for nothing
	Revision string    // the item's then, in JSON; "" where none is known
	Expires  time.Time // when the store may forget it; zero for never
}

// Lease is a span of time in which one handler works.
type Lease struct{ Begin, End time.Time }

const (
	defaultLease = time.Minute
	storeTime    = 5 * time.Second // for a note, also when the handler's own time is up
)

// work is one handler's work under a lease.
type work struct {
	store Store
	key   string
	next  Entry
	lease Lease
}

// do calls the handler unless the last entry is not older than the next, and returns that entry. The handler's context
// ends with its lease.
func (w *work) do(ctx context.Context, handle func(context.Context) error) (last Entry, handled bool, err error) {
	last, err = w.store.Begin(ctx, w.key, w.next, w.lease)
	if err != nil || last.Version >= w.next.Version {
		return last, false, err
	}
	within, cancel := context.WithTimeout(ctx, w.lease.End.Sub(w.lease.Begin))
	defer cancel()
	failed := handle(within)
	noting, stop := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer stop()
	if failed != nil {
		return last, false, errors.Join(failed, w.store.Release(noting, w.key, w.lease))
	}
	return last, true, w.store.Finish(noting, w.key, w.next, w.lease)
}
