package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/audit"
)

type auditBaselineCommand struct {
	Segments  int    `default:"8" help:"Parts in which the table is read, eight at once, up to 1000. Default: ${default}."`
	Retention string `default:"governance:1" help:"How segments are locked: none, governance:DAYS or compliance:DAYS. Default: ${default}."`
	State     string `placeholder:"FILE" help:"Where it stands, to go on from. Default: baseline.json beside the target file."`
	targetFlags

	retention audit.Retention
}

// Help is printed by --help.
func (c *auditBaselineCommand) Help() string {
	return "Writes one baseline line for each item of the table, so that the history of items that are older than the log has a " +
		"start. Safe beside live traffic, and twice. Ctrl-C pauses it, and the same command goes on, also after a crash. It needs " +
		"dynamodb:Scan on the table, and what the consumer may do in the bucket. Exit status: 0 complete; 3 not complete."
}

// Validate checks what needs no file.
func (c *auditBaselineCommand) Validate() (err error) {
	if c.Segments < 1 || c.Segments > audit.MaxLanes {
		return fmt.Errorf("--segments %d is not between 1 and %d", c.Segments, audit.MaxLanes)
	}
	c.retention, err = audit.ParseRetention(c.Retention)
	return err
}

// Run writes the lines, and says how many.
func (c *auditBaselineCommand) Run(ctx context.Context, out io.Writer) error {
	b, err := c.baseline(ctx)
	if err != nil {
		return err
	}
	progress, err := c.begin(b)
	if err != nil {
		return err
	}
	progress, err = b.Run(ctx, progress)
	if err != nil {
		return fmt.Errorf("%w\n%d items have their line; the same command goes on from there (%s)", hinted(err), progress.Items, c.State)
	}
	if err := os.Remove(c.State); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the baseline is complete, but its state stays, from which another would go on: %w", err)
	}
	if c.JSON {
		return printJSON(out, "", progress)
	}
	_, err = fmt.Fprintf(out, "%d items have a baseline line, in %d segments of %d pages; the next digest seals them\n",
		progress.Items, progress.Raised, progress.Pages)
	return err
}

func (c *auditBaselineCommand) baseline(ctx context.Context) (*audit.Baseline, error) {
	d, err := c.open()
	if err != nil {
		return nil, err
	}
	log, err := d.log()
	if err != nil {
		return nil, err
	}
	objects, err := d.objects()
	if err != nil {
		return nil, err
	}
	if c.State == "" {
		c.State = filepath.Join(d.dir, "baseline.json")
	}
	stream, err := d.stream(ctx)
	if err != nil {
		return nil, err
	}
	return &audit.Baseline{Model: d.model, Log: log.Name, Client: objects, Bucket: log.Bucket, Retention: c.retention, Scanner: d.items(),
		Table: d.target.Table, Stream: stream, Now: time.Now, Keep: c.keep}, nil
}

// stream is the ARN of the table's stream as it is now.
func (d *deployment) stream(ctx context.Context) (string, error) {
	got, err := d.items().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &d.target.Table})
	if err != nil {
		return "", hinted(fmt.Errorf("describe table %s: %w", d.target.Table, err))
	}
	if got.Table.LatestStreamArn == nil {
		return "", fmt.Errorf("table %s has no stream: enable it (NEW_AND_OLD_IMAGES) before a baseline, or changes between go unrecorded",
			d.target.Table)
	}
	return *got.Table.LatestStreamArn, nil
}

// begin is the state that another run left, or a new one.
func (c *auditBaselineCommand) begin(b *audit.Baseline) (p audit.Progress, err error) {
	content, err := os.ReadFile(c.State)
	if errors.Is(err, fs.ErrNotExist) {
		return b.Start(c.Segments), nil
	}
	if err == nil {
		err = json.Unmarshal(content, &p)
	}
	if err != nil {
		return p, fmt.Errorf("read state %s: %w\nName another file with --state, or delete it to begin anew", c.State, err)
	}
	return p, nil
}

func (c *auditBaselineCommand) keep(p audit.Progress) error {
	content, err := json.Marshal(p)
	if err == nil {
		err = wholefile.Replace(c.State, append(content, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep the state: %w\nFree the disk or name a file that can be written with --state", err)
	}
	return nil
}
