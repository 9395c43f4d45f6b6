package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

type auditHistoryCommand struct {
	Key  []string `arg:"" help:"The item: its key's values (ORDER#o1 METADATA), or JSON ({\"PK\": \"ORDER#o1\", ...})."`
	From moment   `placeholder:"TIME" help:"Show only changes from this time on: 2026-11-21, or 2026-11-21T14:00:00Z. All are read."`
	To   moment   `placeholder:"TIME" help:"Show only changes before this time."`
	targetFlags

	key []byte
}

// Help is printed by --help.
func (c *auditHistoryCommand) Help() string {
	return "Reads the few segments that the digests' key indexes name, and what no digest lists yet. Exit status: 0 all changes " +
		"follow each other; 1 a segment is altered, or a change is missing between two; 2 the start is not proven, a record that " +
		"names no item may be of this one, or the log knows none."
}

// Validate checks what needs no file.
func (c *auditHistoryCommand) Validate() error {
	if !c.To.IsZero() && !c.From.Before(c.To.Time) {
		return errors.New("--from is not before --to, so there is no time between them")
	}
	return nil
}

// AfterApply reads the key by the model.
func (c *auditHistoryCommand) AfterApply(ctx context.Context) (err error) {
	if err := c.targetFlags.AfterApply(ctx); err != nil {
		return err
	}
	if c.fault == nil {
		c.key, err = audit.ParseKey(c.running.model.Table, strings.Join(c.Key, " "))
	}
	return err
}

// Run prints the changes of the item.
func (c *auditHistoryCommand) Run(ctx context.Context, out io.Writer) error {
	h, err := c.read(ctx)
	if err != nil {
		return err
	}
	p := historyPage{out: &bytes.Buffer{}, colour: !c.JSON && isTerminal(out)}
	for i := range h.Lines {
		if !c.shows(&h.Lines[i]) {
			continue
		}
		s, err := newStep(&h.Lines[i], h.Links[i])
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(p.out, "", s)
		} else {
			p.step(s)
		}
		if err != nil {
			return err
		}
	}
	if err := c.end(&p, h); err != nil {
		return err
	}
	if _, err := p.out.WriteTo(out); err != nil {
		return err
	}
	return historyVerdict(h)
}

func (c *auditHistoryCommand) read(ctx context.Context) (*audit.History, error) {
	d, err := c.open()
	if err != nil {
		return nil, err
	}
	log, err := d.log()
	if err != nil {
		return nil, err
	}
	h, err := cached(log).History(ctx, audit.ItemQuery{Key: c.key, Now: time.Now()})
	return h, hinted(err)
}

// shows says whether the change is of the time asked for; one without a time always is.
func (c *auditHistoryCommand) shows(l *audit.Line) bool {
	return l.At == nil || !l.At.Before(c.From.Time) && (c.To.IsZero() || l.At.Before(c.To.Time))
}

// end says where was looked, and what could not be read.
func (c *auditHistoryCommand) end(p *historyPage, h *audit.History) error {
	faults := make([]string, len(h.Faults))
	for i, err := range h.Faults {
		faults[i] = err.Error()
	}
	if c.JSON {
		return printJSON(p.out, "", map[string]any{"summary": map[string]any{"changes": len(h.Lines), "looked": h.Looked, "faults": faults}})
	}
	p.summary(h, faults)
	return nil
}

// historyVerdict is the command's exit status.
func historyVerdict(h *audit.History) error {
	open := ""
	for _, s := range h.Links {
		if s.Wrong() {
			return errWrong
		}
		if !s.Proven() {
			open = cmp.Or(open, string(s))
		}
	}
	switch {
	case len(h.Faults) > 0:
		return errWrong
	case len(h.Lines) == 0:
		return unproven("the log has no line of this item%s", namelessToo(h))
	case open != "":
		return unproven("not all of it is proven: %s%s", open, namelessToo(h))
	case h.Looked.Nameless > 0:
		return unproven("not surely all of it%s", namelessToo(h))
	}
	return nil
}

func namelessToo(h *audit.History) string {
	if h.Looked.Nameless == 0 {
		return ""
	}
	return fmt.Sprintf("; %d records did not decode and name no item, so they may be of this one (audit show --from and --to show them)",
		h.Looked.Nameless)
}
