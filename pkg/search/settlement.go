package search

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// settlement brings documents to states that are read from the table, as far as what is asked of them leaves them open:
// it notes a document, then reads the items, and then writes if nobody else has written the document since. So what is
// written is never older than what was shown.
type settlement struct {
	outlet *Outlet
	items  Items
}

// unsettled is a document in a settlement.
type unsettled struct {
	target  *target
	id      string
	routing string
	asks    []ask
	alone   bool // the document was refused as a whole, and this is one of its asks

	document Document
	found    bool
	seq      int64 // _seq_no of what was found
	term     int64 // and its _primary_term
	changed  bool
	asked    int           // items that were read for it
	refused  map[int]error // asks that are poison alone, by their index
	verdict  Verdict       // Rejected without a reason until something is known
}

// noteSize is how many documents are noted together. An assembled one may have some hundred kilobytes.
const noteSize = 64

// run settles documents, of which none may be there twice. Each has its verdict afterwards; an error says why some have
// not.
func (s *settlement) run(ctx context.Context, all []*unsettled) error {
	for some := range slices.Chunk(all, noteSize) {
		if err := s.some(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (s *settlement) some(ctx context.Context, some []*unsettled) error {
	began := s.outlet.Now()
	known, err := s.outlet.note(ctx, some)
	if err != nil {
		return err
	}
	if err := s.read(ctx, known, began); err != nil {
		return err
	}
	var write []*unsettled
	for _, u := range known {
		if u.settle(began); u.changed {
			write = append(write, u)
		}
	}
	if took := s.outlet.Now().Sub(began); took > settleTime {
		return fmt.Errorf("noting documents and reading their items took %s, which is too long", took)
	}
	return s.outlet.replace(ctx, write)
}

// read reads the items that are needed.
func (s *settlement) read(ctx context.Context, all []*unsettled, now time.Time) error {
	var wanted []*reading
	for _, u := range all {
		mine := u.wanted(now)
		u.asked = len(mine)
		wanted = append(wanted, mine...)
	}
	if len(wanted) == 0 {
		return nil
	}
	if s.items == nil {
		return errNoItems
	}
	return s.outlet.readItems(ctx, s.items, wanted)
}

// wanted tries the asks and returns what they need to have read.
func (u *unsettled) wanted(now time.Time) []*reading {
	var wanted []*reading
	l := limits{u.target.to.Floor, now}
	trial := u.document.clone()
	for i := range u.asks {
		a := &u.asks[i]
		a.item.done = false
		if trial.settle(a, l, nil) == unread && !slices.Contains(wanted, a.item) {
			wanted = append(wanted, a.item)
		}
	}
	return wanted
}

// settle does what is asked, in its order. Only where something has to be read that was not, which the next pass will, the
// document is left as it was.
func (u *unsettled) settle(now time.Time) {
	u.changed, u.refused = false, map[int]error{}
	for i := range u.asks {
		a := &u.asks[i]
		read, err := a.read(u.target)
		if err != nil {
			u.refused[i] = err
			continue
		}
		switch u.document.settle(a, limits{u.target.to.Floor, now}, read) {
		case changed:
			u.changed = true
		case crowded:
			u.refused[i] = errCrowded
		case unread:
			u.changed, u.verdict = false, Verdict{Rejected, "an item has to be read once more"}
			return
		}
	}
	if !u.changed {
		u.verdict = Verdict{Fate: Stale}
	}
}

// read is the state of the part as its item was read; nil where it was not.
func (a *ask) read(t *target) (op *Operation, err error) {
	switch {
	case !a.item.done:
		return nil, nil
	case a.item.fault != nil:
		return nil, fmt.Errorf("the item cannot be read: %w", a.item.fault)
	}
	err = consume.Safely(func() { op = a.item.operation(t, &a.op) })
	return op, err
}

// oneEach divides all into the first of each key and the others, which come after it.
func oneEach[T any, K comparable](all []T, key func(T) K) (first, later []T) {
	seen := make(map[K]bool, len(all))
	for _, one := range all {
		k := key(one)
		if seen[k] {
			later = append(later, one)
			continue
		}
		seen[k] = true
		first = append(first, one)
	}
	return first, later
}
