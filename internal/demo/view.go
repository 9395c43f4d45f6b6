package demo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// width is how many columns a line of the story takes at most.
const width = 140

// documentView is a document as a page would show it: without the field that is Outflow's own.
func documentView(id string, source []byte) (string, error) {
	if source == nil {
		return id + ": no longer found", nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(source, &fields); err != nil {
		return "", fmt.Errorf("document %s: %w", id, err)
	}
	delete(fields, "outflow")
	names := slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		return cmp.Or(cmp.Compare(depth(fields[a]), depth(fields[b])), cmp.Compare(a, b))
	})
	shown := make([]string, len(names))
	for i, name := range names {
		value, err := compact(fields[name])
		if err != nil {
			return "", fmt.Errorf("document %s: %w", id, err)
		}
		shown[i] = name + ": " + value
	}
	return id + "  " + strings.Join(shown, "  "), nil
}

// depth puts lists and objects behind all else: they are long, and the end of a long line is cut.
func depth(value json.RawMessage) int {
	if value[0] == '[' || value[0] == '{' {
		return 1
	}
	return 0
}

// eventView is what a subscriber looks at first.
func eventView(line []byte) (string, error) {
	var event struct {
		Detail struct {
			Metadata struct {
				ID, Type string
				Actor    *string
			}
			Data json.RawMessage
		}
	}
	if err := json.Unmarshal(line, &event); err != nil {
		return "", fmt.Errorf("event: %w", err)
	}
	data, err := compact(event.Detail.Data)
	m := event.Detail.Metadata
	return fmt.Sprintf("%s  by %s  %s  id %s", m.Type, name(m.Actor), data, m.ID), err
}

// auditView is what happened, when, who did it and how that is known.
func auditView(line *audit.Line) (string, error) {
	var view struct {
		Actor, CarriedActor *string
		ActorEvidence       string
		Changed             []string
	}
	if err := json.Unmarshal(line.View, &view); err != nil {
		return "", fmt.Errorf("audit line: %w", err)
	}
	at := "at an unknown time"
	if line.At != nil {
		at = line.At.UTC().Format(time.RFC3339)
	}
	evidence := view.ActorEvidence
	if view.CarriedActor != nil {
		evidence += " from " + *view.CarriedActor
	}
	text := fmt.Sprintf("%s  %s by %s  actor %s (evidence: %s)", at, line.Op, line.Cause, name(view.Actor), evidence)
	if len(view.Changed) > 0 {
		text += "  changed " + strings.Join(view.Changed, ", ")
	}
	return text, nil
}

func name(actor *string) string {
	if actor == nil {
		return "unknown"
	}
	return *actor
}

// compact writes a value as JSON in one line, for eyes rather than for HTML.
func compact(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSpace(text.String()), err
}

// cut ends a line that is too long for the terminal.
func cut(line string) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width-1]) + "…"
}
