package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Difference is one field that a change changed. Values are DynamoDB's typed ones, such as {"S":"x"}.
type Difference struct {
	Path    string            `json:"path"`              // address.zip, lines[0].qty; names with other signs in quotes
	Old     json.RawMessage   `json:"old,omitempty"`     // nil where there was none, and of sets
	New     json.RawMessage   `json:"new,omitempty"`     // nil where there is none, and of sets
	Added   []json.RawMessage `json:"added,omitempty"`   // to a set
	Removed []json.RawMessage `json:"removed,omitempty"` // from a set
}

// Differences compares a line's images field by field, in the order of paths: members of maps and elements of lists
// (by position) each by themselves, sets by their elements.
func (l *Line) Differences() ([]Difference, error) {
	before, err := members(l.Old)
	if err == nil {
		var after map[string]json.RawMessage
		if after, err = members(l.New); err == nil {
			d := differ{}
			err = d.maps("", before, after)
			if err == nil {
				return d.found, nil
			}
		}
	}
	return nil, fmt.Errorf("compare the images of record %s: %w", l.ID, err)
}

type differ struct{ found []Difference }

func (d *differ) maps(path string, before, after map[string]json.RawMessage) error {
	names := maps.Clone(before)
	if names == nil {
		names = map[string]json.RawMessage{}
	}
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := d.values(join(path, name), before[name], after[name]); err != nil {
			return err
		}
	}
	return nil
}

func (d *differ) values(path string, before, after json.RawMessage) error {
	if bytes.Equal(before, after) {
		return nil
	}
	was, is, err := bothTyped(before, after)
	if err != nil {
		return err
	}
	switch {
	case was.kind != is.kind:
	case is.kind == "M":
		return d.nested(path, was, is)
	case is.kind == "L":
		return d.lists(path, was, is)
	case strings.HasSuffix(is.kind, "S") && len(is.kind) == 2:
		return d.sets(path, was, is)
	}
	d.found = append(d.found, Difference{Path: path, Old: before, New: after})
	return nil
}

func (d *differ) nested(path string, was, is typed) error {
	before, err := members(was.value)
	if err != nil {
		return err
	}
	after, err := members(is.value)
	if err != nil {
		return err
	}
	return d.maps(path, before, after)
}

func (d *differ) lists(path string, was, is typed) error {
	before, after, err := bothLists(was, is)
	if err != nil {
		return err
	}
	for i := range max(len(before), len(after)) {
		var old, new json.RawMessage
		if i < len(before) {
			old = before[i]
		}
		if i < len(after) {
			new = after[i]
		}
		if err := d.values(path+"["+strconv.Itoa(i)+"]", old, new); err != nil {
			return err
		}
	}
	return nil
}

func (d *differ) sets(path string, was, is typed) error {
	before, after, err := bothLists(was, is)
	if err != nil {
		return err
	}
	d.found = append(d.found, Difference{Path: path, Added: without(after, before), Removed: without(before, after)})
	return nil
}

// without is what of a list is not in the other.
func without(list, other []json.RawMessage) []json.RawMessage {
	there := map[string]bool{}
	for _, v := range other {
		there[string(v)] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(v json.RawMessage) bool { return there[string(v)] })
}

// typed is one of DynamoDB's typed values; the zero typed is none.
type typed struct {
	kind  string
	value json.RawMessage
}

func bothTyped(a, b json.RawMessage) (first, second typed, err error) {
	if first, err = readTyped(a); err == nil {
		second, err = readTyped(b)
	}
	return first, second, err
}

func readTyped(text json.RawMessage) (typed, error) {
	if text == nil {
		return typed{}, nil
	}
	all, err := members(text)
	if err != nil {
		return typed{}, err
	}
	for kind, value := range all {
		if len(all) == 1 {
			return typed{kind, value}, nil
		}
	}
	return typed{}, errors.New("a value is not an object of one member")
}

func bothLists(was, is typed) (before, after []json.RawMessage, err error) {
	if err = json.Unmarshal(was.value, &before); err == nil {
		err = json.Unmarshal(is.value, &after)
	}
	return before, after, err
}

// members reads an object; null and nothing have none.
func members(text json.RawMessage) (all map[string]json.RawMessage, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	err = json.Unmarshal(text, &all)
	return all, err
}

// join appends a member's name to a path.
func join(path, name string) string {
	if name == "" || strings.ContainsAny(name, ".[]\" \t\n") {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
