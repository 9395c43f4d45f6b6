package table

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// member is a field as it was given: value is not valid, or nil, where it was given as nil.
type member struct {
	name  string
	value reflect.Value
}

// membersOf takes a map with strings as keys or a struct apart, by name. Nothing has no members.
func membersOf(v reflect.Value) ([]member, error) {
	v = indirect(v)
	var members []member
	switch {
	case !v.IsValid():
		return nil, nil
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		for entry := v.MapRange(); entry.Next(); {
			members = append(members, member{entry.Key().String(), indirect(entry.Value())})
		}
	case v.Kind() == reflect.Struct:
		members = structMembers(v)
	default:
		return nil, fmt.Errorf("a Go %s holds no fields; give a table.Item or a struct with json tags", v.Type())
	}
	slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	for i := 1; i < len(members); i++ {
		if members[i].name == members[i-1].name {
			return nil, errors.New("field " + members[i].name + " is in the struct twice; rename one in its json tag")
		}
	}
	return members, nil
}

// structMembers are the exported fields by their json tags; those of embedded structs without a tag count as the
// struct's own, and nil ones are left out.
func structMembers(v reflect.Value) []member {
	var members []member
	for i := range v.NumField() {
		f, value := v.Type().Field(i), v.Field(i)
		tag := f.Tag.Get("json")
		name, rules, _ := strings.Cut(tag, ",")
		inner := indirect(value)
		switch {
		case tag == "-" || !f.IsExported() && !f.Anonymous || !inner.IsValid() || isNil(inner) || omitted(value, rules):
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			members = append(members, structMembers(inner)...)
		case f.IsExported():
			members = append(members, member{cmp.Or(name, f.Name), inner})
		}
	}
	return members
}

func omitted(v reflect.Value, rules string) bool {
	given := strings.Split(rules, ",")
	return slices.Contains(given, "omitzero") && v.IsZero() || slices.Contains(given, "omitempty") && isEmpty(v)
}

// isEmpty is what encoding/json calls empty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// indirect follows pointers and interfaces; the zero Value is nil.
func indirect(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

func isNil(v reflect.Value) bool {
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.IsNil()
}
