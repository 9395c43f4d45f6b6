package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/replay"
)

type eventsReplayCommand struct {
	From   moment  `required:"" placeholder:"TIME" help:"Changes from this time on: 2026-11-21, or 2026-11-21T14:00:00Z."`
	To     moment  `placeholder:"TIME" help:"Changes before this time. Default: now."`
	Entity string  `placeholder:"NAME" help:"Only events of this entity."`
	Event  string  `placeholder:"NAME" help:"Only events of this name."`
	Bus    string  `placeholder:"NAME" help:"Name or ARN of the bus to send to. Default: the target's."`
	Rate   float64 `default:"100" help:"The most events a second."`
	State  string  `placeholder:"FILE" help:"Where it stands, to go on from. Default: replay.json beside the target file."`
	Entry  int     `name:"entry-bytes" default:"262144" help:"Limit of an entry and a call: the function's OUTFLOW_ENTRY_BYTES."`
	Claims string  `name:"claims-bucket" placeholder:"NAME" help:"The function's OUTFLOW_CLAIMS_BUCKET. Default: the failures bucket."`
	Yes    bool    `help:"Send. Without it nothing is sent or written: it says what would be."`
	targetFlags
}

// Help is printed by --help.
func (c *eventsReplayCommand) Help() string {
	return "Sends events again, as the audit log has recorded their changes: with the same ids, in the order of the changes, and " +
		"metadata.replayed true. Who deduplicates by id takes them for what they are, as far back as its memory reaches. " +
		"Ctrl-C pauses it, and the same command goes on. Exit status: 0 all is sent, or can be; 1 some cannot; " +
		"2 interrupted, or the log has no change in that time; 3 could not begin."
}

// Validate checks what needs no file.
func (c *eventsReplayCommand) Validate() error {
	var faults []error
	if !c.To.IsZero() && !c.From.Before(c.To.Time) {
		faults = append(faults, errors.New("--from is not before --to, so there is no time between them"))
	}
	if !(c.Rate > 0) {
		faults = append(faults, fmt.Errorf("--rate %v is not above 0", c.Rate))
	}
	if c.Entry < minEntry || c.Entry > maxEntry {
		faults = append(faults, fmt.Errorf("--entry-bytes %d is not between %d and %d", c.Entry, minEntry, maxEntry))
	}
	return errors.Join(faults...)
}

// AfterApply checks the names against the model.
func (c *eventsReplayCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	c.State = cmp.Or(c.State, filepath.Join(c.running.dir, "replay.json"))
	c.Bus = cmp.Or(c.Bus, c.running.target.Bus)
	known := map[string]bool{}
	entities := c.running.model.Entities
	if c.Entity != "" && entities[c.Entity] == nil {
		return fmt.Errorf("--entity %s: the model has none of that name; it has %s", c.Entity, named(maps.Keys(entities)))
	}
	for name, e := range entities {
		for _, event := range e.Events {
			if c.Entity == "" || c.Entity == name {
				known[event.Name] = true
			}
		}
	}
	switch {
	case len(known) == 0:
		return errors.New("the model has no such events, so there are none to send again")
	case c.Event != "" && !known[c.Event]:
		return fmt.Errorf("--event %s: there is none of that name; there are %s", c.Event, named(maps.Keys(known)))
	}
	return nil
}

func named(names func(func(string) bool)) string { return strings.Join(slices.Sorted(names), ", ") }

// Run counts, or sends.
func (c *eventsReplayCommand) Run(ctx context.Context, out io.Writer, errs diagnostics) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	files := replayFiles{state: c.State}
	state, err := files.open(c.identity(d), c.To.Time)
	if err != nil {
		return err
	}
	if state.After != "" {
		fmt.Fprintf(errs, "going on from %s, behind change %s\n", c.State, state.After)
	}
	printer := &replayPrinter{command: c, out: out}
	run, err := c.replay(d, printer)
	if err != nil {
		return err
	}
	if c.Yes {
		run.Keep = files.keep
	} else {
		state.Counts = replay.Counts{}
	}
	failed := run.Run(ctx, state)
	if failed == nil && c.Yes {
		failed = files.close()
	}
	return errors.Join(printer.summary(state, failed), c.verdict(ctx, state, failed))
}

func (c *eventsReplayCommand) identity(d *deployment) replay.Identity {
	to := ""
	if !c.To.IsZero() {
		to = c.To.UTC().Format(time.RFC3339Nano)
	}
	return replay.Identity{
		Log: d.target.AuditBucket + "/" + d.name(), Bus: c.Bus, Model: d.model.Hash,
		From: c.From.UTC().Format(time.RFC3339Nano), To: to, Entity: c.Entity, Event: c.Event,
	}
}

// replay is one that counts, or with --yes one that sends.
func (c *eventsReplayCommand) replay(d *deployment, printer *replayPrinter) (*replay.Replay, error) {
	log, err := d.log()
	if err != nil {
		return nil, err
	}
	builder, err := publish.NewBuilder(d.model)
	if err != nil {
		return nil, err
	}
	only := publish.Replay{Entity: c.Entity, Event: c.Event}
	run := &replay.Replay{Model: d.model, Log: log, Builder: builder.Replaying(only), Fault: printer.fault}
	if c.Bus == "" {
		return nil, d.lacks("bus", "events")
	}
	if !c.Yes {
		return run, nil
	}
	objects, err := d.objects()
	if err != nil {
		return nil, err
	}
	client, err := awsclients.EventBridge(d.aws, d.target.Events)
	if err != nil {
		return nil, err
	}
	run.Outlet, err = publish.NewOutlet(publish.OutletConfig{
		Model: d.model, Bus: c.Bus, Claims: objects, ClaimsBucket: cmp.Or(c.Claims, d.target.FailuresBucket), MaxBytes: c.Entry,
		Client: &replay.Pace{Client: client, PerSecond: c.Rate, Now: time.Now}, Now: time.Now, Replay: &only,
	})
	return run, err
}

// verdict says how it has ended.
func (c *eventsReplayCommand) verdict(ctx context.Context, s *replay.State, failed error) error {
	counts := &s.Counts
	switch {
	case failed != nil && ctx.Err() != nil:
		return unproven("interrupted: the same command goes on from %s", c.State)
	case failed != nil && c.Yes:
		return unproven("%v\nThe same command goes on from %s", hinted(failed), c.State)
	case failed != nil:
		return hinted(failed)
	case counts.Faults > 0 || counts.Refused > 0:
		return errWrong
	case counts.Changes == 0 && s.After == "":
		return unproven("the log has no change in that time")
	}
	return nil
}
