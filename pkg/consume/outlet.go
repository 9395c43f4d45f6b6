package consume

import (
	"context"
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/change"
)

// Outlet is one destination of changes: search, events or audit.
type Outlet interface {
	// Name is what the outlet is called in the environment, in keys of parked records and in metrics.
	Name() string
	// Deliver makes changes of one shard durable, given in their order, and returns before ctx is done. It may be
	// given changes that it has delivered before, and those that did not decode.
	Deliver(ctx context.Context, changes []*change.Change) Outcome
}

// Outcome says what became of the changes that an outlet was given. Those that it does not mention are durable.
type Outcome struct {
	Pending []int    // indexes of changes to deliver again, ascending
	Err     error    // why some are pending; nil if none is
	Poison  []Poison // changes that can never succeed, or only in part, each at most once; the consumer parks them
	Counts  Counts
}

// Poison is a change that can never succeed in an outlet.
type Poison struct {
	Index  int // of the change
	Reason error
}

// Counts are an outlet's figures for one batch, by metric name.
type Counts map[string]int

// Add adds n to a metric.
func (c *Counts) Add(name string, n int) {
	if *c == nil {
		*c = Counts{}
	}
	(*c)[name] += n
}

// ErrPanic wraps a panic in the handling of one record. The record is poison: it would panic again.
var ErrPanic = errors.New("the record made the program panic")

// Safely runs the handling of one record and returns a panic as ErrPanic. The text of the panic may quote the
// record, so it is not in the message; its kind is.
func Safely(handle func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %T", ErrPanic, r)
		}
	}()
	handle()
	return nil
}

// All makes every one of n changes pending for the same reason.
func All(n int, err error) Outcome {
	o := Outcome{Err: err, Pending: make([]int, n)}
	for i := range o.Pending {
		o.Pending[i] = i
	}
	return o
}
