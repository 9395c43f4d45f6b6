package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

const (
	// fullPoison is how many refused items end an invocation: pages in flight may add more.
	fullPoison = 500
	// maxPoison is how many an answer lists: with two keys' length each they stay below the 6 MB of an answer.
	maxPoison = 2000
)

// errFull ends an invocation whose answer has enough.
var errFull = errors.New("the answer is full")

func (o *Operator) backfill(ctx context.Context, r *Request, a *Answer) error {
	if o.World == nil {
		return errNoSearch
	}
	if _, _, inS3 := backfill.ParseBucket(r.Export); r.Export != "" && !inS3 {
		return fmt.Errorf("export is %q; a function reads exports in S3 alone: s3://bucket/prefix", r.Export)
	}
	w := o.World(r.Rate)
	if err := a.plan(ctx, w, r, o.Objects); err != nil {
		if isCut(ctx) { // nothing is done
			a.Plan, a.Cursor = nil, r.Cursor
			return nil
		}
		return err
	}
	run := w.Run(a.Plan)
	run.Progress.Poisoned = func(items []backfill.Poison) error {
		a.Poison = append(a.Poison, items[:min(len(items), maxPoison-len(a.Poison))]...)
		return nil
	}
	run.Progress.Keep = func(*backfill.State) error {
		if len(a.Poison) >= fullPoison {
			return errFull // the page is done: the state has it already
		}
		return nil
	}
	return a.conclude(ctx, run, run.Do(ctx))
}

func (a *Answer) plan(ctx context.Context, w *backfill.World, r *Request, objects backfill.Getter) error {
	task, err := w.Task(ctx, &r.Options, objects)
	if err != nil {
		return err
	}
	if a.Plan, err = w.Plan(ctx, task); err != nil || len(r.Cursor) == 0 {
		return err
	}
	return a.Plan.Resume(r.Cursor)
}

// conclude takes the state as the cursor, and tells an end for want of time from others.
func (a *Answer) conclude(ctx context.Context, run *backfill.Run, err error) error {
	state := run.Progress.State()
	a.Counts, a.Done = state.Counts, err == nil
	if err != nil && !isCut(ctx) && !errors.Is(err, errFull) {
		a.Stopped = err.Error()
	}
	cursor, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("answer with the cursor: %w", err)
	}
	a.Cursor = cursor
	return nil
}
