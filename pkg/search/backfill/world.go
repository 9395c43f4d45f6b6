package backfill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/internal/items"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// Workers is how many pages are in flight at most. A page of a Scan is 1 MB at most; with what is made of it, a worker
// takes some 15 MB.
const Workers = 8

// Tables is the part of DynamoDB's client that a backfill needs.
type Tables interface {
	Scanner
	items.DynamoDB
	DescribeTable(ctx context.Context, in *dynamodb.DescribeTableInput, with ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// World is where a backfill reads and writes.
type World struct {
	Model       *model.Model
	Table       string
	IndexPrefix string // "<name>-<stage>-"
	DynamoDB    Tables
	Domain      *search.Client
	Now         func() time.Time
	Log         *slog.Logger
	Budget      *Budget // of all reads of the table
}

// Plan is what a backfill will do.
type Plan struct {
	Of      Identity `json:"of"`
	Lanes   int      `json:"lanes"`
	Items   int      `json:"items"`           // that will be read: of a table an estimate, up to six hours old
	Bytes   int64    `json:"bytes,omitempty"` // of a table, likewise
	Notes   []string `json:"notes"`           // what a person should know
	since   time.Time
	source  Source
	filter  Filter
	resumes *State
}

// Plan looks at the table and at the indexes, makes those that are missing, as a consumer's first batch does, and says
// what there is to do.
func (w *World) Plan(ctx context.Context, task Task) (*Plan, error) {
	task.Filter.Model = w.Model
	p := &Plan{Lanes: task.Source.Lanes(), Items: task.Items, Notes: []string{}, source: task.Source, filter: task.Filter}
	p.Of = Identity{
		Table: w.Table, Source: task.Name, Entity: task.Filter.Entity, Prefix: task.Filter.Prefix, Model: w.Model.Hash,
	}
	if err := w.describe(ctx, p); err != nil {
		return nil, err
	}
	return p, w.lookAtIndexes(ctx, p)
}

func (w *World) describe(ctx context.Context, p *Plan) error {
	out, err := w.DynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &w.Table})
	if err != nil {
		return fmt.Errorf("describe table %s: %w", w.Table, err)
	}
	table := out.Table
	if err := w.checkKey(table.KeySchema); err != nil {
		return err
	}
	p.Of.Stream = aws.ToString(table.LatestStreamLabel)
	if s := table.StreamSpecification; s == nil || !aws.ToBool(s.StreamEnabled) {
		p.Notes = append(p.Notes, "the table has no stream: what is written to it from now on does not reach the indexes")
	}
	if p.Items < 0 {
		p.Items, p.Bytes = int(aws.ToInt64(table.ItemCount)), aws.ToInt64(table.TableSizeBytes)
	}
	return nil
}

func (w *World) checkKey(schema []types.KeySchemaElement) error {
	var has, wanted []string
	for _, k := range schema {
		has = append(has, aws.ToString(k.AttributeName))
	}
	for _, k := range w.Model.Table.Key {
		wanted = append(wanted, k.Name)
	}
	if !slices.Equal(has, wanted) {
		return fmt.Errorf("table %s has the key %s, and the model says %s: is it the right table, and the right model?",
			w.Table, strings.Join(has, ", "), strings.Join(wanted, ", "))
	}
	return nil
}

func (w *World) lookAtIndexes(ctx context.Context, p *Plan) error {
	indexes := search.Indexes{Client: w.Domain, Prefix: w.IndexPrefix, Model: w.Model.Version(), Now: w.Now}
	for _, definition := range w.Model.SortedIndexes() {
		if p.filter.Entity != "" && p.filter.Entity != definition.Root.Entity {
			continue
		}
		live, differs, err := indexes.Live(ctx, definition)
		if err != nil {
			return err
		}
		if differs != nil {
			p.Notes = append(p.Notes, differs.Error())
		}
		for i := range live {
			p.Of.Indexes = append(p.Of.Indexes, Index{Name: live[i].Name, Created: live[i].Created})
			if live[i].Since.After(p.since) {
				p.since = live[i].Since
			}
		}
	}
	if len(p.Of.Indexes) == 0 {
		return errors.New("the model has no documents, so there is no index to fill")
	}
	return nil
}

// Resume makes the plan go on from a state that Progress has kept.
func (p *Plan) Resume(content []byte) (err error) {
	p.resumes, err = ReadState(content, p.Of, p.Lanes)
	return err
}

// Resumes is the state that the plan goes on from, nil for none.
func (p *Plan) Resumes() *State { return p.resumes }

// Run makes the plan's run.
func (w *World) Run(p *Plan) *Run {
	state := p.resumes
	if state == nil {
		state = NewState(p.Of, p.Lanes, w.Now())
	}
	run := &Run{
		Source: p.source, Filter: p.filter, Progress: NewProgress(state), Since: p.since, Log: w.Log, Now: w.Now,
		Retry:    consume.Retry{First: 500 * time.Millisecond, Max: 20 * time.Second, Attempts: 15}, // some four minutes
		Identify: func(ctx context.Context) (Identity, error) { return w.identify(ctx, p) },
	}
	for range min(Workers, p.Lanes) {
		run.Fillers = append(run.Fillers, w.Outlet())
	}
	return run
}

// Outlet makes an outlet that reads the table within the budget.
func (w *World) Outlet() *search.Outlet {
	return search.NewOutlet(search.OutletConfig{
		Model: w.Model, Prefix: w.IndexPrefix, Client: w.Domain, Now: w.Now, Log: w.Log,
		Items: &paced{items.Table{Client: w.DynamoDB, Name: w.Table}, w.Budget},
		Retry: consume.Retry{Attempts: 6}, // a few seconds; a run has more patience
	})
}

// identify is what the plan is of now.
func (w *World) identify(ctx context.Context, p *Plan) (Identity, error) {
	now, err := w.Plan(ctx, Task{Source: p.source, Name: p.Of.Source, Items: p.Items, Filter: p.filter})
	if err != nil {
		return Identity{}, err
	}
	return now.Of, nil
}
