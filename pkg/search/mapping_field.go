package search

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// maxKeyword is the longest text, in characters, that is indexed as one term: OpenSearch refuses terms of more than
// 32,766 bytes, and a character has at most four. A longer one is kept and shown, but not found.
const maxKeyword = 8191

// use is what the user interface does with a field; the zero use is that it only shows it.
type use struct {
	text, typeahead, filter bool
	analyzer                string // of a text; "" for OpenSearch's standard
}

// sourceProperties are the mappings of the source's fields, by name. A raw mapping takes the place of a field's own.
func sourceProperties(s *model.Source) (object, error) {
	all := object{}
	for _, f := range s.Shown() {
		raw, isRaw := s.Mapping[f.Name]
		switch {
		case isRaw:
			var mapping object
			if err := json.Unmarshal(raw, &mapping); err != nil {
				return nil, fmt.Errorf("raw mapping of %s: %w", f.Name, err)
			}
			all[f.Name] = mapping
		default:
			all[f.Name] = fieldMapping(s, &f.Type, f.Name)
		}
	}
	return all, nil
}

// fieldMapping maps the value at a path. Arrays need no mapping of their own, except those of objects some of whose
// members are searchable: nested, so that one query sees the members of one element together.
func fieldMapping(s *model.Source, t *model.Type, path string) object {
	if slices.Contains(s.Geo, path) {
		return object{"type": "geo_point", "ignore_malformed": true}
	}
	isArray := false
	for t.Kind == model.KindList || t.Kind == model.KindSet {
		t, isArray = t.Of, true
	}
	named := isNamed(s, path)
	switch {
	case t.Kind != model.KindFields && t.Kind != model.KindMap:
		return scalarMapping(t.Kind, useOf(s, path))
	case !named:
		return object{"type": "object", "enabled": false}
	case t.Kind == model.KindMap: // see flatTerms
		return object{"type": "flat_object"}
	}
	members := object{}
	for i := range t.Fields {
		member := &t.Fields[i]
		members[member.Name] = fieldMapping(s, &member.Type, path+"."+member.Name)
	}
	if isArray {
		return object{"type": "nested", "properties": members}
	}
	return object{"properties": members}
}

func useOf(s *model.Source, path string) use {
	return use{slices.Contains(s.Text, path), slices.Contains(s.Typeahead, path), slices.Contains(s.Filter, path), s.Analyzers[path]}
}

// isNamed says that the user interface does something with the value at the path, or with one inside it.
func isNamed(s *model.Source, path string) bool {
	for _, paths := range [][]string{s.Text, s.Typeahead, s.Filter, s.Geo} {
		for _, named := range paths {
			if named == path || strings.HasPrefix(named, path+".") {
				return true
			}
		}
	}
	return false
}

func scalarMapping(kind model.Kind, u use) object {
	if u == (use{}) {
		return object{"type": displayType(kind), "index": false, "doc_values": false}
	}
	switch kind {
	case model.KindInteger:
		return object{"type": "long", "ignore_malformed": true}
	case model.KindNumber:
		return object{"type": "double", "ignore_malformed": true}
	case model.KindDecimal:
		return decimalMapping()
	case model.KindBoolean:
		return object{"type": "boolean"}
	case model.KindTimestamp:
		return dateMapping()
	}
	return stringMapping(u)
}

func dateMapping() object { return object{"type": "date", "ignore_malformed": true} }

func stringMapping(u use) object {
	mapping := keyword()
	if u.text {
		mapping = object{"type": "text", "fields": object{"keyword": keyword()}}
	}
	if u.analyzer != "" {
		mapping["analyzer"] = u.analyzer
	}
	if u.typeahead {
		addSubField(mapping, typeaheadField, object{"type": "search_as_you_type"})
	}
	return mapping
}

// typeaheadField is the sub-field that finds a text by the beginning of its last word.
const typeaheadField = "typeahead"

// displayType is for what is kept for display: neither searched nor sorted by.
func displayType(kind model.Kind) string {
	switch kind {
	case model.KindInteger:
		return "long"
	case model.KindNumber:
		return "double"
	case model.KindBoolean:
		return "boolean"
	}
	return "keyword"
}

func keyword() object { return object{"type": "keyword", "ignore_above": maxKeyword} }

// addSubField adds a way to index the same value.
func addSubField(mapping object, name string, sub object) {
	fields, ok := mapping["fields"].(object)
	if !ok {
		fields = object{}
		mapping["fields"] = fields
	}
	fields[name] = sub
}
