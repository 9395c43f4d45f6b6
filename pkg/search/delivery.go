package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// delivery is the state of one batch on its way into the indexes.
type delivery struct {
	changes []*change.Change
	targets []*target // that open was planned for
	planned bool
	open    []*write
	poison  map[int]error // reasons by index of the change
	counts  consume.Counts
	err     error // why writes are open
}

// write is what a batch asks of one document of one physical index.
type write struct {
	target *target
	ops    []Operation // in the order of their changes
	from   []int       // for each, the index of its change
}

// action folds the operations.
func (w *write) action() Action {
	first := &w.ops[0]
	a := Action{Index: first.Index, ID: first.ID, Routing: first.Routing}
	if len(w.ops) == 1 {
		a.Operations = w.ops
		return a
	}
	for _, op := range w.ops {
		a.fold(op)
	}
	return a
}

// unfold makes a write of each operation.
func (w *write) unfold() []*write {
	alone := make([]*write, len(w.ops))
	for i := range w.ops {
		alone[i] = &write{w.target, w.ops[i : i+1], w.from[i : i+1]}
	}
	return alone
}

// left is the number of operations that are not settled.
func (d *delivery) left() int {
	if !d.planned {
		return math.MaxInt
	}
	n := 0
	for _, w := range d.open {
		n += len(w.ops)
	}
	return n
}

func (d *delivery) isPlannedFor(targets []*target) bool {
	return d.planned && slices.Equal(d.targets, targets)
}

// plan projects the changes that are not settled to the targets: at first all, later those of open writes, also to
// targets that have them, where they do nothing.
func (d *delivery) plan(targets []*target) {
	p := planner{delivery: d, at: map[place]*write{}, again: d.planned}
	unsettled := d.pending()
	d.targets, d.planned, d.open = targets, true, nil
	for i, c := range d.changes {
		if !unsettled[i] {
			continue
		}
		delete(d.poison, i)
		if c.Fault != nil {
			d.poison[i] = c.Fault
			continue
		}
		p.add(i, c)
	}
	p.count(consume.MetricRuleFaults, len(p.projection.RuleFaults))
}

// pending are the changes with open writes.
func (d *delivery) pending() map[int]bool {
	pending := map[int]bool{}
	for i := range d.changes {
		if !d.planned {
			pending[i] = true
		}
	}
	for _, w := range d.open {
		for _, i := range w.from {
			pending[i] = true
		}
	}
	return pending
}

// planner gathers the operations on each document.
type planner struct {
	delivery   *delivery
	projection Projection
	at         map[place]*write
	again      bool // the projections have been counted before
}

type place struct {
	target *target
	id     string
}

func (p *planner) add(i int, c *change.Change) {
	for _, t := range p.delivery.targets {
		p.projection.Operations = p.projection.Operations[:0]
		if err := consume.Safely(func() { t.projector.Add(&p.projection, c) }); err != nil {
			p.delivery.poison[i] = fmt.Errorf("%s: %w", t.Name, err)
			continue
		}
		for _, op := range p.projection.Operations {
			p.put(t, i, op)
		}
	}
}

func (p *planner) count(metric string, n int) {
	if !p.again {
		p.delivery.counts.Add(metric, n)
	}
}

func (p *planner) put(t *target, i int, op Operation) {
	d := p.delivery
	p.count(consume.MetricDropped, len(op.Dropped))
	p.count(consume.MetricUnlisted, len(op.Unlisted))
	w := p.at[place{t, op.ID}]
	if w == nil {
		w = &write{target: t}
		p.at[place{t, op.ID}] = w
		d.open = append(d.open, w)
	}
	w.ops, w.from = append(w.ops, op), append(w.from, i)
}

// note keeps why writes are open. That time is up says less than what was wrong before.
func (d *delivery) note(ctx context.Context, err error) {
	if d.err == nil || ctx.Err() == nil {
		d.err = err
	}
}

// outcome is the outlet's answer. What is pending is not parked: it comes again, and with it the reason.
func (d *delivery) outcome() consume.Outcome {
	pending := d.pending()
	o := consume.Outcome{Counts: d.counts}
	if len(pending) > 0 {
		o.Err = d.err
	}
	for reason, records := range d.byReason(pending) {
		if len(records) >= outageRecords && 2*len(records) > len(d.changes) {
			o.Err = errors.Join(o.Err, &OutageError{reason, len(records), len(d.changes)})
			for _, i := range records {
				pending[i] = true
			}
		}
	}
	for _, i := range slices.Sorted(maps.Keys(d.poison)) {
		if !pending[i] {
			o.Poison = append(o.Poison, consume.Poison{Index: i, Reason: d.poison[i]})
		}
	}
	o.Pending = slices.Sorted(maps.Keys(pending))
	return o
}

// byReason gathers the poison that would be parked.
func (d *delivery) byReason(pending map[int]bool) map[string][]int {
	all := map[string][]int{}
	for i, err := range d.poison {
		if !pending[i] {
			all[err.Error()] = append(all[err.Error()], i)
		}
	}
	return all
}

// outageRecords is the smallest number of records, refused for one reason, that can be an outage.
const outageRecords = 10

// OutageError says that most of a batch was refused for one reason: rather a wrong mapping or a wrong model than that
// many wrong records. None of them is parked; somebody must look.
type OutageError struct {
	Reason         string
	Refused, Given int // records
}

// Error says what is to be looked at.
func (e *OutageError) Error() string {
	return fmt.Sprintf("%d of %d records are refused for one reason, which looks like an outage and not like that many bad "+
		"records, so none of them is parked; check the index's mapping and the model: %s", e.Refused, e.Given, e.Reason)
}
