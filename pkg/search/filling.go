package search

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// filling is the state of one page on its way into the indexes.
type filling struct {
	outlet  *Outlet
	readAt  time.Time
	items   []fillItem
	targets []*target // that open was planned for; nil while nothing is planned
	open    []*unsettled
}

// fillItem is an item of the page.
type fillItem struct {
	key    change.State // given instead of the item itself; the zero State where the item was given
	state  change.State // the zero State where there is no such item
	poison error
	fate   fillFate
}

// fillFate is what became of an item; what takes more is greater.
type fillFate int

const (
	fillUnmatched fillFate = iota
	fillEqual
	fillCreated
	fillRead
)

// left is the number of documents that are not settled.
func (f *filling) left() int {
	if f.targets == nil {
		return math.MaxInt
	}
	return len(f.open)
}

// pass tries all open documents once. An error says why some are still open.
func (f *filling) pass(ctx context.Context) error {
	o := f.outlet
	targets, err := o.current(ctx)
	if err != nil {
		return err
	}
	if f.targets == nil || !slices.Equal(f.targets, targets) {
		f.plan(targets)
	}
	for _, t := range targets {
		if o.Now().Before(t.Since) {
			return &TooEarlyError{t.Name, t.Since}
		}
	}
	err = f.write(ctx)
	why := f.settle()
	if err == nil && len(f.open) > 0 {
		err = why
	}
	return err
}

// write writes the documents that are wholly in a young page as if none of them were there, and settles those that are
// and all others.
func (f *filling) write(ctx context.Context) error {
	var fresh, known []*unsettled
	for _, u := range f.open {
		if u.make(f.isYoung(u.target)) {
			fresh = append(fresh, u)
			continue
		}
		known = append(known, u)
	}
	if err := f.outlet.replace(ctx, fresh); err != nil {
		return err
	}
	for _, u := range fresh {
		if u.verdict.Fate == Conflict {
			known = append(known, u)
		}
	}
	settlement := &settlement{outlet: f.outlet, items: f.outlet.Items}
	for len(known) > 0 {
		var first []*unsettled
		first, known = oneEach(known, func(u *unsettled) place { return place{u.target, u.id} })
		if err := settlement.run(ctx, first); err != nil {
			return err
		}
	}
	return nil
}

// plan asks of documents what the items that are not poison want.
func (f *filling) plan(targets []*target) {
	f.targets, f.open = targets, nil
	at := map[place]*unsettled{}
	for i := range f.items {
		item := &f.items[i]
		if item.poison != nil {
			continue
		}
		for _, t := range targets {
			if err := consume.Safely(func() { f.add(at, t, i) }); err != nil {
				item.poison = fmt.Errorf("%s: %w", t.Name, err)
			}
		}
	}
}

// add asks of a target's documents what one item wants: that what the target shows of it is there, and, where only its
// key was given, that nothing else is.
func (f *filling) add(at map[place]*unsettled, t *target, i int) {
	item := &f.items[i]
	var shown, places Projection
	if item.state.Entity != nil {
		t.projector.AddItem(&shown, item.state)
	}
	if item.key.Exists() {
		t.projector.AddPlaces(&places, item.key)
	}
	isThere := func(op Operation) bool {
		return slices.ContainsFunc(shown.Operations, func(s Operation) bool { return s.ID == op.ID && s.Part == op.Part })
	}
	for _, op := range shown.Operations {
		f.ask(at, t, ask{op: op, from: i, isNew: f.isYoung(t)})
	}
	for _, op := range slices.DeleteFunc(places.Operations, isThere) {
		f.ask(at, t, ask{op: op, from: i})
	}
}

// isYoung says that the page was read when every change reached the index, and not long ago: a document that is not there
// can have shown nothing newer.
func (f *filling) isYoung(t *target) bool {
	return !f.readAt.Before(t.Since) && f.outlet.Now().Sub(f.readAt) <= maxPageAge
}

func (f *filling) ask(at map[place]*unsettled, t *target, a ask) {
	u := at[place{t, a.op.ID}]
	if u == nil {
		u = &unsettled{target: t, id: a.op.ID, routing: a.op.Routing}
		at[place{t, a.op.ID}] = u
		f.open = append(f.open, u)
	}
	a.op.At = f.readAt
	if i := slices.IndexFunc(u.asks, func(b ask) bool { return b.op.Part == a.op.Part }); i >= 0 {
		a.item = u.asks[i].item // the item is twice in the page
	} else {
		a.item = &reading{key: f.items[a.from].primaryKey(f.outlet.Model.Table)}
	}
	u.asks = append(u.asks, a)
}

func (i *fillItem) primaryKey(table model.Table) []byte {
	if i.state.Exists() {
		return i.state.AppendKey(nil, table)
	}
	return i.key.AppendKey(nil, table)
}

// make makes the document of what is asked, if that is all in a young page.
func (u *unsettled) make(isYoung bool) bool {
	u.document, u.found, u.verdict, u.refused = Document{}, false, Verdict{}, map[int]error{}
	if !isYoung || u.alone {
		return false
	}
	for i := range u.asks {
		a := &u.asks[i]
		if !a.isNew {
			return false
		}
		if u.document.show(&a.op, "") == crowded {
			u.refused[i] = errCrowded
		}
	}
	return true
}
