package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/export"
)

type auditExportCommand struct {
	Entity string `required:"" placeholder:"NAME" help:"Whose changes: an entity of the model."`
	Out    string `short:"o" required:"" placeholder:"DIR" help:"Folder for NAME.parquet, which is replaced."`
	From   moment `placeholder:"TIME" help:"Only changes from this time on: 2026-11-21, or 2026-11-21T14:00:00Z."`
	To     moment `placeholder:"TIME" help:"Only changes before this time."`
	targetFlags
}

// Help is printed by --help.
func (c *auditExportCommand) Help() string {
	return "Writes a derived copy of the log as Parquet, with typed columns by the model (docs/audit-reading.md); the log is read " +
		"twice. Exit status: 0 written; 1 the log holds what cannot be read, and nothing was written; 2 written, but it has no row, " +
		"or records that did not decode are not in it."
}

// Validate checks what needs no file.
func (c *auditExportCommand) Validate() error {
	if !c.To.IsZero() && !c.From.Before(c.To.Time) {
		return errors.New("--from is not before --to, so there is no time between them")
	}
	return nil
}

// AfterApply checks the entity against the model.
func (c *auditExportCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	return knownEntity(c.running, c.Entity)
}

// Run writes the file, whole or not at all.
func (c *auditExportCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	log, err := d.log()
	if err != nil {
		return err
	}
	var summary audit.Summary
	lines := func() iter.Seq2[audit.Line, error] {
		summary = audit.Summary{}
		return log.Show(ctx, audit.Query{From: c.From.Time, To: c.To.Time}, &summary)
	}
	path := filepath.Join(c.Out, c.Entity+".parquet")
	report, err := c.write(path, export.Source{Model: d.model, Entity: c.Entity, Lines: lines})
	switch {
	case err != nil && summary.Faults > 0:
		if _, failed := fmt.Fprintf(out, "FAULT  %v\nnothing was written\n", err); failed != nil {
			return failed
		}
		return errWrong
	case err != nil:
		return hinted(err)
	}
	if err := c.print(out, path, report); err != nil {
		return err
	}
	switch {
	case report.Raw > 0:
		return unproven("%d records did not decode, so that no export has them (audit show --from and --to show them)", report.Raw)
	case report.Rows == 0:
		return unproven("the log has no line of %s in that time", c.Entity)
	}
	return nil
}

func (c *auditExportCommand) write(path string, s export.Source) (report export.Report, err error) {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return report, fmt.Errorf("make folder: %w", err)
	}
	file, err := os.CreateTemp(c.Out, c.Entity+"-*.tmp")
	if err != nil {
		return report, fmt.Errorf("write export: %w", err)
	}
	report, err = export.Write(file, s)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(file.Name()))
	}
	return report, err
}

func (c *auditExportCommand) print(out io.Writer, path string, r export.Report) error {
	if c.JSON {
		return printJSON(out, "", map[string]any{"file": path, "report": r})
	}
	_, err := fmt.Fprintf(out, "%s: %d rows, %d columns; in %d rows a value is left out that its type cannot hold (column dropped names it)\n",
		path, r.Rows, len(r.Columns), r.Dropped)
	return err
}
