package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/table"
)

type smokeCommand struct {
	Entity string        `placeholder:"NAME" help:"The entity to write an item of. Default: the one that shows in most places."`
	Wait   time.Duration `default:"1m" help:"How long a change may take to show."`
	Skip   []string      `enum:"search,events,audit" placeholder:"OUTLET" help:"Outlets not to look at: of search, events, audit."`
	Yes    bool          `help:"Needed for a pipeline in AWS: subscribers get the item's events, and the audit log keeps its lines."`
	targetFlags
}

// Help is printed by --help.
func (c *smokeCommand) Help() string {
	return "Writes one item to the table, waits for its document, its event and its audit line, deletes it and waits again. All its " +
		"values say outflowsmoke. The bus of a pipeline in AWS cannot be looked at: --skip events accepts that. " +
		"Exit status: 0 all was seen; 1 something did not show in time; 2 something cannot be seen; 3 a place could not be looked at."
}

// Validate checks what needs no file.
func (c *smokeCommand) Validate() error {
	if c.Wait <= 0 {
		return fmt.Errorf("--wait %s is no time to wait", c.Wait)
	}
	return nil
}

// AfterApply checks what a target that is not local needs.
func (c *smokeCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	if d := c.running; d.target.DynamoDB == "" && !c.Yes {
		return fmt.Errorf("%s is in AWS: its subscribers get the item's events, and its audit log keeps the item's lines; say --yes", d.name())
	}
	return nil
}

// Run writes, looks, deletes and looks again.
func (c *smokeCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	item, err := newCanary(d.model, c.Entity, uuid.New(), time.Now())
	if err != nil {
		return err
	}
	s := &smoke{deployment: d, canary: item, wait: c.Wait, skip: c.Skip, table: table.New(d.items(), d.model, d.target.Table),
		report: smokeReport{Entity: item.entity.Name, Key: item.key, Seen: []sighting{}}}
	defer s.events.close()
	if err := s.run(ctx); err != nil {
		return hinted(err)
	}
	if c.JSON {
		err = printJSON(out, "  ", s.report)
	} else {
		err = s.report.print(out)
	}
	return errors.Join(err, s.report.verdict())
}

// smoke is one run.
type smoke struct {
	*deployment
	canary  *canary
	wait    time.Duration
	skip    []string
	table   *table.Table
	started time.Time
	subject *subject // the item as it was written
	events  follower
	report  smokeReport
}

// cleanup is how long the deletion may take, also when the run was interrupted.
const cleanup = 30 * time.Second

// run leaves no item behind, whatever it sees. Its error says that it could not write.
func (s *smoke) run(ctx context.Context) error {
	if err := s.beginEvents(); err != nil {
		return err
	}
	s.started = time.Now()
	put := table.Put{Entity: s.canary.entity.Name, Fields: s.canary.fields, If: table.Condition{Absent: true}, By: s.canary.stamp}
	if err := s.table.Put(ctx, put); err != nil {
		return fmt.Errorf("write the item %s: %w", s.canary.key, err)
	}
	s.watch(ctx, written, s.started)
	deleted := time.Now()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanup)
	defer cancel()
	if err := s.table.Delete(last, table.Delete{Entity: s.canary.entity.Name, Key: s.keyFields()}); err != nil {
		return fmt.Errorf("delete the item %s: %w; it is still in the table: delete it there", s.canary.key, err)
	}
	s.watch(ctx, removed, deleted)
	return ctx.Err()
}

func (s *smoke) keyFields() table.Item {
	key := table.Item{}
	for _, name := range s.canary.entity.KeyFields {
		key[name] = s.canary.fields[name]
	}
	return key
}

// looks says whether the run looks at an outlet: it is not skipped, the target has it, and the model uses it.
func (s *smoke) looks(outlet string) bool {
	if slices.Contains(s.skip, outlet) {
		return false
	}
	switch outlet {
	case consume.Search:
		return s.target.OpenSearch != "" && len(s.model.Indexes) > 0
	case consume.Audit:
		return s.target.AuditBucket != ""
	}
	announces := false
	for _, e := range s.model.Sorted() {
		announces = announces || len(e.Events) > 0
	}
	return s.target.Bus != "" && announces
}
