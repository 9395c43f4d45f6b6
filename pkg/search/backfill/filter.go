package backfill

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Filter says which items a backfill is of; the zero Filter is of all.
type Filter struct {
	Model  *model.Model
	Entity string // root of documents: only its items and those of their parts; "" for all
	Prefix string // of the partition key's text; "" for all
}

// Check says what is wrong with the filter.
func (f *Filter) Check() error {
	var faults []error
	if roots := f.roots(); f.Entity != "" && !slices.Contains(roots, f.Entity) {
		faults = append(faults, fmt.Errorf("no document has the root entity %q; documents have %s", f.Entity, strings.Join(roots, ", ")))
	}
	if key := f.Model.Table.Key[0]; f.Prefix != "" && key.Type != "S" {
		faults = append(faults, fmt.Errorf("the partition key %s is of type %s: only one of type S has a prefix", key.Name, key.Type))
	}
	return errors.Join(faults...)
}

func (f *Filter) roots() []string {
	var all []string
	for _, index := range f.Model.SortedIndexes() {
		all = append(all, index.Root.Entity)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// entities are those whose items are to be read, nil for all.
func (f *Filter) entities() []string {
	if f.Entity == "" {
		return nil
	}
	all := []string{f.Entity}
	for _, index := range f.Model.SortedIndexes() {
		if index.Root.Entity == f.Entity {
			for i := range index.Parts {
				all = append(all, index.Parts[i].Entity)
			}
		}
	}
	return all
}

// keep returns the items that the backfill is of, in their order. One that does not decode is kept: Fill says what is
// wrong with it.
func (f *Filter) keep(items [][]byte) [][]byte {
	if f.Entity == "" && f.Prefix == "" {
		return items
	}
	entities := f.entities()
	return slices.DeleteFunc(items, func(item []byte) bool {
		state, err := change.DecodeItem(f.Model, item)
		if err != nil {
			return false
		}
		key, _ := state.Get(f.Model.Table.Key[0].Name)
		return !bytes.HasPrefix(key.Text(), []byte(f.Prefix)) ||
			entities != nil && (state.Entity == nil || !slices.Contains(entities, state.Entity.Name))
	})
}
