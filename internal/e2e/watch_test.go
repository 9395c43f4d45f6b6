package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// hit is a document as readers see it.
type hit struct {
	ID     string                     `json:"_id"`
	Source map[string]json.RawMessage `json:"_source"`
}

// version is the document's, and whether the root's state was read from the table, so that it may be newer than that.
func (h *hit) version() (version string, read bool, err error) {
	var reserved struct {
		Version string
		Read    bool
		Parts   struct{ Root struct{ Read bool } }
	}
	err = json.Unmarshal(h.Source["outflow"], &reserved)
	if err == nil && reserved.Version == "" {
		err = fmt.Errorf("document %s has no version", h.ID)
	}
	return reserved.Version, reserved.Read || reserved.Parts.Root.Read, err
}

// maxHits is the largest number of hits of one search; the shop's items are fewer.
const maxHits = 10_000

// hits returns all documents of an index as its readers find them, none before there is one.
func (w *world) hits(ctx context.Context, index, source string) ([]hit, error) {
	alias := "/" + w.Target.IndexPrefix + index
	status, _, err := w.opensearch(ctx, http.MethodPost, alias+"/_refresh", "")
	if err != nil || status == http.StatusNotFound {
		return nil, err
	}
	query := fmt.Sprintf(`{"size":%d,"_source":%s,"query":{"match_all":{}}}`, maxHits, source)
	status, content, err := w.opensearch(ctx, http.MethodPost, alias+"/_search", query)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Shards struct{ Failed int } `json:"_shards"`
		Hits   struct{ Hits []hit }
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("search %s: %d: %w", index, status, err)
	}
	if status != http.StatusOK || answer.Shards.Failed > 0 {
		return nil, fmt.Errorf("search %s: %d %s", index, status, content)
	}
	if len(answer.Hits.Hits) == maxHits {
		return nil, fmt.Errorf("search %s: more documents than one search finds", index)
	}
	return answer.Hits.Hits, nil
}

// watcher polls all documents all along.
type watcher struct {
	*world
	last    map[string]string          // the highest version seen, by index and id
	visible map[string]bool            // in the last poll
	shown   map[string]map[string]bool // versions seen, by index and id; true where as the change left it
	polls   int
	gone    int // documents that disappeared
}

func newWatcher(w *world) *watcher {
	return &watcher{world: w, last: map[string]string{}, visible: map[string]bool{}, shown: map[string]map[string]bool{}}
}

// run polls until ctx ends.
func (w *watcher) run(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, index := range w.model.SortedIndexes() {
			hits, err := w.hits(ctx, index.Name, `["outflow"]`)
			if ctx.Err() != nil {
				return nil
			}
			if err == nil {
				err = w.look(index.Name, hits)
			}
			if err != nil {
				return fmt.Errorf("watch %s: %w", index.Name, err)
			}
		}
		w.polls++
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look holds what one poll shows of an index against what was seen before: a document that was there may stay as it is,
// one that was gone in between must have become newer.
func (w *watcher) look(index string, hits []hit) error {
	now := map[string]bool{}
	for i := range hits {
		id := index + " " + hits[i].ID
		version, read, err := hits[i].version()
		switch {
		case err != nil:
			return err
		case version < w.last[id]:
			return fmt.Errorf("%s fell from %s to %s", id, w.last[id], version)
		case version == w.last[id] && !w.visible[id]:
			return fmt.Errorf("%s was gone and is back with the same version %s", id, version)
		}
		if w.shown[id] == nil {
			w.shown[id] = map[string]bool{}
		}
		w.last[id], w.shown[id][version], now[id] = version, w.shown[id][version] || !read, true
	}
	for id := range w.visible {
		if strings.HasPrefix(id, index+" ") && !now[id] {
			delete(w.visible, id)
			w.gone++
		}
	}
	for id := range now {
		w.visible[id] = true
	}
	return nil
}
