package sim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/search"
)

// jobLimit is how long a job works at most before its process ends.
const jobLimit = 10 * time.Minute

// job runs production code beside the function, in a process of its own. done, which may be nil, is called when it has
// ended by itself.
func (w *world) job(name string, work func(ctx context.Context, a *actor) error, done func(error)) {
	w.jobs++
	a := w.newActor(fmt.Sprintf("%s %03d", name, w.jobs), jobLimit)
	w.tell("%s: begins", a.name)
	var err error
	w.start(a.name, func() { err = work(a.ctx, a) }, func() {
		a.kill()
		w.tell("%s: ends: %v", a.name, err)
		if done != nil && !a.dead {
			done(err)
		}
	})
}

// retry retries all that is parked, by a fresh process with the newest model.
func (w *world) retry(done func(error)) {
	m := w.model
	w.job("parked retry", func(ctx context.Context, a *actor) error {
		of, now := func() *actor { return a }, time.Now
		store := w.newParking(m, of, now)
		r := &parked.Retrier{Store: store, Now: now, Random: w.uuid, Consumer: consume.New(consume.Consumer{
			Model: m, Chains: [][]consume.Outlet{{w.newSearch(m, of, now)}, w.newLedger(m, of, now)}, Parking: store,
			Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: now,
			Metrics: &consume.Metrics{Out: io.Discard, Function: "retry", Stage: "prod"},
		})}
		for entry, err := range store.List(ctx) {
			if err != nil {
				return err
			}
			if entry.State != parked.Open {
				continue
			}
			plan, err := r.Plan(ctx, entry)
			if err != nil {
				return err
			}
			if _, err := r.Do(ctx, plan); err != nil {
				return err
			}
		}
		return nil
	}, done)
}

// fill reads a page of the table and brings it into the indexes, at once or, where the page is held back, much later.
func (w *world) fill(keys []string, held time.Duration, done func(error)) {
	page := search.Page{ReadAt: time.Now()}
	for _, key := range keys {
		if i, there := w.table.items[key]; there {
			page.Items = append(page.Items, i.text)
		}
	}
	m := w.model
	w.after(held, func() {
		w.job("backfill", func(ctx context.Context, a *actor) error {
			_, err := w.newSearch(m, func() *actor { return a }, time.Now).Fill(ctx, page)
			return err
		}, done)
	})
}

// purge takes old tombstones out of the indexes.
func (w *world) purge(done func(error)) {
	m := w.model
	w.job("purge", func(ctx context.Context, a *actor) error {
		_, err := w.newSearch(m, func() *actor { return a }, time.Now).Purge(ctx, search.PurgeOptions{Page: 3})
		return err
	}, done)
}

// everyKey are the keys that the table has or ever had.
func (w *world) everyKey() []string { return slices.Sorted(maps.Keys(w.table.history)) }

// someKeys are about a third of them.
func (w *world) someKeys(r random) []string {
	return slices.DeleteFunc(w.everyKey(), func(string) bool { return r.chance(0.7) })
}
