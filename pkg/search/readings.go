package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
)

// reading is an item to be read.
type reading struct {
	key []byte // in DynamoDB's JSON

	done  bool
	at    time.Time    // before the read began
	state change.State // the zero State where there is no such item
	fault error        // why what was read is no item
}

// readItems reads those that are wanted, at most Readers at once.
func (o *Outlet) readItems(ctx context.Context, items Items, wanted []*reading) error {
	errs := make([]error, len(wanted))
	if o.Readers == 1 {
		for i, r := range wanted {
			errs[i] = r.read(ctx, items, o)
		}
	} else {
		o.readAtOnce(wanted, func(i int) { errs[i] = wanted[i].read(ctx, items, o) })
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return fmt.Errorf("read %d items of the table: %w", len(wanted), errs[i])
	}
	return nil
}

func (o *Outlet) readAtOnce(wanted []*reading, read func(i int)) {
	var all sync.WaitGroup
	places := make(chan struct{}, o.Readers)
	for i := range wanted {
		places <- struct{}{}
		all.Go(func() {
			read(i)
			<-places
		})
	}
	all.Wait()
}

func (r *reading) read(ctx context.Context, items Items, o *Outlet) error {
	r.at = o.Now().UTC()
	item, err := items.Item(ctx, r.key)
	if err != nil {
		return err
	}
	r.done, r.state, r.fault = true, change.State{}, nil
	if item != nil {
		r.state, r.fault = change.DecodeItem(o.Model, item)
	}
	return nil
}

// operation is the state of a part as the item was read, as its target shows it.
func (r *reading) operation(t *target, place *Operation) *Operation {
	if op := shownAt(t, place, r.state); op != nil {
		op.At = r.at
		return op
	}
	gone := *place
	gone.Deleted, gone.Body, gone.Dropped, gone.Unlisted, gone.Tenant = true, nil, nil, nil, ""
	gone.At, gone.Model = r.at, t.projector.model
	return &gone
}

// shownAt is what the target shows of an item's state at a place, nil for nothing.
func shownAt(t *target, place *Operation, state change.State) *Operation {
	var shown Projection
	if state.Entity != nil {
		t.projector.AddItem(&shown, state)
	}
	for i := range shown.Operations {
		if op := &shown.Operations[i]; op.ID == place.ID && op.Part == place.Part {
			return op
		}
	}
	return nil
}

// errNoItems says that the table cannot be read. Nothing is lost: what needs it is pending.
var errNoItems = errors.New("the table cannot be read here: OutletConfig has neither Items nor ItemsOf")

// itemsFor returns the reader of the table that the changes are of.
func (o *Outlet) itemsFor(changes []*change.Change) Items {
	if o.Items != nil || o.ItemsOf == nil {
		return o.Items
	}
	for _, c := range changes {
		if c.Stream.Table != "" {
			return o.ItemsOf(c.Stream.Table)
		}
	}
	return nil
}
