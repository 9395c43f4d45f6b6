package parked

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// Horizon is how long documents remember that they were deleted. An older change proves nothing to the search outlet, which
// reads the item instead.
const Horizon = 14 * 24 * time.Hour

// Retrier retries what is parked. It may be used by one goroutine at a time; several Retriers, on one machine or on
// many, do not get into each other's way.
type Retrier struct {
	Store *Store
	// Consumer hosts all outlets that the pipeline has, in the chains that they are deployed in. It and they work by the
	// current model, one and the same *model.Model, and it parks in Store.
	Consumer *consume.Consumer
	Now      func() time.Time
	Random   func() string // a new name, of at least 8 letters and digits, each time
}

// Action is what a retry does with an item.
type Action string

// The actions.
const (
	Deliver     Action = "deliver"      // give the record to its outlet
	DeliverAll  Action = "deliver all"  // give the batch to all outlets
	LeaveAsOpen Action = "leave open"   // nothing can be done now; Why says what is missing
	Unreadable  Action = "look into it" // the records cannot be read; Why says why
)

// Plan is what a retry would do with one item.
type Plan struct {
	Entry
	Action  Action   `json:"action"`
	Outlets []string `json:"outlets"`
	Records int      `json:"records"`
	Why     string   `json:"why,omitempty"`  // it was parked, or nothing can be done
	Note    string   `json:"note,omitempty"` // what a person should know of how it is done

	item    Item
	changes []change.Change
}

// Plan reads an item and says what Do would do with it. It writes nothing. An error means that the bucket could not be
// read.
func (r *Retrier) Plan(ctx context.Context, e Entry) (Plan, error) {
	item, err := r.Store.Read(ctx, e)
	switch {
	case errors.Is(err, ErrUnreadable):
		return Plan{Entry: e, Action: Unreadable, Why: err.Error()}, nil
	case err != nil:
		return Plan{}, err
	}
	p := Plan{Entry: e, item: item, Action: DeliverAll, Outlets: r.outlets()}
	if item.Record != nil {
		p.Action, p.Outlets, p.Why = Deliver, []string{e.Outlet}, item.Record.Reason
	} else {
		p.Why = item.Batch.RequestContext.Condition
	}
	r.decode(&p)
	r.checkOutlet(&p)
	r.noteAge(&p)
	return p, nil
}

func (r *Retrier) decode(p *Plan) {
	changes, err := change.Decode(r.Consumer.Model, p.item.event)
	if err != nil {
		p.Action, p.Why = LeaveAsOpen, err.Error()
	}
	p.changes, p.Records = changes, len(changes)
}

func (r *Retrier) outlets() []string {
	var names []string
	for _, chain := range r.Consumer.Chains {
		for _, o := range chain {
			names = append(names, o.Name())
		}
	}
	return names
}

func (r *Retrier) checkOutlet(p *Plan) {
	if p.Action == Deliver && r.outlet(p.Outlet) == nil {
		p.Action, p.Why = LeaveAsOpen, fmt.Sprintf("the outlet %s is not set up here: give the settings that it needs", p.Outlet)
	}
}

func (r *Retrier) outlet(name string) consume.Outlet {
	for _, chain := range r.Consumer.Chains {
		for _, o := range chain {
			if o.Name() == name {
				return o
			}
		}
	}
	return nil
}

// readsItems is what a person should know of records past the horizon.
const readsItems = "older than the horizon of 14 days: search settles it by reading the item from the table, and shows that as " +
	"it is now"

// noteAge looks for records past the horizon, which matters to documents only.
func (r *Retrier) noteAge(p *Plan) {
	isSearch := p.Outlet == consume.Search || p.IsBatch() && r.outlet(consume.Search) != nil
	if p.Action != LeaveAsOpen && isSearch && p.isOlder(r.Now().Add(-Horizon)) {
		p.Note = readsItems
	}
}

func (p *Plan) isOlder(than time.Time) bool {
	for i := range p.changes {
		if at := p.changes[i].At; !at.IsZero() && at.Before(than) {
			return true
		}
	}
	return false
}
