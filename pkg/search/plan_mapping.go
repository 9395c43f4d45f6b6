package search

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// handMade finds what the index's mapping has otherwise than its definition gives it: somebody has changed it, or another
// release has made it. Such an index refuses or hides what the definition says that it holds.
func (f *foundIndex) handMade() ([]string, error) {
	definition := f.meta().Definition
	want, err := mappingTree(definition)
	if err != nil {
		return nil, err
	}
	var found []string
	if f.Mappings.Dynamic != "strict" {
		found = append(found, fmt.Sprintf("the mapping of %s has dynamic %s, and its definition gives \"strict\"",
			f.name, show(f.Mappings.Dynamic)))
	}
	if f.Mappings.Routing.Required != (len(definition.Routing) > 0) {
		found = append(found, fmt.Sprintf("the mapping of %s has _routing.required %t", f.name, f.Mappings.Routing.Required))
	}
	c := mappingCheck{index: f.name, raw: rawFields(definition)}
	c.properties("", want, f.Mappings.Properties)
	slices.Sort(c.found)
	return append(found, c.found...), nil
}

// rawFields are the paths of fields whose mapping the model gives as OpenSearch takes it.
func rawFields(index *model.Index) map[string]bool {
	raw := map[string]bool{}
	for name := range index.Root.Mapping {
		raw[name] = true
	}
	for _, part := range index.Parts {
		for name := range part.Mapping {
			raw[part.Field+"."+name] = true
		}
	}
	return raw
}

// mappingCheck compares a mapping as OpenSearch gives it with the one that was put.
type mappingCheck struct {
	index string
	raw   map[string]bool
	found []string
}

func (c *mappingCheck) differ(path, format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf("%s in the mapping of %s ", path, c.index)+fmt.Sprintf(format, args...))
}

func (c *mappingCheck) properties(at string, want, has object) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		wanted, _ := want[name].(object)
		if got, there := has[name].(object); there {
			c.field(at+name, wanted, got)
		} else {
			c.differ(at+name, "is missing")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if _, known := want[name]; !known {
			c.differ(at+name, "is not in its definition")
		}
	}
}

// field compares a field's parameters, and what is inside it.
func (c *mappingCheck) field(path string, want, has object) {
	if c.raw[path] {
		c.rawField(path, want, has)
		return
	}
	for _, name := range parameters(want) {
		if !sameSetting(want[name], has[name]) {
			c.differ(path, "has %s %s, and its definition gives %s", name, show(has[name]), show(want[name]))
		}
	}
	for _, name := range parameters(has) {
		if _, given := want[name]; !given && !isCompleted(want["type"], name, has[name]) {
			c.differ(path, "has %s %s, and its definition gives none", name, show(has[name]))
		}
	}
	for _, inner := range []string{"properties", "fields"} {
		wanted, _ := want[inner].(object)
		got, _ := has[inner].(object)
		c.properties(path+".", wanted, got)
	}
}

// rawField compares the parameters that both have: of those that the model gives in OpenSearch's own words OpenSearch leaves
// out what is a default, and it adds others in ways of each type's own.
func (c *mappingCheck) rawField(path string, want, has object) {
	for _, name := range parameters(want) {
		if got, there := has[name]; there && !sameSetting(want[name], got) {
			c.differ(path, "has %s %s, and the model's mapping gives %s", name, show(got), show(want[name]))
		}
	}
}

// parameters are the names of a mapping's members but those that hold further fields, sorted.
func parameters(mapping object) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(mapping)), func(name string) bool { return name == "properties" || name == "fields" })
}

// sameSetting compares as OpenSearch reads settings: true and "true" are one, and so are 10 and "10".
func sameSetting(want, has any) bool {
	return reflect.DeepEqual(want, has) || strings.Trim(show(want), `"`) == strings.Trim(show(has), `"`)
}

// isCompleted says that OpenSearch itself adds the parameter to a mapping that leaves it out (3.5).
func isCompleted(kind any, name string, value any) bool {
	switch {
	case kind == "search_as_you_type" && name == "doc_values":
		return value == false
	case kind == "search_as_you_type" && name == "max_shingle_size":
		return value == 3.0
	}
	return false
}
