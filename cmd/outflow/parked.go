package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/parked"
)

type parkedCommand struct {
	List  parkedListCommand  `cmd:"" help:"List parked records and batches: 0 none is open, 1 some are."`
	Show  parkedShowCommand  `cmd:"" help:"Show a parked record or batch with its reason: 1 it is unreadable."`
	Retry parkedRetryCommand `cmd:"" help:"Say what a retry would do; --yes does it: 0 all is done (or can be), 1 some stay open."`
}

type parkedListCommand struct {
	All bool `help:"Also those that a retry has brought in."`
	targetFlags
}

// Run lists what is open first to last.
func (c *parkedListCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	store, err := d.failures()
	if err != nil {
		return err
	}
	l, err := readListing(ctx, store)
	if err != nil {
		return err
	}
	if err := c.print(out, l); err != nil {
		return err
	}
	if l.open() > 0 || len(l.Faults) > 0 {
		return errWrong
	}
	return nil
}

// listing is all that the failures bucket holds.
type listing struct {
	Entries []parked.Entry `json:"entries"`
	Faults  []string       `json:"faults"` // outcomes without their records
}

func readListing(ctx context.Context, store *parked.Store) (listing, error) {
	l := listing{Entries: []parked.Entry{}, Faults: []string{}}
	for entry, err := range store.List(ctx) {
		switch {
		case errors.Is(err, parked.ErrOutcome):
			l.Faults = append(l.Faults, err.Error())
		case err != nil:
			return l, hinted(err)
		default:
			l.Entries = append(l.Entries, entry)
		}
	}
	return l, nil
}

func (l *listing) open() int {
	n := 0
	for i := range l.Entries {
		if l.Entries[i].State == parked.Open {
			n++
		}
	}
	return n
}

func (c *parkedListCommand) print(out io.Writer, l listing) error {
	all, open := len(l.Entries), l.open()
	shown := listing{Entries: []parked.Entry{}, Faults: l.Faults}
	for _, e := range l.Entries {
		if c.All || e.State == parked.Open {
			shown.Entries = append(shown.Entries, e)
		}
	}
	if c.JSON {
		return printJSON(out, "  ", shown)
	}
	for i := range shown.Entries {
		if _, err := fmt.Fprintln(out, entryText(&shown.Entries[i])); err != nil {
			return err
		}
	}
	for _, fault := range l.Faults {
		if _, err := fmt.Fprintln(out, "FAULT ", fault); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d open, %d resolved\n", open, all-open)
	if err == nil && open > 0 {
		_, err = fmt.Fprintln(out, "Next: outflow parked show KEY says why; outflow parked retry --all says what can be done")
	}
	return err
}

func entryText(e *parked.Entry) string {
	outlet := e.Outlet
	if e.IsBatch() {
		outlet = "batch"
	}
	return fmt.Sprintf("%-8s  %-6s  %s  retries %d  %s", e.State, outlet, e.At.UTC().Format(time.RFC3339), e.Retries, e.Key)
}

type parkedShowCommand struct {
	Key string `arg:"" help:"The key, as outflow parked list shows it."`
	targetFlags
}

// Run shows one record or batch.
func (c *parkedShowCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	store, err := d.failures()
	if err != nil {
		return err
	}
	entry, err := store.Entry(ctx, c.Key)
	if err != nil {
		return hinted(err)
	}
	item, err := store.Read(ctx, entry)
	if err != nil && !errors.Is(err, parked.ErrUnreadable) {
		return hinted(err)
	}
	shown := newParkedItem(&item, err)
	if err := c.print(out, &shown); err != nil {
		return err
	}
	if err != nil {
		return errWrong
	}
	return nil
}

// parkedItem is what a parked object holds, as it is printed.
type parkedItem struct {
	parked.Entry
	Reason string          `json:"reason"` // for which it is parked, or cannot be read
	Record *consume.Parked `json:"record,omitempty"`
	Batch  *parked.Batch   `json:"batch,omitempty"`
	Event  json.RawMessage `json:"event,omitempty"` // of a batch, where it is JSON
	Raw    []byte          `json:"eventBase64,omitempty"`
}

func newParkedItem(item *parked.Item, fault error) parkedItem {
	p := parkedItem{Entry: item.Entry, Record: item.Record, Batch: item.Batch}
	switch {
	case fault != nil:
		p.Reason = fault.Error()
	case item.Record != nil:
		p.Reason = item.Record.Reason
	case json.Valid(item.Event()):
		p.Reason, p.Event = item.Batch.RequestContext.Condition, item.Event()
	default:
		p.Reason, p.Raw = item.Batch.RequestContext.Condition, item.Event()
	}
	return p
}

func (c *parkedShowCommand) print(out io.Writer, p *parkedItem) error {
	if c.JSON {
		return printJSON(out, "  ", p)
	}
	if _, err := fmt.Fprintf(out, "%s\nreason  %s\n", entryText(&p.Entry), p.Reason); err != nil {
		return err
	}
	switch {
	case p.Record != nil:
		record := p.Record.Record
		if record == nil {
			record = fmt.Appendf(nil, "%q (no JSON)", p.Record.Raw)
		}
		_, err := fmt.Fprintf(out, "stream  %s\nparked  %s by model %s\nrecord  %s\n", p.Record.Stream, p.Record.ParkedAt.Format(time.RFC3339),
			p.Record.Model, record)
		return err
	case p.Batch != nil:
		_, err := fmt.Fprintf(out, "stream  %s\nbatch   %d records, %s to %s, tried %d times\nevent   %s%s\n", p.Batch.Info.StreamARN,
			p.Batch.Info.BatchSize, p.Batch.Info.Start, p.Batch.Info.End, p.Batch.RequestContext.Invocations, p.Event, p.Raw)
		return err
	}
	return nil
}
