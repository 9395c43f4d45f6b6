package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/outflow-dev/outflow/pkg/parked"
)

type parkedRetryCommand struct {
	Keys []string `arg:"" optional:"" name:"key" help:"The keys, as outflow parked list shows them."`
	All  bool     `help:"All that is open."`
	Yes  bool     `help:"Do it. Without, it says what it would do and writes nothing."`

	Function string `placeholder:"NAME" help:"Have this operator function do it, inside its VPC: with --all and --yes."`
	outletFlags
	targetFlags
}

// Validate checks what needs no file.
func (c *parkedRetryCommand) Validate() error {
	if c.All == (len(c.Keys) > 0) {
		return errors.New("say what to retry: either keys, as outflow parked list shows them, or --all")
	}
	return errors.Join(c.check(), c.checkFunction())
}

// AfterApply checks what a target that is not local needs: a shorter retention than the functions' would let segments
// go too early.
func (c *parkedRetryCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	t := &c.running.target
	if c.Yes && c.Function == "" && t.AuditBucket != "" && t.S3 == "" && c.Retention == "" {
		return errors.New("a retry may write audit segments: give --audit-retention as the function's OUTFLOW_AUDIT_RETENTION has it")
	}
	return nil
}

// retried is one item's plan, and what became of it.
type retried struct {
	parked.Plan
	Outcome *parked.Outcome `json:"outcome,omitempty"` // nil in a dry run
}

// Run plans and, with --yes, does.
func (c *parkedRetryCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	if c.Function != "" {
		return c.invoke(ctx, d, out)
	}
	r, err := d.retrier(c.outletFlags)
	if err != nil {
		return err
	}
	entries, err := c.entries(ctx, r.Store)
	if err != nil {
		return err
	}
	before, err := readListing(ctx, r.Store)
	if err != nil {
		return err
	}
	stuck := false
	for _, entry := range entries {
		one, err := c.one(ctx, r, entry)
		if err == nil || one.Outcome != nil {
			err = errors.Join(err, c.print(out, &one))
		}
		if err != nil {
			return hinted(err)
		}
		stuck = stuck || one.isStuck()
	}
	return c.verdict(ctx, out, r.Store, before, len(entries), stuck)
}

// entries are listed before anything is done: a retry adds to what is listed.
func (c *parkedRetryCommand) entries(ctx context.Context, store *parked.Store) (entries []parked.Entry, err error) {
	if c.All {
		l, err := readListing(ctx, store)
		for _, e := range l.Entries {
			if e.State == parked.Open {
				entries = append(entries, e)
			}
		}
		return entries, err
	}
	for _, key := range c.Keys {
		entry, err := store.Entry(ctx, key)
		if err != nil {
			return nil, hinted(err)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func (c *parkedRetryCommand) one(ctx context.Context, r *parked.Retrier, entry parked.Entry) (retried, error) {
	plan, err := r.Plan(ctx, entry)
	if err != nil || !c.Yes {
		return retried{Plan: plan}, err
	}
	outcome, err := r.Do(ctx, plan)
	return retried{plan, &outcome}, err
}

// isStuck says that the item stays open, or would.
func (r *retried) isStuck() bool {
	if r.Outcome != nil {
		return r.Outcome.State == parked.Open
	}
	return r.Action == parked.LeaveAsOpen || r.Action == parked.Unreadable
}

// verdict says what is left. Records of a batch that are poison were parked one by one, and are new among what is open.
func (c *parkedRetryCommand) verdict(
	ctx context.Context, out io.Writer, store *parked.Store, before listing, tried int, stuck bool,
) error {
	after, err := readListing(ctx, store)
	if err != nil {
		return err
	}
	added := len(after.Entries) - len(before.Entries)
	if !c.JSON {
		switch {
		case !c.Yes && tried > 0:
			_, err = fmt.Fprintf(out, "%d would be retried; nothing was written. Do it with --yes\n", tried)
		default:
			_, err = fmt.Fprintf(out, "%d retried; %d open now, %d of them newly parked\n", tried, after.open(), max(added, 0))
		}
	}
	switch {
	case err != nil:
		return err
	case stuck || c.Yes && added > 0:
		return errWrong
	}
	return nil
}

func (c *parkedRetryCommand) print(out io.Writer, r *retried) error {
	if c.JSON {
		return printJSON(out, "", r)
	}
	_, err := fmt.Fprintf(out, "%s\n  %s  records %d  outlets %s\n  %s\n", r.Key, r.Action, r.Records, strings.Join(r.Outlets, ", "), r.Why)
	if err == nil && r.Note != "" {
		_, err = fmt.Fprintf(out, "  %s\n", r.Note)
	}
	switch {
	case err != nil || r.Outcome == nil:
		return err
	case r.Outcome.Reason != "" && r.Outcome.Reason != r.Why:
		_, err = fmt.Fprintf(out, "  => %s: %s\n", r.Outcome.State, r.Outcome.Reason)
	default:
		_, err = fmt.Fprintf(out, "  => %s\n", r.Outcome.State)
	}
	return err
}
