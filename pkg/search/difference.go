package search

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// DifferenceError says that an index was built from another definition than the model's, and that no change in place
// makes the one of the other. Nothing is lost meanwhile: documents go on being made by the index's own definition.
type DifferenceError struct {
	Physical    string   // the index
	Index       string   // name of the definition
	Differences []string // what differs, from the index's definition to the model's
}

// Error names the differences and the command that ends them.
func (e *DifferenceError) Error() string {
	return fmt.Sprintf("index %s was built from another definition of %s than the model's: %s; its documents go on by "+
		"its own: run outflow search migrate %s to build them by the model's", e.Physical, e.Index,
		strings.Join(e.Differences, "; "), e.Index)
}

// Compare compares the definition that an index has with the one that it is to have. same: there is nothing to do.
// Without differences the index can take the wanted definition in place, since all that it holds stays right: what is
// new is in documents written from then on. differences say, sorted, why it cannot.
func Compare(has, wanted *model.Index) (same bool, differences []string, err error) {
	if reflect.DeepEqual(has, wanted) {
		return true, nil, nil
	}
	hasTree, err := tree(has)
	if err != nil {
		return false, nil, err
	}
	wantedTree, err := tree(wanted)
	if err != nil {
		return false, nil, err
	}
	if reflect.DeepEqual(hasTree, wantedTree) {
		return true, nil, nil
	}
	differences = compareRules(has, wanted)
	hasFields, err := mappingTree(has)
	if err != nil {
		return false, nil, err
	}
	wantedFields, err := mappingTree(wanted)
	if err != nil {
		return false, nil, err
	}
	differences = append(differences, compareProperties("", hasFields, wantedFields)...)
	slices.Sort(differences)
	return false, slices.Compact(differences), nil
}

// tree is the value as decoded JSON, so that the order of members and the form of raw JSON make no difference.
func tree(v any) (any, error) {
	content, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("compare definitions: %w", err)
	}
	var decoded any
	if err := json.Unmarshal(content, &decoded); err != nil {
		return nil, fmt.Errorf("compare definitions: %w", err)
	}
	return decoded, nil
}

func mappingTree(index *model.Index) (object, error) {
	made, err := properties(index)
	if err != nil {
		return nil, err
	}
	decoded, err := tree(made)
	if err != nil {
		return nil, err
	}
	return decoded.(object), nil // what was an object is one
}

// compareRules compares what is not in the mapping: which documents there are, their ids, and what their fields are
// made of. An index whose documents were single items cannot take parts in place: it has not kept versions by part.
func compareRules(has, wanted *model.Index) []string {
	var found []string
	differ := func(what string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			found = append(found, fmt.Sprintf("%s was %s, is %s", what, show(a), show(b)))
		}
	}
	differ("key of the table", has.Table.Key, wanted.Table.Key)
	differ("routing", has.Routing, wanted.Routing)
	if has.Expires != "" {
		differ("time to live", has.Expires, wanted.Expires)
	}
	differ("lists", Lists(has), Lists(wanted))
	found = append(found, compareSources("", &has.Root, &wanted.Root)...)
	if len(has.Parts) != len(wanted.Parts) {
		return found
	}
	for i := range has.Parts {
		found = append(found, compareSources(has.Parts[i].Field+".", &has.Parts[i], &wanted.Parts[i])...)
	}
	return found
}

// show is a value in a message: its JSON, or none.
func show(v any) string {
	content, err := json.Marshal(v)
	if err != nil || slices.Contains([]string{`""`, "null", "[]"}, string(content)) {
		return "none"
	}
	return string(content)
}

func compareSources(at string, has, wanted *model.Source) []string {
	var found []string
	differ := func(what string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			found = append(found, fmt.Sprintf("%s%s was %s, is %s", at, what, show(a), show(b)))
		}
	}
	differ("entity", has.Entity, wanted.Entity)
	differ("entity told by an attribute", has.Told, wanted.Told)
	differ("key fields", has.KeyFields, wanted.KeyFields)
	differ("key fields of the root", has.Root, wanted.Root)
	differ("key fields of the part", has.Part, wanted.Part)
	differ("where", has.Where, wanted.Where)
	differ("gone", has.Gone, wanted.Gone)
	found = append(found, compareFields(at, has.Fields, wanted.Fields)...)
	return append(found, compareShown(at, has.Shown(), wanted.Shown())...)
}

// compareShown finds what documents hold and are no longer to hold, also inside of what the mapping does not look into.
func compareShown(at string, has, wanted []model.Field) []string {
	var found []string
	for i := range has {
		n := slices.IndexFunc(wanted, func(f model.Field) bool { return f.Name == has[i].Name })
		if n < 0 {
			found = append(found, fmt.Sprintf("%s%s is no longer there", at, has[i].Name))
			continue
		}
		a, b := members(&has[i].Type), members(&wanted[n].Type)
		found = append(found, compareShown(at+has[i].Name+".", a, b)...)
	}
	return found
}

// members are the members of the objects in a type, however many arrays and maps they are in.
func members(t *model.Type) []model.Field {
	for t.Of != nil {
		t = t.Of
	}
	return t.Fields
}

// compareFields compares what fields of the same name are made of, for rules also of those that documents do not hold.
func compareFields(at string, has, wanted []model.Field) []string {
	var found []string
	for i := range has {
		a := &has[i]
		n := slices.IndexFunc(wanted, func(f model.Field) bool { return f.Name == a.Name })
		if n < 0 {
			continue
		}
		b := &wanted[n]
		if a.Attribute() != b.Attribute() || a.Key != b.Key || a.From != b.From {
			found = append(found, fmt.Sprintf("%s%s is read from another attribute", at, a.Name))
		}
		found = append(found, compareTypes(at+a.Name, &a.Type, &b.Type)...)
	}
	return found
}

func compareTypes(at string, has, wanted *model.Type) []string {
	if has.Kind != wanted.Kind {
		return []string{fmt.Sprintf("%s was of type %s, is of type %s", at, has.Kind, wanted.Kind)}
	}
	if has.Of != nil && wanted.Of != nil {
		return compareTypes(at, has.Of, wanted.Of)
	}
	return compareFields(at+".", has.Fields, wanted.Fields)
}

// compareProperties compares mappings: in place, fields and sub-fields can only come, and nothing else can change.
func compareProperties(at string, has, wanted object) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(has)) {
		a, _ := has[name].(object)
		b, still := wanted[name].(object)
		if !still {
			found = append(found, fmt.Sprintf("%s%s is no longer there", at, name))
			continue
		}
		found = append(found, compareMapping(at+name, a, b)...)
	}
	return found
}

func compareMapping(at string, has, wanted object) []string {
	var found []string
	names := maps.Clone(has)
	maps.Copy(names, wanted)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name == "properties" || name == "fields" {
			continue
		}
		if !reflect.DeepEqual(has[name], wanted[name]) {
			found = append(found, fmt.Sprintf("%s: %s was %s, is %s", at, name, show(has[name]), show(wanted[name])))
		}
	}
	for _, inner := range []string{"properties", "fields"} {
		a, _ := has[inner].(object)
		b, _ := wanted[inner].(object)
		found = append(found, compareProperties(at+".", a, b)...)
	}
	return found
}

// additions names the fields and sub-fields that the wanted mapping has more, with their types, sorted.
func additions(has, wanted *model.Index) ([]string, error) {
	hasFields, err := mappingTree(has)
	if err != nil {
		return nil, err
	}
	wantedFields, err := mappingTree(wanted)
	if err != nil {
		return nil, err
	}
	added := addedProperties("field ", "", hasFields, wantedFields)
	slices.Sort(added)
	return added, nil
}

func addedProperties(noun, at string, has, wanted object) []string {
	var added []string
	for name, mapping := range wanted {
		b, _ := mapping.(object)
		a, known := has[name].(object)
		if !known {
			kind, _ := b["type"].(string)
			added = append(added, fmt.Sprintf("%s%s%s (%s)", noun, at, name, cmp.Or(kind, "object")))
			continue
		}
		for inner, noun := range map[string]string{"properties": "field ", "fields": "sub-field "} {
			innerA, _ := a[inner].(object)
			innerB, _ := b[inner].(object)
			added = append(added, addedProperties(noun, at+name+".", innerA, innerB)...)
		}
	}
	return added
}
