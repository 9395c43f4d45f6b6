package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// documentSeen is a document that the item makes, or is a part of.
type documentSeen struct {
	Index  string          `json:"index"`
	ID     string          `json:"id"`
	Part   string          `json:"part"`             // search.Root, or the part of another item's document
	Source json.RawMessage `json:"source,omitempty"` // as readers see it; none where they do not
}

// lookAtDocuments reads the documents of the item through the readers' aliases.
func (w *why) lookAtDocuments(ctx context.Context) error {
	if w.subject == nil || w.subject.entity() == nil || len(w.model.Indexes) == 0 {
		return nil
	}
	reader, err := w.documents()
	if err != nil {
		return err
	}
	var faults []error
	for _, index := range w.model.SortedIndexes() {
		faults = append(faults, w.lookAtIndex(ctx, reader, index))
	}
	return errors.Join(faults...)
}

func (w *why) lookAtIndex(ctx context.Context, reader *search.Reader, index *model.Index) error {
	addresses, err := w.project(unconditional(index))
	if err != nil {
		return err
	}
	expected, err := w.project(index)
	if err != nil {
		return err
	}
	for _, at := range addresses {
		seen := documentSeen{Index: index.Name, ID: at.ID, Part: at.Part}
		hit, found, err := reader.Get(ctx, index.Name, at.ID)
		if err != nil && !errors.Is(err, search.ErrNoIndex) {
			return err
		}
		if found {
			seen.Source = hit.Source
		}
		w.report.Documents = append(w.report.Documents, seen)
		w.compareDocument(index, &seen, operation(expected, at.Part))
	}
	return nil
}

// unconditional is the definition without its rules, by which every item of its entities has an address.
func unconditional(index *model.Index) *model.Index {
	plain := *index
	plain.Root.Where, plain.Root.Gone = "", ""
	plain.Parts = slices.Clone(index.Parts)
	for i := range plain.Parts {
		plain.Parts[i].Where, plain.Parts[i].Gone = "", ""
	}
	return &plain
}

func (w *why) project(index *model.Index) ([]search.Operation, error) {
	projector, err := search.NewProjector(w.model, index)
	if err != nil {
		return nil, err
	}
	var projection search.Projection
	projector.Add(&projection, &w.subject.change)
	return projection.Operations, nil
}

// operation is what the item asks of that part of its document; nil where it is to have none.
func operation(all []search.Operation, part string) *search.Operation {
	for i := range all {
		if all[i].Part == part && !all[i].Deleted {
			return &all[i]
		}
	}
	return nil
}

// compareDocument says where readers do not see what the item, as it is in the table, makes of the document.
func (w *why) compareDocument(index *model.Index, seen *documentSeen, want *search.Operation) {
	place := index.Name + " " + seen.ID
	isRoot := seen.Part == search.Root
	switch {
	case isRoot && want != nil && seen.Source == nil && w.isExpired(index):
		w.note("%s is hidden: the item's time to live is over, and the table has not yet taken it out", place)
	case isRoot && want != nil && seen.Source == nil:
		w.wrong("%s: readers do not find it, and the item is in the table", place)
	case isRoot && want == nil && seen.Source != nil:
		w.wrong("%s: readers still find it, and the item makes no document", place)
	case !isRoot && seen.Source == nil:
		w.note("%s, of which the item is a part: readers do not find it, as long as its root item is not there", place)
	case seen.Source != nil:
		w.compareBody(index, seen, want)
	}
}

func (w *why) compareBody(index *model.Index, seen *documentSeen, want *search.Operation) {
	document, err := members(seen.Source)
	if err != nil {
		w.wrong("%s %s: %v", index.Name, seen.ID, err)
		return
	}
	if seen.Part != search.Root {
		w.comparePart(index, seen, document, want)
		return
	}
	body, err := members(want.Body)
	if err != nil {
		w.wrong("%s %s: %v", index.Name, seen.ID, err)
		return
	}
	delete(document, "outflow")
	for i := range index.Parts {
		delete(document, index.Parts[i].Field)
	}
	var differs []string
	for _, name := range slices.Sorted(maps.Keys(merged(document, body))) {
		if !reflect.DeepEqual(document[name], body[name]) {
			differs = append(differs, name)
		}
	}
	if len(differs) > 0 {
		w.wrong("%s %s: it is not what the model makes of the item: %s differs", index.Name, seen.ID, strings.Join(differs, ", "))
	}
}

// comparePart looks for the item among the elements of its list.
func (w *why) comparePart(index *model.Index, seen *documentSeen, document map[string]any, want *search.Operation) {
	if want == nil {
		return // which element was the item's cannot be told once it is gone
	}
	list, _, _ := strings.Cut(seen.Part, "/")
	body, err := members(want.Body)
	if err != nil {
		w.wrong("%s %s: %v", index.Name, seen.ID, err)
		return
	}
	elements, _ := document[list].([]any)
	if !slices.ContainsFunc(elements, func(e any) bool { return reflect.DeepEqual(e, any(body)) }) {
		w.wrong("%s %s: none of its %s is what the model makes of the item", index.Name, seen.ID, list)
	}
}

// isExpired says that the readers' alias hides the document since its time to live is over.
func (w *why) isExpired(index *model.Index) bool {
	field := w.subject.entity().Field(index.Expires)
	if index.Expires == "" || field == nil {
		return false
	}
	value, found := w.subject.change.New.Value(field)
	at, err := strconv.ParseInt(string(value.Text()), 10, 64)
	return found && err == nil && at <= w.now.Unix()
}

func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// members reads a JSON object so that equal values are deeply equal, however their numbers are written.
func members(object []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var all map[string]any
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("it is no JSON object: %w", err)
	}
	for name, value := range all {
		all[name] = normal(value)
	}
	return all, nil
}

func normal(value any) any {
	switch v := value.(type) {
	case json.Number:
		if number, ok := new(big.Rat).SetString(v.String()); ok {
			return json.Number(number.RatString())
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = normal(v[name])
		}
	}
	return value
}
