package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Reader reads documents as a search user interface does: through the readers' alias, which hides tombstones and what
// has expired. A read by id goes round an alias's filter, so there is none.
type Reader struct {
	Client *Client
	Prefix string // "<name>-<stage>-"
	Model  *model.Model
}

// Hit is a document that a search found.
type Hit struct {
	ID     string          `json:"id"`
	Score  float64         `json:"score"`
	Source json.RawMessage `json:"source"`
}

// ErrNoIndex says that there is no index to read from. The caller waits for the consumer's first batch, or looks for
// one that the consumer has logged a reason for.
var ErrNoIndex = errors.New("there is no such alias yet: the consumer makes it with its first batch")

// maxHits is the largest number of hits of one search (index.max_result_window).
const maxHits = 10_000

// Query returns the at most size documents of the index of that name in the model which fit the text best: all words
// but the last as they are, the last also as the beginning of one. It looks into the fields that the model names under
// text and typeahead; those of an index without any cannot be searched for a text. The hits do not show the field
// outflow.
func (r *Reader) Query(ctx context.Context, index, text string, size int) ([]Hit, error) {
	definition, err := r.definition(index)
	if err != nil {
		return nil, err
	}
	if size < 1 || size > maxHits {
		return nil, fmt.Errorf("search %s: size %d is not between 1 and %d", index, size, maxHits)
	}
	query := textQuery(definition, text)
	if query == nil {
		return nil, fmt.Errorf("search %s: its definition names no field under text or typeahead, so there is nothing to "+
			"find a text in", index)
	}
	return r.search(ctx, index, object{"size": size, "query": query, "_source": object{"excludes": []string{"outflow"}}})
}

// Get returns the document of that _id with its field outflow, and false where readers do not see one.
func (r *Reader) Get(ctx context.Context, index, id string) (Hit, bool, error) {
	if _, err := r.definition(index); err != nil {
		return Hit{}, false, err
	}
	hits, err := r.search(ctx, index, object{"size": 1, "query": object{"ids": object{"values": []string{id}}}})
	if err != nil || len(hits) == 0 {
		return Hit{}, false, err
	}
	return hits[0], true, nil
}

func (r *Reader) definition(index string) (*model.Index, error) {
	if definition := r.Model.Indexes[index]; definition != nil {
		return definition, nil
	}
	var names []string
	for _, known := range r.Model.SortedIndexes() {
		names = append(names, known.Name)
	}
	return nil, fmt.Errorf("the model has no index %s; it has %s", index, strings.Join(names, ", "))
}

func (r *Reader) search(ctx context.Context, index string, body object) ([]Hit, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", index, err)
	}
	alias := ReadAlias(r.Prefix, index)
	content, err = r.Client.call(ctx, request{method: http.MethodPost, path: "/" + alias + "/_search", body: content})
	var status *StatusError
	switch {
	case errors.As(err, &status) && status.Type == "index_not_found_exception":
		return nil, fmt.Errorf("search %s: %w: %s", index, ErrNoIndex, alias)
	case err != nil:
		return nil, fmt.Errorf("search %s: %w", index, err)
	}
	return readHits(index, content)
}

// readHits refuses an answer that is not of all shards: it could say that a document is not there when it is.
func readHits(index string, content []byte) ([]Hit, error) {
	var answer struct {
		TimedOut bool                        `json:"timed_out"`
		Shards   struct{ Total, Failed int } `json:"_shards"`
		Hits     struct{ Hits []searchHit }
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("search %s: read the answer: %w", index, err)
	}
	if answer.TimedOut || answer.Shards.Failed > 0 {
		return nil, fmt.Errorf("search %s: %d of %d shards did not answer: try again", index, answer.Shards.Failed, answer.Shards.Total)
	}
	hits := make([]Hit, len(answer.Hits.Hits))
	for i, hit := range answer.Hits.Hits {
		hits[i] = Hit(hit)
	}
	return hits, nil
}

// searchHit is a Hit as OpenSearch has it.
type searchHit struct {
	ID     string          `json:"_id"`
	Score  float64         `json:"_score"`
	Source json.RawMessage `json:"_source"`
}

// textQuery searches the fields of the document itself together, and those of each kind of nested element by
// themselves. It is nil where there are none.
func textQuery(index *model.Index, text string) object {
	groups := map[string][]string{} // fields by path of the nested elements, "" for the document
	gatherText(groups, "", &index.Root)
	for i := range index.Parts {
		gatherText(groups, index.Parts[i].Field, &index.Parts[i])
	}
	var clauses []object
	for nested, fields := range groups {
		slices.Sort(fields)
		match := object{"multi_match": object{"query": text, "type": "bool_prefix", "lenient": true, "fields": slices.Compact(fields)}}
		if nested != "" {
			match = object{"nested": object{"path": nested, "query": match}}
		}
		clauses = append(clauses, match)
	}
	if len(clauses) == 0 {
		return nil
	}
	return object{"bool": object{"should": clauses, "minimum_should_match": 1}}
}

func gatherText(groups map[string][]string, nested string, s *model.Source) {
	for _, path := range s.Text {
		if at, ok := nestedPath(nested, s, path); ok {
			groups[at] = append(groups[at], join(nested, path))
		}
	}
	for _, path := range s.Typeahead {
		if at, ok := nestedPath(nested, s, path); ok {
			field := join(nested, path) + "." + typeaheadField
			groups[at] = append(groups[at], field, field+"._2gram", field+"._3gram")
		}
	}
}

// nestedPath is the path of the innermost nested elements that the field is in. Maps are not searched for a text, since
// their values are terms.
func nestedPath(outer string, s *model.Source, path string) (string, bool) {
	names := strings.Split(path, ".")
	fields, nested := s.Fields, outer
	for i, name := range names {
		n := slices.IndexFunc(fields, func(f model.Field) bool { return f.Name == name })
		if n < 0 {
			return "", false
		}
		t, isArray := &fields[n].Type, false
		for t.Kind == model.KindList || t.Kind == model.KindSet {
			t, isArray = t.Of, true
		}
		if t.Kind == model.KindFields && isArray {
			nested = join(outer, strings.Join(names[:i+1], "."))
		}
		if t.Kind == model.KindMap {
			return "", false
		}
		fields = t.Fields
	}
	return nested, true
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
