package search

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// PurgeOptions say how fast a purge goes.
type PurgeOptions struct {
	Page  int           // documents per request; 0 for 100, of which assembled ones may have some hundred kilobytes each
	Pause time.Duration // between requests that write
}

// Purged says what a purge did with documents.
type Purged struct {
	Seen      int // that have a tombstone older than the horizon
	Deleted   int // nothing was left of them
	Trimmed   int // old tombstones went, and something is left
	Conflicts int // somebody else wrote them meanwhile; the next purge takes them
	Foreign   int // that no outlet wrote, or that the domain refuses; they stay as they are
}

// Purge takes tombstones older than Horizon out of all live indexes: a document of which nothing else is left is deleted,
// others are written without them, and with the version that they have. It may run beside everything else and may be ended
// at any time. A request that fails is tried again as Retry says. The counts hold also beside an error.
func (o *Outlet) Purge(ctx context.Context, options PurgeOptions) (Purged, error) {
	options.Page = cmp.Or(options.Page, 100)
	var done Purged
	targets, err := o.current(ctx)
	if err != nil {
		return done, err
	}
	for _, t := range targets {
		p := &purge{outlet: o, target: t, options: options, before: o.Now().Add(-Horizon), done: &done}
		if err := p.run(ctx); err != nil {
			o.forget() // the index may be another by now
			return done, fmt.Errorf("purge %s: %w", t.Name, err)
		}
	}
	return done, nil
}

// purge goes through one index, oldest tombstones first. What it writes has none that it looks for.
type purge struct {
	outlet  *Outlet
	target  *target
	options PurgeOptions
	before  time.Time
	after   []json.RawMessage // sort values of the last document seen
	done    *Purged
}

func (p *purge) run(ctx context.Context) error {
	for {
		var found []purgeHit
		err := p.outlet.Retry.Do(ctx, func() (err error) {
			found, err = p.find(ctx)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		if err := p.take(ctx, found); err != nil {
			return err
		}
		p.after = found[len(found)-1].Sort
		if err := pause(ctx, p.options.Pause); err != nil {
			return err
		}
	}
}

// purgeHit is a document as a search finds it.
type purgeHit struct {
	notedDocument
	Routing string `json:"_routing"`
	Sort    []json.RawMessage
}

// find returns the next documents. A page ends at a document, of which there may be several of one time in one shard's
// order; what is skipped over by that is there for the next purge.
func (p *purge) find(ctx context.Context) ([]purgeHit, error) {
	query := object{
		"size": p.options.Page, "seq_no_primary_term": true,
		"query": object{"range": object{"outflow.tombstone": object{"lt": p.before.UTC().Format(time.RFC3339Nano)}}},
		"sort":  []any{object{"outflow.tombstone": "asc"}, object{"_seq_no": "asc"}},
	}
	if p.after != nil {
		query["search_after"] = p.after
	}
	body, err := json.Marshal(query)
	if err != nil {
		return nil, err
	}
	content, err := p.outlet.Client.call(ctx, request{method: http.MethodPost, path: "/" + p.target.to.Alias + "/_search", body: body})
	if err != nil {
		return nil, err
	}
	var answer struct {
		TimedOut bool                 `json:"timed_out"`
		Shards   struct{ Failed int } `json:"_shards"`
		Hits     struct{ Hits []purgeHit }
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("read the answer of _search: %w", err)
	}
	if answer.TimedOut || answer.Shards.Failed > 0 {
		return nil, errors.New("not all shards have answered the search")
	}
	return answer.Hits.Hits, nil
}

// take takes the old tombstones out of documents.
func (p *purge) take(ctx context.Context, found []purgeHit) error {
	p.done.Seen += len(found)
	var write []*unsettled
	for i := range found {
		u := &unsettled{target: p.target, id: found[i].ID, routing: found[i].Routing}
		found[i].Found = true
		if err := u.take(&found[i].notedDocument); err != nil {
			return err
		}
		if u.verdict.Fate == Poison {
			p.done.Foreign++
			continue
		}
		u.document.trim(p.before)
		write = append(write, u)
	}
	open := write
	err := p.outlet.Retry.Do(ctx, func() error {
		if err := p.outlet.replace(ctx, open); err != nil {
			return err
		}
		var err error
		open, err = rejected(open)
		return err
	})
	p.count(write)
	return err
}

// rejected returns the documents that may be written when they are tried again, and why they were not.
func rejected(all []*unsettled) (open []*unsettled, err error) {
	for _, u := range all {
		if u.verdict.Fate == Rejected || u.verdict.Fate == IndexMissing {
			open, err = append(open, u), errors.New(u.verdict.Reason)
		}
	}
	return open, err
}

func (p *purge) count(written []*unsettled) {
	for _, u := range written {
		switch {
		case u.verdict.Fate == Conflict:
			p.done.Conflicts++
		case u.verdict.Fate == Poison:
			p.done.Foreign++
		case u.verdict.Fate != Written:
		case len(u.document.Parts) == 0:
			p.done.Deleted++
		default:
			p.done.Trimmed++
		}
	}
}

// trim takes out the tombstones that are older.
func (d *Document) trim(than time.Time) {
	for id, part := range d.Parts {
		if part.Deleted && !part.At.IsZero() && part.At.Before(than) {
			delete(d.Parts, id)
		}
	}
}

func pause(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
