package table

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// indexTemplates are the entity's templates for key attributes of indexes alone, by attribute.
func (t *Table) indexTemplates(e *model.Entity) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(e.Key)), func(name string) bool {
		return slices.ContainsFunc(t.model.Table.Key, func(k model.KeyAttribute) bool { return k.Name == name })
	})
}

// indexKey makes a key attribute of an index, or nil where a field that it is made of is absent: the item is then not
// in the index.
func (t *Table) indexKey(e *model.Entity, name string, values attributes) (types.AttributeValue, error) {
	template := e.Key[name]
	for _, p := range template.Placeholders() {
		if content, _ := textOf(values[p.Name]); content == "" {
			return nil, nil
		}
	}
	return render(e, template, t.keyAttribute(name), values)
}

// keyAttribute finds a key attribute of the table or of an index.
func (t *Table) keyAttribute(name string) model.KeyAttribute {
	all := slices.Clone(t.model.Table.Key)
	for _, key := range t.model.Table.Indexes {
		all = append(all, key...)
	}
	for _, attribute := range all {
		if attribute.Name == name {
			return attribute
		}
	}
	return model.KeyAttribute{Name: name}
}

// reindex finds the index keys that an update touches, and the fields they are made of that it does not give.
func (t *Table) reindex(e *model.Entity, given attributes, touched []string) (keys, missing []string) {
	for _, name := range t.indexTemplates(e) {
		var fields []string
		for _, p := range e.Key[name].Placeholders() {
			fields = append(fields, p.Name)
		}
		if !slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(touched, f) }) {
			continue
		}
		keys = append(keys, name)
		for _, f := range fields {
			if _, known := given[f]; !known && !slices.Contains(missing, f) {
				missing = append(missing, f)
			}
		}
	}
	return keys, missing
}

// stored is the value that an item has for a field, and the attribute that it is in. A field that no attribute holds
// may still be in the index key that its values are parsed from.
func stored(e *model.Entity, name string, item attributes) (value types.AttributeValue, attribute string) {
	f := e.Field(name)
	if value = item[f.Attribute()]; value != nil || f.From == "" || item[f.From] == nil {
		return value, f.Attribute()
	}
	content, _ := textOf(item[f.From])
	integer := f.Type.Kind == model.KindInteger
	bound, found := e.Key[f.From].MatchField([]byte(content), name, integer)
	if !found {
		return nil, f.Attribute()
	}
	return keyValue(string(bound), &f.Type), f.From
}
