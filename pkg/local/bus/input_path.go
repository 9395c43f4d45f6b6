package bus

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// step is one element of a path: a member's name, an index of a list, or "*" for all members or elements.
var step = regexp.MustCompile(`^(?:\.([A-Za-z0-9_/-]+|\*)|\[(\d+|\*)\])`)

const all = "*"

// parsePath takes apart what EventBridge supports of JSON paths: $.detail.items[0].name, and * for all.
func parsePath(path string) (steps []string, err error) {
	rest, isPath := strings.CutPrefix(path, "$")
	if !isPath {
		return nil, fmt.Errorf("the path %q does not start with $", path)
	}
	for rest != "" {
		found := step.FindStringSubmatch(rest)
		if found == nil {
			return nil, fmt.Errorf("the path %q cannot be followed from %q on: members are written .name, elements [0] or [*]", path, rest)
		}
		rest = rest[len(found[0]):]
		steps = append(steps, found[1]+found[2])
	}
	return steps, nil
}

// follow is the value that a path leads to, as the event has it; nil where there is none. With a star it is the list of
// all that it leads to.
func follow(path string, event []byte) json.RawMessage {
	steps, err := parsePath(path)
	if err != nil {
		return nil // cannot be: PutTargets checks it
	}
	values, many := []json.RawMessage{event}, false
	for _, name := range steps {
		many = many || name == all
		var next []json.RawMessage
		for _, value := range values {
			next = append(next, children(value, name)...)
		}
		values = next
	}
	switch {
	case many:
		return list(values)
	case len(values) == 0:
		return nil
	}
	return values[0]
}

// children are the members or elements of a value that a step leads to.
func children(value json.RawMessage, name string) []json.RawMessage {
	if value[0] == '[' {
		var elements []json.RawMessage
		if json.Unmarshal(value, &elements) != nil || name == all {
			return elements
		}
		if at, err := strconv.Atoi(name); err == nil && at < len(elements) {
			return elements[at : at+1]
		}
		return nil
	}
	return members(value, name)
}

// members are those of an object that have the name, of several the last; all in their order for a star.
func members(value json.RawMessage, name string) (found []json.RawMessage) {
	decoder := json.NewDecoder(strings.NewReader(string(value)))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return nil
	}
	for decoder.More() {
		key, err := decoder.Token()
		var member json.RawMessage
		if err != nil || decoder.Decode(&member) != nil {
			return nil // cannot be: an event is valid JSON
		}
		switch name {
		case all:
			found = append(found, member)
		case key:
			found = []json.RawMessage{member}
		}
	}
	return found
}

func list(values []json.RawMessage) json.RawMessage {
	out := []byte{'['}
	for i, value := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, value...)
	}
	return append(out, ']')
}
