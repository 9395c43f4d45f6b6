package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

// The jobs.
const (
	Backfill    = "backfill"
	Purge       = "purge"
	ParkedRetry = "parked-retry"
)

// Request asks for a job. The options are those of backfill; other jobs have none.
type Request struct {
	Job string `json:"job"`
	backfill.Options
	Cursor json.RawMessage `json:"cursor,omitempty"` // of the answer before; none at first
}

// Answer says how far a job has come.
type Answer struct {
	Job    string            `json:"job"`
	Done   bool              `json:"done"`
	Cursor json.RawMessage   `json:"cursor,omitempty"` // for the next invocation, where it is not done
	Counts any               `json:"counts"`           // backfill.Counts over all invocations; of the other jobs of this one
	Plan   *backfill.Plan    `json:"plan,omitempty"`   // of a backfill; nil where there was no time to make it
	Poison []backfill.Poison `json:"poison,omitempty"` // items that this invocation found refused
	// Stopped says why the job cannot go on as it is, "" where it can. Nothing that is done is lost: somebody must look.
	Stopped string `json:"stopped,omitempty"`
}

// Operator does the jobs. Its World and Outlet are nil where the deployment has no search, its Retrier where it has no
// parking.
type Operator struct {
	World   func(rate float64) *backfill.World // for one backfill, within a number of read units a second
	Objects backfill.Getter                    // where exports are
	Outlet  *search.Outlet
	Retrier *parked.Retrier // with all outlets of the deployment
	Metrics *consume.Metrics
	Log     *slog.Logger
	Now     func() time.Time
	Margin  time.Duration // before the deadline, to answer in
}

// Handle does as much of a request as there is time for. An error says that nothing has been done, or that it is not known
// what has.
func (o *Operator) Handle(ctx context.Context, event []byte) (Answer, error) {
	r, err := parse(event)
	if err != nil {
		return Answer{}, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadline(ctx, deadline.Add(-o.Margin))
		defer stop()
	}
	a := Answer{Job: r.Job}
	switch r.Job {
	case Backfill:
		err = o.backfill(ctx, &r, &a)
	case Purge:
		err = o.purge(ctx, &a)
	case ParkedRetry:
		err = o.retry(ctx, &r, &a)
	default:
		return a, fmt.Errorf("there is no job %q: jobs are %s, %s and %s", r.Job, Backfill, Purge, ParkedRetry)
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", r.Job, err)
	}
	return a, nil
}

// parse reads a request; an event of a schedule is one for a purge.
func parse(event []byte) (Request, error) {
	var r struct {
		Request
		DetailType string `json:"detail-type"`
	}
	if err := json.Unmarshal(event, &r); err != nil {
		return r.Request, fmt.Errorf("the request is not one of the operator function: %w", err)
	}
	if r.Job == "" && r.DetailType == "Scheduled Event" {
		r.Job = Purge
	}
	return r.Request, nil
}

var errNoSearch = errors.New("the deployment has no search outlet: OUTFLOW_OUTLETS does not name it")

// isCut says that time ran out, which is how a long job ends.
func isCut(ctx context.Context) bool { return errors.Is(ctx.Err(), context.DeadlineExceeded) }
