package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"github.com/outflow-dev/outflow/events"
	"github.com/outflow-dev/outflow/pkg/pattern"
)

type eventsTailCommand struct {
	Pattern jsonArgument `arg:"" optional:"" help:"Only events that match this pattern: a file, JSON itself, or - for standard input."`
	All     bool         `help:"Begin with the first event there is, rather than with the next one that comes."`
	Count   int          `placeholder:"N" help:"End after so many events. Default: at Ctrl-C."`
	targetFlags
}

// Help is printed by --help.
func (c *eventsTailCommand) Help() string {
	return "Shows events as they come: those of outflow dev's bus as it accepts them, those of a bus in AWS as they are " +
		"delivered.\n\n" + tailHelp
}

// AfterApply checks what a bus in AWS cannot do.
func (c *eventsTailCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	if c.All && c.running.target.Events == "" {
		return fmt.Errorf("--all: the bus of %s is in AWS and keeps no events that have been delivered: outflow audit show --from TIME "+
			"shows the changes that they announced, outflow events replay --from TIME sends them again", c.running.name())
	}
	return nil
}

// Validate checks what needs no file.
func (c *eventsTailCommand) Validate() error {
	if c.Count < 0 {
		return fmt.Errorf("--count %d is less than nothing", c.Count)
	}
	if !c.Pattern.inline() {
		return nil
	}
	_, err := pattern.Compile([]byte(c.Pattern))
	return placed("PATTERN", err)
}

// tailTick is how often the file is looked at, and idleTicks after how many looks in vain the bus is.
const (
	tailTick  = 100 * time.Millisecond
	idleTicks = 20
)

// Run follows the file that the local bus appends every event to that it accepts, or a bus in AWS.
func (c *eventsTailCommand) Run(ctx context.Context, in io.Reader, out io.Writer, errs diagnostics) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	text, wanted, err := c.compile(in)
	if err != nil {
		return err
	}
	if d.target.Events == "" {
		return (&awsTail{deployment: d, command: c, out: out, errs: errs}).run(ctx, text)
	}
	if err := answers(ctx, d.target.Events); err != nil {
		return err
	}
	f := &follower{path: filepath.Join(d.dir, "events.ndjson")}
	if err := f.begin(c.All); err != nil {
		return err
	}
	defer f.close()
	fmt.Fprintf(errs, "following %s; Ctrl-C ends\n", f.path)
	t := &tail{command: c, wanted: wanted, out: out}
	err = t.follow(ctx, f, func() error { return answers(ctx, d.target.Events) })
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// compile returns the pattern as it is written and as it matches, or nothing where all events are wanted.
func (c *eventsTailCommand) compile(in io.Reader) ([]byte, *pattern.Pattern, error) {
	if c.Pattern == "" {
		return nil, nil, nil
	}
	text, err := c.Pattern.read(in)
	if err != nil {
		return nil, nil, fmt.Errorf("read the pattern: %w", err)
	}
	p, err := pattern.Compile(text)
	return text, p, placed(c.Pattern.source("PATTERN"), err)
}

// answers says whether something listens at the bus's address: a file that nobody writes to looks like a bus without
// events.
func answers(ctx context.Context, bus string) error {
	u, err := url.Parse(bus)
	if err != nil {
		return fmt.Errorf("the target's events is no URL: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return hinted(fmt.Errorf("reach the bus: %w", err))
	}
	return connection.Close()
}

// tail prints the events of a file that are wanted.
type tail struct {
	command *eventsTailCommand
	wanted  *pattern.Pattern // nil for all
	out     io.Writer
	printed int
}

var errEnough = errors.New("as many as were asked for")

func (t *tail) follow(ctx context.Context, f *follower, alive func() error) error {
	tick := time.NewTicker(tailTick)
	defer tick.Stop()
	for idle := 0; ; idle++ {
		found, err := f.lines(t.line)
		switch {
		case errors.Is(err, errEnough):
			return nil
		case err != nil:
			return err
		case found:
			idle = 0
			continue
		case idle > 0 && idle%idleTicks == 0:
			if err := alive(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// line prints an event if it is wanted.
func (t *tail) line(line []byte) error {
	if t.wanted != nil {
		matches, err := t.wanted.Match(line)
		if err != nil {
			return fmt.Errorf("match the event %.80s: %w", line, err)
		}
		if !matches {
			return nil
		}
	}
	text := string(line)
	if !t.command.JSON {
		text = eventText(line)
	}
	if _, err := fmt.Fprintln(t.out, text); err != nil {
		return err
	}
	t.printed++
	if t.printed == t.command.Count {
		return errEnough
	}
	return nil
}

// eventText is an event on one row: when, what, whose item, by whom, and what it says. One of others is shown as it is.
func eventText(line []byte) string {
	e, err := events.Parse(line)
	if err != nil {
		return string(line)
	}
	by := "nobody known"
	if e.Metadata.Actor != nil {
		by = *e.Metadata.Actor
	}
	var body struct {
		Data json.RawMessage `json:"data"`
	}
	said := "(in a claim)"
	if err := json.Unmarshal(e.Detail, &body); err == nil && body.Data != nil {
		said = string(body.Data)
	}
	if e.Metadata.Replayed {
		said += "  replayed"
	}
	return fmt.Sprintf("%s  %s  %s %s  by %s  %s  id %s", e.Metadata.Time.UTC().Format("2006-01-02T15:04:05.000Z"), e.DetailType,
		e.Metadata.Entity, e.Metadata.Key, by, said, e.Metadata.ID)
}
