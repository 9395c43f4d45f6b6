package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/outflow-dev/outflow/internal/wholefile"
	auditreport "github.com/outflow-dev/outflow/pkg/audit/report"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

type auditReportCommand struct {
	From     moment   `required:"" placeholder:"TIME" help:"Changes from this time on: 2026-11-21, or 2026-11-21T14:00:00Z."`
	To       moment   `required:"" placeholder:"TIME" help:"Changes before this time."`
	Out      string   `short:"o" required:"" placeholder:"FILE" help:"The page: one HTML file that needs nothing else."`
	Key      []string `sep:"none" placeholder:"KEY" help:"The first digest's public key: a PEM file, or a KMS key's ARN. Else outflow dev's."`
	NoVerify bool     `help:"Do not verify the log for it; the page says so."`
	targetFlags
}

// Help is printed by --help.
func (c *auditReportCommand) Help() string {
	return "Writes one HTML page about a period, to be filed: digests, keys, counts, who changed what on what evidence, gaps, what " +
		"is not proven. It holds names of actors and entities, no item data. Exit status: 0 nothing wrong and all proven; " +
		"1 the page says what is wrong; 2 it says what is not proven."
}

// Validate checks what needs no file.
func (c *auditReportCommand) Validate() error {
	if !c.From.Before(c.To.Time) {
		return errors.New("--from is not before --to, so there is no time between them")
	}
	if c.NoVerify && len(c.Key) > 0 {
		return errors.New("--key is what to verify against, and --no-verify says not to")
	}
	return nil
}

// Run verifies the log, reads the period, and writes the page.
func (c *auditReportCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	log, err := d.log()
	if err != nil {
		return err
	}
	verified, err := c.verified(ctx)
	if err != nil {
		return hinted(err)
	}
	r, err := auditreport.Build(ctx, auditreport.Config{Log: log, From: c.From.Time, To: c.To.Time, Now: time.Now(), Verified: verified})
	if err != nil {
		return hinted(err)
	}
	var page bytes.Buffer
	if err := r.Render(&page); err != nil {
		return err
	}
	if err := wholefile.Replace(c.Out, page.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	if err := c.print(out, r); err != nil {
		return err
	}
	switch r.Status {
	case verify.Wrong:
		return errWrong
	case verify.Unproven:
		return unproven("nothing is found wrong, and not everything is proven: the page says what")
	}
	return nil
}

// verified is what audit verify says of the log, in which the segments of the period are read; nil where nobody asked.
func (c *auditReportCommand) verified(ctx context.Context) (*verify.Report, error) {
	if c.NoVerify {
		return nil, nil
	}
	v := auditVerifyCommand{Key: c.Key, From: c.From, To: c.To, Fresh: verify.DefaultFresh, targetFlags: c.targetFlags}
	config, err := v.config(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w\nOr make the page without it: --no-verify", err)
	}
	return verify.Verify(ctx, *config)
}

func (c *auditReportCommand) print(out io.Writer, r *auditreport.Report) error {
	if c.JSON {
		return printJSON(out, "", r)
	}
	for _, one := range r.Wrong {
		if _, err := fmt.Fprintf(out, "WRONG  %s\n", one); err != nil {
			return err
		}
	}
	for _, one := range r.NotProven {
		if _, err := fmt.Fprintf(out, "not proven: %s\n", one); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%s: %d records of %d items, %d digests\n", c.Out, r.Lines.Records, r.Lines.Items, r.Digests.Count)
	return err
}
