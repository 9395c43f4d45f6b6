package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/outflow-dev/outflow/pkg/operator"
)

// checkFunction checks what a retry by the operator function needs.
func (c *parkedRetryCommand) checkFunction() error {
	if c.Function != "" && (!c.All || !c.Yes) {
		return errors.New("a function retries all that is open, and does it: --function with --all and --yes")
	}
	return nil
}

// invoke has the operator function retry, an invocation after another.
func (c *parkedRetryCommand) invoke(ctx context.Context, d *deployment, out io.Writer) error {
	f, r, total := d.operator(c.Function), operator.Request{Job: operator.ParkedRetry}, operator.RetryCounts{Reasons: []string{}}
	for done := false; !done; {
		var counts operator.RetryCounts
		a, err := f.invoke(ctx, &r, &counts)
		if err != nil {
			return errors.Join(err, c.printCounts(out, &total))
		}
		total.Tried, total.Resolved, total.Open = total.Tried+counts.Tried, total.Resolved+counts.Resolved, total.Open+counts.Open
		total.Reasons = append(total.Reasons, counts.Reasons...)
		if string(a.Cursor) == string(r.Cursor) && !a.Done {
			return errors.Join(fmt.Errorf("function %s has not time enough for one record: give it a longer timeout", c.Function),
				c.printCounts(out, &total))
		}
		r.Cursor, done = a.Cursor, a.Done
	}
	if err := c.printCounts(out, &total); err != nil {
		return err
	}
	if total.Open > 0 {
		return errWrong
	}
	return nil
}

func (c *parkedRetryCommand) printCounts(out io.Writer, total *operator.RetryCounts) error {
	if c.JSON {
		return printJSON(out, "  ", total)
	}
	for _, reason := range total.Reasons {
		if _, err := fmt.Fprintln(out, "open  ", reason); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d retried; %d brought in, %d still open\n", total.Tried, total.Resolved, total.Open)
	return err
}
