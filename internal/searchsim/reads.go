package searchsim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// mget answers _mget with documents as they are now.
func (d *Domain) mget(body []byte) (int, any) {
	var asked struct{ Docs []action }
	if err := json.Unmarshal(body, &asked); err != nil {
		return http.StatusBadRequest, failure("parse_exception", err.Error())
	}
	docs := []any{}
	for _, a := range asked.Docs {
		at := d.resolve(a.Index)
		if at == nil {
			docs = append(docs, object{"_index": a.Index, "_id": a.ID, "error": missing(a.Index)["error"]})
			continue
		}
		have := at.documents[a.ID]
		if have == nil {
			docs = append(docs, object{"_index": at.name, "_id": a.ID, "found": false})
			continue
		}
		found := have.hit(at.name, a.ID)
		found["found"] = true
		docs = append(docs, found)
	}
	return http.StatusOK, object{"docs": docs}
}

func (h *document) hit(index, id string) object {
	hit := object{
		"_index": index, "_id": id, "_seq_no": h.seq, "_primary_term": primaryTerm, "_source": json.RawMessage(h.source),
	}
	if h.routing != "" {
		hit["_routing"] = h.routing
	}
	return hit
}

// purgeQuery is the search of a purge.
type purgeQuery struct {
	Size  int
	Query struct {
		Range struct {
			Tombstone struct{ LT *time.Time } `json:"outflow.tombstone"`
		}
	}
	After []int64 `json:"search_after"`
}

// found is a document that a search found.
type found struct {
	id   string
	sort []int64
}

// search answers the search of a purge: documents by their oldest tombstone, then by sequence number.
func (d *Domain) search(name string, body []byte) (int, any) {
	at := d.resolve(name)
	if at == nil {
		return http.StatusNotFound, missing(name)
	}
	var q purgeQuery
	if err := json.Unmarshal(body, &q); err != nil || q.Query.Range.Tombstone.LT == nil {
		return http.StatusNotImplemented, failure("not_simulated", "a search other than a purge's")
	}
	hits := []any{}
	all := at.tombstones(&q)
	for _, f := range all[:min(len(all), cmp.Or(q.Size, 10))] {
		hit := at.documents[f.id].hit(at.name, f.id)
		hit["sort"] = f.sort
		hits = append(hits, hit)
	}
	return http.StatusOK, object{"timed_out": false, "_shards": object{"total": 1, "failed": 0}, "hits": object{"hits": hits}}
}

func (at *index) tombstones(q *purgeQuery) []found {
	var all []found
	for id, have := range at.documents {
		tombstone := have.tombstone()
		sort := []int64{tombstone.UnixMilli(), have.seq}
		if !tombstone.IsZero() && tombstone.Before(*q.Query.Range.Tombstone.LT) && (q.After == nil || slices.Compare(sort, q.After) > 0) {
			all = append(all, found{id, sort})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return slices.Compare(a.sort, b.sort) })
	return all
}

// tombstone is the document's outflow.tombstone, zero where it has none.
func (h *document) tombstone() time.Time {
	var source struct {
		Outflow struct{ Tombstone time.Time }
	}
	if json.Unmarshal(h.source, &source) != nil {
		return time.Time{}
	}
	return source.Outflow.Tombstone
}
