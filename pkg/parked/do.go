package parked

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// Outcome is what became of a retry, an object of its own. Of several the newest says why, and one that is resolved
// settles it.
type Outcome struct {
	Version int       `json:"v"` // 1
	Key     string    `json:"key"`
	State   State     `json:"state"`
	Action  Action    `json:"action"`
	Reason  string    `json:"reason,omitempty"` // why it is still open
	Model   string    `json:"model"`            // version of the model that it was retried by
	At      time.Time `json:"at"`
}

// Do does what the plan says and writes what became of it. An error means that the outcome could not be written; the
// Outcome holds all the same, and to retry again is safe.
func (r *Retrier) Do(ctx context.Context, p Plan) (Outcome, error) {
	o := Outcome{Version: 1, Key: p.Key, State: Resolved, Action: p.Action, Model: r.Consumer.Model.Version()}
	if err := r.act(ctx, &p); err != nil {
		o.State, o.Reason = Open, err.Error()
	}
	o.At = r.Now().UTC()
	if p.Action == LeaveAsOpen || p.Action == Unreadable {
		return o, nil // nothing was tried
	}
	key := fmt.Sprintf("%s%s%s-%s-%s.json", p.Key, outcomes, o.At.Format("20060102T150405.000Z"), r.Random(), o.State)
	if err := r.Store.put(ctx, key, o); err != nil {
		return o, fmt.Errorf("write the outcome, %s: %w", o.State, err)
	}
	return o, nil
}

func (r *Retrier) act(ctx context.Context, p *Plan) error {
	switch p.Action {
	case Deliver:
		return deliver(ctx, r.outlet(p.Outlet), p.changes)
	case DeliverAll:
		return r.deliverAll(ctx, p)
	}
	return errors.New(p.Why)
}

// deliver gives changes to one outlet. An error says why one of them is not in.
func deliver(ctx context.Context, outlet consume.Outlet, changes []change.Change) error {
	given := make([]*change.Change, len(changes))
	for i := range changes {
		given[i] = &changes[i]
	}
	var outcome consume.Outcome
	if err := consume.Safely(func() { outcome = outlet.Deliver(ctx, given) }); err != nil {
		return err
	}
	if len(outcome.Poison) > 0 {
		return outcome.Poison[0].Reason
	}
	if len(outcome.Pending) > 0 {
		return outcome.Err
	}
	return nil
}

// errPending says that a batch could not be brought in now. The consumer's log says why.
var errPending = errors.New("not all of the batch's records could be brought in now")

// deliverAll handles a batch as the function does: what is poison is parked, record by record, and so done with here.
func (r *Retrier) deliverAll(ctx context.Context, p *Plan) error {
	response, err := r.Consumer.Handle(ctx, p.item.event)
	if err != nil {
		return err
	}
	if len(response.BatchItemFailures) > 0 {
		return fmt.Errorf("%w: from %s on", errPending, response.BatchItemFailures[0].ItemIdentifier)
	}
	return nil
}
