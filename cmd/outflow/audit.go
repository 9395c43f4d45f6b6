package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

type auditCommand struct {
	Show     auditShowCommand     `cmd:"" help:"Show the audit log's lines in order: 1 some are unreadable or differ, 2 none or not all."`
	Seal     auditSealCommand     `cmd:"" help:"Seal what is new in the audit log into signed digests, now: 1 some are no valid ones."`
	Verify   auditVerifyCommand   `cmd:"" help:"Verify the audit log, in place or a copy: 1 wrong, 2 not all is proven, 3 unreadable."`
	History  auditHistoryCommand  `cmd:"" help:"Show every change of one item, field by field: 1 one is missing, 2 not all is proven."`
	AsOf     auditAsOfCommand     `cmd:"" help:"Show the state of an item, or of all of an entity, at a time: 1 wrong, 2 not all is proven."`
	DDL      auditDdlCommand      `cmd:"" name:"ddl" help:"Print the statement that makes an Athena table over the log."`
	Baseline auditBaselineCommand `cmd:"" help:"Write the state of each item into the log, so that histories have a start."`
	Export   auditExportCommand   `cmd:"" help:"Write an entity's changes as Parquet with typed columns: a derived copy for queries."`
	Report   auditReportCommand   `cmd:"" help:"Write an HTML page about a period, to be filed: 1 something is wrong, 2 not all is proven."`
}

type auditShowCommand struct {
	Key  []string `arg:"" optional:"" help:"The item: its key's values (ORDER#o1 METADATA), or JSON ({\"PK\": \"ORDER#o1\", ...})."`
	From moment   `placeholder:"TIME" help:"Only changes from this time on: 2026-11-21, or 2026-11-21T14:00:00Z."`
	To   moment   `placeholder:"TIME" help:"Only changes before this time."`
	targetFlags

	key []byte
}

// moment is a time as flags have it.
type moment struct{ time.Time }

// UnmarshalText reads a date (its first moment in UTC) or a time in RFC 3339.
func (m *moment) UnmarshalText(text []byte) (err error) {
	if m.Time, err = time.Parse(time.DateOnly, string(text)); err == nil {
		return nil
	}
	if m.Time, err = time.Parse(time.RFC3339Nano, string(text)); err != nil {
		return fmt.Errorf("%q is no time; write it as 2026-11-21 or 2026-11-21T14:00:00Z", text)
	}
	return nil
}

// Validate checks what needs no file.
func (c *auditShowCommand) Validate() error {
	if len(c.Key) == 0 && c.From.IsZero() && c.To.IsZero() {
		return errors.New("say what to show: a KEY, or a time with --from and --to")
	}
	if !c.To.IsZero() && !c.From.Before(c.To.Time) {
		return errors.New("--from is not before --to, so there is no time between them")
	}
	return nil
}

// AfterApply reads the key by the model.
func (c *auditShowCommand) AfterApply(ctx context.Context) (err error) {
	if err := c.targetFlags.AfterApply(ctx); err != nil {
		return err
	}
	if c.fault == nil && len(c.Key) > 0 {
		c.key, err = audit.ParseKey(c.running.model.Table, strings.Join(c.Key, " "))
	}
	return err
}

// Run prints the lines as they come: a log may be long.
func (c *auditShowCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	log, err := d.log()
	if err != nil {
		return err
	}
	var summary audit.Summary
	faults := 0
	for line, err := range log.Show(ctx, audit.Query{From: c.From.Time, To: c.To.Time, Key: c.key}, &summary) {
		if err != nil && summary.Faults == faults { // a listing that failed, and nothing that the log holds
			return hinted(err)
		}
		faults = summary.Faults
		if err := c.print(out, &line, err); err != nil {
			return err
		}
	}
	if err := c.printSummary(out, summary); err != nil {
		return err
	}
	return shown(summary, c.key != nil)
}

func (c *auditShowCommand) print(out io.Writer, line *audit.Line, fault error) error {
	var err error
	switch {
	case fault != nil && c.JSON:
		err = printJSON(out, "", map[string]string{"fault": fault.Error()})
	case fault != nil:
		_, err = fmt.Fprintf(out, "FAULT  %v\n", fault)
	case c.JSON:
		_, err = fmt.Fprintf(out, "%s\n", line.Text)
	default:
		_, err = fmt.Fprintln(out, lineText(line))
	}
	return err
}

func (c *auditShowCommand) printSummary(out io.Writer, s audit.Summary) error {
	if c.JSON {
		return printJSON(out, "", map[string]map[string]int{"summary": {
			"segments": s.Segments, "lines": s.Lines, "shown": s.Shown, "repeated": s.Repeated, "faults": s.Faults, "nameless": s.Nameless,
		}})
	}
	_, err := fmt.Fprintf(out, "%d shown of %d lines in %d segments (%d repeated, %d faults)\n",
		s.Shown, s.Lines, s.Segments, s.Repeated, s.Faults)
	return err
}

// shown is the command's verdict.
func shown(s audit.Summary, ofItem bool) error {
	switch {
	case s.Faults > 0:
		return errWrong
	case ofItem && s.Nameless > 0:
		return unproven("%d records did not decode and name no item, so they may be of this one: show them with --from or --to",
			s.Nameless)
	case s.Shown == 0:
		return unproven("the log has no such line")
	}
	return nil
}

// lineText is a line on one row: when, what, whose item, by whom, and what changed.
func lineText(line *audit.Line) string {
	at := "no time"
	if line.At != nil {
		at = line.At.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	if line.IsRaw() {
		return fmt.Sprintf("%s  raw     %s  %s  (event %s)", at, line.Seq, line.Reason, line.ID)
	}
	var view struct {
		Entity        *string         `json:"entity"`
		Key           json.RawMessage `json:"key"`
		Actor         *string         `json:"actor"`
		ActorEvidence string          `json:"actorEvidence"`
		Changed       []string        `json:"changed"`
	}
	if err := json.Unmarshal(line.View, &view); err != nil {
		return fmt.Sprintf("%s  %-6s  %s  its view is no JSON object: %v", at, line.Op, line.Seq, err)
	}
	item := string(line.Keys)
	if view.Entity != nil {
		item = *view.Entity + " " + string(bytes.TrimSpace(view.Key))
	}
	by := line.Cause
	if line.Cause == "user" {
		by = "nobody known"
	}
	if view.Actor != nil {
		by = *view.Actor
	}
	text := fmt.Sprintf("%s  %-6s  %s  by %s (evidence: %s)", at, line.Op, item, by, view.ActorEvidence)
	if len(view.Changed) > 0 {
		text += "  changed " + strings.Join(view.Changed, ", ")
	}
	return text + "  seq " + line.Seq
}
