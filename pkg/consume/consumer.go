package consume

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Consumer handles batches of one stream. Make it with New; Handle may be called again and again, by one goroutine
// at a time, as Lambda does.
type Consumer struct {
	Model   *model.Model
	Chains  [][]Outlet // see the package's comment
	Parking Parking
	Log     *slog.Logger
	Metrics *Metrics
	Now     func() time.Time

	done *memory
}

// Response is what a function answers that reports batch item failures.
type Response struct {
	BatchItemFailures []Failure `json:"batchItemFailures"`
}

// Failure is the checkpoint: the record from which all are delivered again.
type Failure struct {
	ItemIdentifier string `json:"itemIdentifier"` // its sequence number
}

// New prepares a consumer. All its exported fields must be set.
func New(c Consumer) *Consumer {
	c.done = newMemory(rememberedChanges)
	return &c
}

// Handle handles one batch, the JSON that Lambda delivers. An error means that the whole batch must come again.
func (c *Consumer) Handle(ctx context.Context, event []byte) (Response, error) {
	start := c.Now()
	changes, err := change.Decode(c.Model, event)
	if err != nil {
		c.Log.ErrorContext(ctx, "the batch cannot be read and is refused", "error", err)
		return Response{}, err
	}
	work, cancel := withMargin(ctx, start)
	defer cancel()
	batch := c.newBatch(changes)
	c.run(work, ctx, batch)
	c.report(ctx, batch, c.Now().Sub(start))
	return batch.response()
}

// batch is the state of one batch on its way through the outlets.
type batch struct {
	changes []*change.Change

	mu        sync.Mutex
	pending   int // index of the first change that some outlet has not made durable; len(changes) if none
	errs      []error
	counts    map[string]Counts // by outlet
	faults    int               // records that did not decode
	unmatched int
}

func (c *Consumer) newBatch(changes []change.Change) *batch {
	b := &batch{changes: make([]*change.Change, len(changes)), pending: len(changes), counts: map[string]Counts{}}
	for i := range changes {
		b.changes[i] = &changes[i]
		switch {
		case changes[i].Fault != nil:
			b.faults++
		case unmatched(&changes[i]):
			b.unmatched++
		}
	}
	return b
}

// unmatched says that an image has no entity: a typo in a template must not empty an index silently.
func unmatched(c *change.Change) bool {
	return c.New.Exists() && c.New.Entity == nil || c.Old.Exists() && c.Old.Entity == nil
}

// run runs the chains side by side. Outlets work within the context work; parking may use all of whole, which lasts the
// margin longer, since poison is often known only when time is up.
func (c *Consumer) run(work, whole context.Context, b *batch) {
	var chains sync.WaitGroup
	for _, chain := range c.Chains {
		chains.Go(func() {
			end := len(b.changes)
			for _, outlet := range chain {
				end = c.deliver(work, whole, b, outlet, end)
			}
		})
	}
	chains.Wait()
}

// deliver gives the outlet the first end changes, less those that it has made durable before, parks its poison, and
// returns the index of the first change that is not durable, or end.
func (c *Consumer) deliver(work, whole context.Context, b *batch, outlet Outlet, end int) int {
	indexes := make([]int, 0, end)
	for i := range end {
		if !c.done.has(outlet.Name(), b.changes[i]) {
			indexes = append(indexes, i)
		}
	}
	if len(indexes) == 0 {
		return end
	}
	given := make([]*change.Change, len(indexes))
	for i, index := range indexes {
		given[i] = b.changes[index]
	}
	outcome := deliverSafely(work, outlet, given)
	c.park(whole, outlet.Name(), given, &outcome)
	if len(outcome.Pending) > 0 {
		end = indexes[slices.Min(outcome.Pending)]
	}
	c.remember(outlet.Name(), given, outcome.Pending)
	b.note(outlet.Name(), end, outcome)
	return end
}

// remember keeps in mind which changes the outlet has made durable.
func (c *Consumer) remember(outlet string, given []*change.Change, pending []int) {
	isPending := make(map[int]bool, len(pending))
	for _, i := range pending {
		isPending[i] = true
	}
	for i, one := range given {
		if !isPending[i] {
			c.done.add(outlet, one)
		}
	}
}

// deliverSafely takes a panic outside of a record's own handling for a failure of the whole delivery.
func deliverSafely(ctx context.Context, outlet Outlet, given []*change.Change) (outcome Outcome) {
	if err := Safely(func() { outcome = outlet.Deliver(ctx, given) }); err != nil {
		return All(len(given), err)
	}
	return outcome
}

// park parks the outcome's poison. What cannot be parked is pending.
func (c *Consumer) park(ctx context.Context, outlet string, given []*change.Change, o *Outcome) {
	for _, p := range o.Poison {
		err := c.Parking.Park(ctx, outlet, given[p.Index], p)
		if err != nil {
			o.Pending = append(o.Pending, p.Index)
			o.Err = errors.Join(o.Err, err)
			continue
		}
		o.Counts.Add(MetricParked, 1)
		c.Log.WarnContext(ctx, "parked a record", "outlet", outlet, "sequence", given[p.Index].Sequence,
			"eventID", given[p.Index].EventID, "reason", p.Reason)
	}
}

func (b *batch) note(outlet string, end int, o Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[outlet] = o.Counts
	if len(o.Pending) == 0 {
		return
	}
	b.pending = min(b.pending, end)
	b.errs = append(b.errs, fmt.Errorf("%s: %d of the batch's records are not durable: %w", outlet, len(o.Pending), o.Err))
}

// errNoCheckpoint says that the batch must come again as a whole, since the record to start from has no readable
// sequence number.
var errNoCheckpoint = errors.New("the first record to deliver again has no sequence number")

func (b *batch) response() (Response, error) {
	r := Response{BatchItemFailures: []Failure{}}
	if b.pending == len(b.changes) {
		return r, nil
	}
	sequence := b.changes[b.pending].Sequence
	if sequence == "" {
		return r, errors.Join(errNoCheckpoint, errors.Join(b.errs...))
	}
	r.BatchItemFailures = append(r.BatchItemFailures, Failure{sequence})
	return r, nil
}

// withMargin ends the work before Lambda ends the process: a tenth of the time that is left, but at least half a
// second and at most five, is kept for parking, for the answer, and for a write on its way.
func withMargin(ctx context.Context, now time.Time) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	margin := min(max(deadline.Sub(now)/10, 500*time.Millisecond), 5*time.Second)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}
