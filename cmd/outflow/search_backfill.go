package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

type searchBackfillCommand struct {
	Entity     string  `placeholder:"NAME" help:"Only documents with this root entity."`
	Prefix     string  `placeholder:"TEXT" help:"Only items whose partition key begins so. The whole table is read all the same."`
	Keys       string  `placeholder:"FILE" help:"Only these items: a key a line, as outflow why takes it."`
	FromExport string  `placeholder:"PLACE" help:"Its export instead: s3://bucket/prefix or a folder, with manifest-summary.json."`
	Segments   int     `default:"8" help:"Parts in which the table is read beside each other, up to 1000."`
	RCU        float64 `name:"rcu" placeholder:"N" help:"The most read units a second. Default: no limit."`
	State      string  `placeholder:"FILE" help:"Where it stands, to go on from. Default: backfill.json beside the target file."`
	Function   string  `placeholder:"NAME" help:"Have this operator function do it, inside its VPC, one invocation after another."`
	targetFlags
}

// Help is printed by --help.
func (c *searchBackfillCommand) Help() string {
	return "Reads the table beside live traffic; no document ever goes back to an older state. Ctrl-C pauses it, and the same " +
		"command goes on, also after a crash. Exit status: 0 complete; 1 complete, but some items were refused; " +
		"2 interrupted or incomplete; 3 could not begin."
}

// Validate checks what needs no file.
func (c *searchBackfillCommand) Validate() error {
	o := c.options()
	faults := []error{o.Check()}
	if c.Segments < 1 {
		faults = append(faults, fmt.Errorf("--segments %d is not between 1 and %d", c.Segments, backfill.MaxSegments))
	}
	if c.Keys != "" && (c.FromExport != "" || c.Entity != "" || c.Prefix != "") {
		faults = append(faults, errors.New("--keys says which items: no --from-export, --entity or --prefix beside it"))
	}
	if _, _, inS3 := backfill.ParseBucket(c.FromExport); c.Function != "" && c.FromExport != "" && !inS3 {
		faults = append(faults, errors.New("a function cannot read a folder of this machine: --from-export s3://bucket/prefix"))
	}
	return errors.Join(faults...)
}

// AfterApply checks the filter against the model.
func (c *searchBackfillCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	if c.State == "" {
		c.State = filepath.Join(c.running.dir, "backfill.json")
	}
	f := backfill.Filter{Model: c.running.model, Entity: c.Entity, Prefix: c.Prefix}
	return f.Check()
}

func (c *searchBackfillCommand) options() backfill.Options {
	return backfill.Options{Entity: c.Entity, Prefix: c.Prefix, Export: c.FromExport, Segments: c.Segments, Rate: c.RCU}
}

// Run plans, says what it is going to do, and does it.
func (c *searchBackfillCommand) Run(ctx context.Context, out io.Writer, errs diagnostics) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	progress := newBackfillProgress(out, errs.Writer, c.JSON)
	files := backfillFiles{state: c.State, note: progress.poison}
	if c.Function != "" {
		return c.invoke(ctx, d, &files, progress)
	}
	w, err := d.backfillWorld(c.RCU, errs)
	if err != nil {
		return err
	}
	var keys *os.File // nil without --keys
	if c.Keys != "" {
		if keys, err = os.Open(c.Keys); err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
		defer keys.Close()
	}
	task, err := c.task(ctx, d, w, keys)
	if err != nil {
		return hinted(err)
	}
	plan, err := w.Plan(ctx, task)
	if err != nil {
		return hinted(err)
	}
	if err := files.open(plan); err != nil {
		return err
	}
	return c.fill(ctx, w.Run(plan), &files, progress.of(plan))
}

func (c *searchBackfillCommand) fill(ctx context.Context, run *backfill.Run, files *backfillFiles, progress *backfillProgress) error {
	run.Progress.Keep, run.Progress.Poisoned = files.keep, files.poisoned
	state := run.Progress.State()
	if err := errors.Join(files.keep(&state), progress.begin()); err != nil { // what cannot be kept is not begun
		return err
	}
	stop := progress.follow(ctx, run.Progress.State)
	err := run.Do(ctx)
	stop()
	state = run.Progress.State()
	return c.verdict(ctx, err, &state, files, progress)
}

// verdict says how it has ended. What is complete needs no state any more.
func (c *searchBackfillCommand) verdict(
	ctx context.Context, err error, state *backfill.State, files *backfillFiles, progress *backfillProgress,
) error {
	if err == nil {
		err = files.close()
	}
	if printed := progress.end(state, err, files.poison); printed != nil {
		return printed
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return unproven("interrupted: the same command goes on from %s", c.State)
	case errors.Is(err, backfill.ErrOther):
		return unproven("%v (delete %s)", err, c.State)
	case err != nil:
		return unproven("%v\nThe same command goes on from %s", hinted(err), c.State)
	case state.Counts.Poison > 0:
		return errWrong
	}
	return nil
}

// task is what the flags name.
func (c *searchBackfillCommand) task(ctx context.Context, d *deployment, w *backfill.World, keys *os.File) (backfill.Task, error) {
	if keys == nil {
		objects, err := d.objects()
		if err != nil {
			return backfill.Task{}, err
		}
		o := c.options()
		return w.Task(ctx, &o, objects)
	}
	info, err := keys.Stat()
	if err != nil {
		return backfill.Task{}, fmt.Errorf("read keys: %w", err)
	}
	task, err := w.Keys(&backfill.Keys{Lines: keys, Size: info.Size(), Parse: d.parseKey})
	if err != nil {
		return task, fmt.Errorf("read keys from %s:\n%w", c.Keys, err)
	}
	return task, nil
}

func (d *deployment) parseKey(line string) ([]byte, error) {
	return audit.ParseKey(d.model.Table, line)
}

func (d *deployment) backfillWorld(rate float64, errs io.Writer) (*backfill.World, error) {
	domain, err := d.domain()
	if err != nil {
		return nil, err
	}
	return &backfill.World{
		Model: d.model, Table: d.target.Table, IndexPrefix: d.target.IndexPrefix, Domain: domain, Now: time.Now,
		DynamoDB: d.items(), Budget: backfill.NewBudget(rate, time.Now),
		Log: slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}, nil
}

// poisonPath is the file with the items that were refused.
func poisonPath(state string) string { return strings.TrimSuffix(state, ".json") + ".poison.ndjson" }
