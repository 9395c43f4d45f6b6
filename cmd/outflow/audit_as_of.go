package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

type auditAsOfCommand struct {
	Time   moment   `arg:"" help:"2026-11-21 (its first moment in UTC), or 2026-11-21T14:00:00Z."`
	Key    []string `arg:"" optional:"" help:"The item: its key's values (ORDER#o1 METADATA), or JSON ({\"PK\": \"ORDER#o1\", ...})."`
	Entity string   `placeholder:"NAME" help:"All items of this entity instead, by a scan of the whole log."`
	targetFlags

	key []byte
}

// Help is printed by --help.
func (c *auditAsOfCommand) Help() string {
	return "Prints a JSON line for each item: keys, item (its image in DynamoDB's JSON, null where it was not there), the change " +
		"that left it, and proof. Exit status: 0 all is proven; 1 a segment is altered or unreadable, or a change is missing; " +
		"2 a start is not proven, a record that names no item may be of these, or the log knows none."
}

// Validate checks what needs no file.
func (c *auditAsOfCommand) Validate() error {
	if (len(c.Key) == 0) == (c.Entity == "") {
		return errors.New("say of what: a KEY behind the time, or --entity NAME")
	}
	return nil
}

// AfterApply reads key and entity by the model.
func (c *auditAsOfCommand) AfterApply(ctx context.Context) (err error) {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	if c.Entity == "" {
		c.key, err = audit.ParseKey(c.running.model.Table, strings.Join(c.Key, " "))
		return err
	}
	return knownEntity(c.running, c.Entity)
}

// knownEntity refuses an entity that the model has not.
func knownEntity(d *deployment, name string) error {
	if d.model.Entities[name] != nil {
		return nil
	}
	var names []string
	for _, e := range d.model.Sorted() {
		names = append(names, e.Name)
	}
	return fmt.Errorf("the model has no entity %s; it has %s", name, strings.Join(names, ", "))
}

// Run prints the states.
func (c *auditAsOfCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	log, err := d.log()
	if err != nil {
		return err
	}
	found := &asOfFound{}
	states := c.states(ctx, log, found)
	if c.Entity != "" {
		q := audit.EntityQuery{At: c.Time.Time, Entity: c.Entity, Model: d.model}
		states = log.StatesAt(ctx, q, &found.summary)
	}
	if err := found.print(out, states); err != nil {
		return hinted(err)
	}
	return found.verdict()
}

// states is the one of an item, and the faults of its history.
func (c *auditAsOfCommand) states(ctx context.Context, log *audit.Log, found *asOfFound) iter.Seq2[audit.AsOf, error] {
	return func(yield func(audit.AsOf, error) bool) {
		h, err := cached(log).History(ctx, audit.ItemQuery{Key: c.key, Now: time.Now()})
		if err != nil {
			yield(audit.AsOf{}, err)
			return
		}
		found.summary.Nameless = h.Looked.Nameless
		for _, fault := range h.Faults {
			found.summary.Faults++
			if !yield(audit.AsOf{}, fault) {
				return
			}
		}
		if state, known := h.At(c.Time.Time); known {
			yield(state, nil)
		}
	}
}

// asOfFound is what was found beside the states.
type asOfFound struct {
	summary               audit.Summary
	states, open, missing int
}

func (f *asOfFound) print(out io.Writer, states iter.Seq2[audit.AsOf, error]) error {
	faults := 0
	for state, err := range states {
		switch {
		case err != nil && f.summary.Faults == faults: // the listing failed, and nothing that the log holds
			return err
		case err != nil:
			faults = f.summary.Faults
			err = printJSON(out, "", map[string]string{"fault": err.Error()})
		default:
			f.count(state.Proof)
			err = printJSON(out, "", state)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *asOfFound) count(p audit.Proof) {
	f.states++
	switch {
	case p == audit.Broken:
		f.missing++
	case !p.Proven():
		f.open++
	}
}

func (f *asOfFound) verdict() error {
	switch {
	case f.summary.Faults > 0 || f.missing > 0:
		return errWrong
	case f.states == 0:
		return unproven("the log has no line of it")
	case f.open > 0:
		return unproven("of %d items the start is not proven (start-unproven): they are older than the log, and no baseline line saw them",
			f.open)
	case f.summary.Nameless > 0:
		return unproven("%d records did not decode and name no item, so they may be of these (audit show --from and --to show them)",
			f.summary.Nameless)
	}
	return nil
}
