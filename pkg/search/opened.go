package search

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// settleOpen reads the items of writes with an open operation, and brings them in by that. Those that somebody else wrote
// meanwhile are left.
func (s *sending) settleOpen(ctx context.Context) error {
	for len(s.opened) > 0 {
		var now []*write
		now, s.opened = oneEach(s.opened, func(w *write) place { return place{w.target, w.ops[0].ID} })
		if err := s.settleSome(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *sending) settleSome(ctx context.Context, writes []*write) error {
	settlement := &settlement{outlet: s.outlet, items: s.outlet.itemsFor(s.delivery.changes)}
	all := make([]*unsettled, len(writes))
	for i, w := range writes {
		all[i] = w.unsettled(s.delivery.changes)
	}
	err := settlement.run(ctx, all)
	for i, w := range writes {
		u := all[i]
		s.delivery.counts.Add(consume.MetricReread, u.asked)
		if u.verdict == (Verdict{}) { // nothing is known
			s.left = append(s.left, w)
			continue
		}
		if u.verdict.Fate == Written || u.verdict.Fate == Stale {
			for _, n := range slices.Sorted(maps.Keys(u.refused)) {
				s.delivery.poison[w.from[n]] = fmt.Errorf("%s: %w", w.target.Name, u.refused[n])
			}
		}
		s.opened = append(s.opened, s.settle(w, u.verdict)...)
	}
	return err
}

// unsettled asks of the write's document what its operations want, one by one.
func (w *write) unsettled(changes []*change.Change) *unsettled {
	first := &w.ops[0]
	u := &unsettled{target: w.target, id: first.ID, routing: first.Routing, asks: make([]ask, len(w.ops))}
	items := map[string]*reading{}
	for i := range w.ops {
		op, c := &w.ops[i], changes[w.from[i]]
		item := items[op.Part]
		if item == nil {
			item = &reading{key: c.Keys.AppendCanonical(nil)}
			items[op.Part] = item
		}
		u.asks[i] = ask{op: *op, old: w.before(op, c), item: item, from: w.from[i]}
	}
	return u
}

// before is what the index showed before the change; nil where that cannot be told, and the item is to say.
func (w *write) before(op *Operation, c *change.Change) *Operation {
	shown := &Operation{Part: op.Part, Deleted: true}
	err := consume.Safely(func() {
		if old := shownAt(w.target, op, c.Old); old != nil {
			shown = old
		}
	})
	if err != nil {
		return nil
	}
	return shown
}
