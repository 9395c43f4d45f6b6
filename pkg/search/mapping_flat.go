package search

import (
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// maxFlatTerm is the longest term of a flat_object, in bytes. OpenSearch refuses the whole document for one of more than
// 32,766, and a flat_object takes no ignore_above. The 66 below that are for numbers and times, of which a term may have
// a longer spelling than the item.
const maxFlatTerm = 32_700

// flatTerms are those of the maps that fieldMapping makes flat_objects, among the fields that documents show. A field
// with a raw mapping has none: what its index can hold is up to that.
func flatTerms(s *model.Source, shown []model.Field) *change.Terms {
	terms := &change.Terms{Max: maxFlatTerm, Paths: map[*model.Type]int{}}
	for i := range shown {
		if _, isRaw := s.Mapping[shown[i].Name]; !isRaw {
			addFlat(terms, s, &shown[i].Type, shown[i].Name)
		}
	}
	return terms
}

func addFlat(terms *change.Terms, s *model.Source, t *model.Type, path string) {
	for t.Kind == model.KindList || t.Kind == model.KindSet {
		t = t.Of
	}
	if t.Kind == model.KindMap && isNamed(s, path) {
		terms.Paths[t] = len(join(s.Field, path))
	}
	for i := range t.Fields {
		addFlat(terms, s, &t.Fields[i].Type, path+"."+t.Fields[i].Name)
	}
}
