package bus

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// inputTransformer makes what a target gets: a template in which <name> stands for a value of the event.
type inputTransformer struct {
	InputPathsMap map[string]string // paths by name
	InputTemplate string
}

// Variables that need no path. aws.events.event is missing: the service's form of it is not documented.
const (
	ruleARNVariable  = "aws.events.rule-arn"
	ruleNameVariable = "aws.events.rule-name"
	timeVariable     = "aws.events.event.ingestion-time"
	eventVariable    = "aws.events.event.json"
)

const maxPaths = 100 // of a transformer

var placeholder = regexp.MustCompile(`<[A-Za-z0-9._/-]+>`)

// checkInput refuses what the service refuses, and paths that this bus cannot follow.
func (t *target) checkInput() error {
	given := 0
	for _, is := range []bool{t.Input != "", t.InputPath != "", t.InputTransformer != nil} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return invalid("Only one of Input, InputPath, or InputTransformer must be provided for target %s.", t.Id)
	case t.InputPath != "":
		if _, err := parsePath(t.InputPath); err != nil {
			return invalid("Invalid InputPath for target %s : %v", t.Id, err)
		}
	case t.InputTransformer != nil:
		return t.InputTransformer.check(t.Id)
	}
	return t.compactInput()
}

func (i *inputTransformer) check(target string) error {
	if len(i.InputPathsMap) > maxPaths {
		return invalid("InputPathsMap for target %s has %d paths; it may have %d.", target, len(i.InputPathsMap), maxPaths)
	}
	for _, name := range slices.Sorted(maps.Keys(i.InputPathsMap)) {
		if strings.HasPrefix(strings.ToLower(name), "aws.") || !placeholder.MatchString("<"+name+">") {
			return invalid("InputPathsMap for target %s: a variable cannot be called %q.", target, name)
		}
		if _, err := parsePath(i.InputPathsMap[name]); err != nil {
			return invalid("Invalid InputPathsMap for target %s : %v", target, err)
		}
	}
	known := append(slices.Collect(maps.Keys(i.InputPathsMap)), ruleARNVariable, ruleNameVariable, timeVariable, eventVariable)
	for _, found := range placeholder.FindAllString(i.InputTemplate, -1) {
		if name := strings.Trim(found, "<>"); !slices.Contains(known, name) {
			return invalid("InputTemplate for target %s contains invalid placeholder %s.", target, name)
		}
	}
	if i.InputTemplate == "" {
		return invalid("InputTemplate for target %s is missing.", target)
	}
	return nil
}

// body is what a target gets of an event. It fails, for good, where the event has nothing at the target's InputPath.
func (b *Bus) body(t *target, d *delivery) ([]byte, error) {
	switch {
	case t.Input != "":
		return []byte(t.Input), nil
	case t.InputPath != "":
		value := follow(t.InputPath, d.event)
		if value == nil {
			return nil, &refusal{message: "the event has nothing at the target's InputPath " + t.InputPath, code: invalidJSON, final: true}
		}
		return value, nil
	case t.InputTransformer != nil:
		return t.InputTransformer.apply(b.variables(t.InputTransformer, d)), nil
	}
	return d.event, nil
}

// variables are the values that a template may name, as JSON; nil where the event has none.
func (b *Bus) variables(i *inputTransformer, d *delivery) map[string]json.RawMessage {
	values := map[string]json.RawMessage{
		ruleARNVariable:  quote(b.ruleARN(d.box.key.bus, d.box.key.rule)),
		ruleNameVariable: quote(d.box.key.rule),
		timeVariable:     quote(d.accepted.UTC().Format(time.RFC3339)),
		eventVariable:    d.event,
	}
	for name, path := range i.InputPathsMap {
		values[name] = follow(path, d.event)
	}
	return values
}

// apply fills the template. Inside a string of the template a value is text: a string without its quotes, an object or
// a list without any quotes, nothing where the event has no value. Elsewhere it is JSON, and "" where there is none.
func (i *inputTransformer) apply(values map[string]json.RawMessage) []byte {
	var out bytes.Buffer
	inString, rest := false, i.InputTemplate
	for {
		at := placeholder.FindStringIndex(rest)
		if at == nil {
			out.WriteString(rest)
			return out.Bytes()
		}
		out.WriteString(rest[:at[0]])
		inString = inString != opensString(rest[:at[0]])
		value := values[rest[at[0]+1:at[1]-1]]
		switch {
		case inString:
			out.Write(asText(value))
		case value == nil:
			out.WriteString(`""`)
		default:
			out.Write(value)
		}
		rest = rest[at[1]:]
	}
}

// opensString reports whether an odd number of quotes that no backslash stands before are in a piece of a template.
func opensString(piece string) bool {
	odd := false
	for i := 0; i < len(piece); i++ {
		switch piece[i] {
		case '\\':
			i++
		case '"':
			odd = !odd
		}
	}
	return odd
}

func asText(value json.RawMessage) []byte {
	if len(value) > 0 && value[0] == '"' {
		return value[1 : len(value)-1]
	}
	return bytes.ReplaceAll(value, []byte(`"`), nil)
}

func quote(s string) json.RawMessage { return jcs.AppendString(nil, s) }
