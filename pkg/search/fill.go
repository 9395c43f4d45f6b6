package search

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
)

// Page is items of the table as one Scan, Query or export has them, each in DynamoDB's JSON with all of its attributes.
type Page struct {
	ReadAt time.Time // before the read began; of an export its export time
	Items  [][]byte
}

// Filled says what became of items. Each counts once; one that several documents show as what took the most.
type Filled struct {
	Created   int          // documents that were not there have it
	Equal     int          // the documents showed this already
	Read      int          // it was read again: a document showed something else, or the page was too old
	Unmatched int          // no index shows it
	Poison    []PoisonItem // in no other count; the caller reports them
}

// PoisonItem is an item that an index can never take as it is now.
type PoisonItem struct {
	Index  int // of the item in the page, or of its key
	Reason error
}

// TooEarlyError says that an index was made just now, and that not every consumer knows of it yet: what such a one has in
// hand would be missing beside a page that is filled in now. Give the page again at that time.
type TooEarlyError struct {
	Index string
	Until time.Time
}

// Error says what to do.
func (e *TooEarlyError) Error() string {
	return fmt.Sprintf("index %s is so new that not every consumer knows of it: it can be filled from %s on",
		e.Index, e.Until.UTC().Format(time.RFC3339))
}

// maxPageAge is how old a page may be to be written without being read again.
const maxPageAge = 5 * time.Minute

// Fill brings the items of a page into all indexes as read states: what a document shows is never older afterwards than
// it was. A page may be given any number of times, at any time, and it is tried again as Retry says. An error means that
// it is to be given again; what was written until then does no harm. Filled counts what is settled, also beside an error.
func (o *Outlet) Fill(ctx context.Context, p Page) (Filled, error) {
	f := &filling{outlet: o, readAt: p.ReadAt.UTC(), items: make([]fillItem, len(p.Items))}
	for i, item := range p.Items {
		f.items[i].state, f.items[i].poison = change.DecodeItem(o.Model, item)
	}
	return f.run(ctx)
}

// FillKeys reads the items of keys, each in DynamoDB's JSON, and brings them in as Fill does. Where there is no such item,
// or no index shows it any more, documents that do lose it. It needs OutletConfig.Items.
func (o *Outlet) FillKeys(ctx context.Context, keys [][]byte) (Filled, error) {
	if o.Items == nil {
		return Filled{}, errNoItems
	}
	f := &filling{outlet: o, items: make([]fillItem, len(keys))}
	var wanted []*reading
	var of []int
	for i, key := range keys {
		item := &f.items[i]
		if item.key, item.poison = change.DecodeItem(o.Model, key); item.poison == nil {
			wanted, of = append(wanted, &reading{key: item.primaryKey(o.Model.Table)}), append(of, i)
		}
	}
	f.readAt = o.Now().UTC()
	err := o.Retry.Do(ctx, func() error { return o.readItems(ctx, o.Items, wanted) })
	if err != nil {
		return Filled{}, err
	}
	for n, r := range wanted {
		f.items[of[n]].state, f.items[of[n]].poison = r.state, r.fault
	}
	return f.run(ctx)
}

// run makes passes until all is settled.
func (f *filling) run(ctx context.Context) (Filled, error) {
	pauses := f.outlet.Retry.Start()
	var last error
	for {
		left := f.left()
		err := f.pass(ctx)
		if err == nil {
			return f.filled(), nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if f.left() < left {
			pauses.Moved()
		}
		var early *TooEarlyError
		if errors.As(err, &early) || !pauses.Wait(ctx) {
			return f.filled(), last
		}
	}
}
