package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/parked"
)

// RetryCounts are those of one invocation.
type RetryCounts struct {
	Tried    int      `json:"tried"`
	Resolved int      `json:"resolved"`
	Open     int      `json:"open"`    // that stay open; outflow parked show says why
	Reasons  []string `json:"reasons"` // why, by the key of each; the first hundred
}

const maxReasons = 100

// retry tries everything that is open once. The cursor is the key of the last one that was tried: they are listed in the
// order of their keys.
func (o *Operator) retry(ctx context.Context, r *Request, a *Answer) error {
	if o.Retrier == nil {
		return errors.New("the deployment has no parking")
	}
	var after string
	if len(r.Cursor) > 0 {
		if err := json.Unmarshal(r.Cursor, &after); err != nil {
			return fmt.Errorf("read the cursor: %w", err)
		}
	}
	entries, err := o.open(ctx, after)
	if err != nil {
		return err
	}
	counts := RetryCounts{Reasons: []string{}}
	for _, entry := range entries {
		if err := o.one(ctx, entry, &counts); err != nil {
			if isCut(ctx) {
				break
			}
			return err
		}
		after = entry.Key
	}
	a.Counts, a.Done = counts, counts.Tried == len(entries)
	a.Cursor, err = json.Marshal(after)
	return err
}

// open lists what is open and comes after a key.
func (o *Operator) open(ctx context.Context, after string) ([]parked.Entry, error) {
	var all []parked.Entry
	for entry, err := range o.Retrier.Store.List(ctx) {
		switch {
		case errors.Is(err, parked.ErrOutcome):
			o.Log.WarnContext(ctx, "an outcome without its record", "error", err)
		case err != nil:
			return nil, err
		case entry.State == parked.Open && entry.Key > after:
			all = append(all, entry)
		}
	}
	return all, nil
}

func (o *Operator) one(ctx context.Context, entry parked.Entry, counts *RetryCounts) error {
	plan, err := o.Retrier.Plan(ctx, entry)
	if err != nil {
		return err
	}
	outcome, err := o.Retrier.Do(ctx, plan)
	if err != nil {
		return err
	}
	counts.Tried++
	if outcome.State != parked.Open {
		counts.Resolved++
		return nil
	}
	counts.Open++
	if len(counts.Reasons) < maxReasons {
		counts.Reasons = append(counts.Reasons, entry.Key+": "+outcome.Reason)
	}
	return nil
}
