package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

// maxEventFile is more than an event or a pattern may have: EventBridge takes 1 MiB in the regions that take most.
const maxEventFile = 2 << 20

type eventsTestCommand struct {
	Pattern jsonArgument `arg:"" help:"The event pattern: a file, JSON itself, or - for standard input."`
	Event   jsonArgument `arg:"" help:"The event with its envelope (source, detail-type, detail ...): a file, JSON itself, or -."`
	JSON    bool         `name:"json" help:"Print JSON."`
}

// jsonArgument is the name of a file, "-" for standard input, or JSON itself.
type jsonArgument string

func (a jsonArgument) inline() bool {
	return strings.HasPrefix(strings.TrimLeft(string(a), " \t\r\n"), "{")
}

// Validate checks what needs no file: JSON on the command line that cannot be read is wrong usage.
func (c *eventsTestCommand) Validate() error {
	if c.Pattern == "-" && c.Event == "-" {
		return errors.New("PATTERN and EVENT cannot both be standard input")
	}
	var faults []error
	if c.Pattern.inline() {
		_, err := pattern.Compile([]byte(c.Pattern))
		faults = append(faults, placed("PATTERN", err))
	}
	if c.Event.inline() {
		faults = append(faults, placed("EVENT", pattern.CheckEvent([]byte(c.Event))))
	}
	return errors.Join(faults...)
}

// placed says of a fault in a text where it is, as editors and terminals know to jump to: source:line:column.
func placed(source string, err error) error {
	var fault *pattern.Error
	if errors.As(err, &fault) {
		return fmt.Errorf("%s:%d:%d: %s: %s", source, fault.Line, fault.Column, fault.What, fault.Message)
	}
	return err
}

// Run compares and prints.
func (c *eventsTestCommand) Run(in io.Reader, out io.Writer) error {
	text, err := c.Pattern.read(in)
	if err != nil {
		return fmt.Errorf("read the pattern: %w", err)
	}
	event, err := c.Event.read(in)
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	p, err := pattern.Compile(text)
	if err != nil {
		return placed(c.Pattern.source("PATTERN"), err)
	}
	misses, err := p.Explain(event)
	if err != nil {
		return placed(c.Event.source("EVENT"), err)
	}
	if err := c.print(out, misses); err != nil {
		return err
	}
	if len(misses) > 0 {
		return errWrong
	}
	return nil
}

func (a jsonArgument) read(in io.Reader) (text []byte, err error) {
	switch {
	case a.inline():
		return []byte(a), nil
	case a == "-":
		text, err = io.ReadAll(io.LimitReader(in, maxEventFile+1))
	default:
		text, err = readFile(string(a), maxEventFile)
	}
	if err == nil && len(text) > maxEventFile {
		err = fmt.Errorf("%s has more than %d bytes, which no event and no pattern has", a.source(""), maxEventFile)
	}
	return text, err
}

// source is what an error calls the text by.
func (a jsonArgument) source(argument string) string {
	switch {
	case a.inline():
		return argument
	case a == "-":
		return "standard input"
	}
	return string(a)
}

func (c *eventsTestCommand) print(out io.Writer, misses []pattern.Miss) error {
	if c.JSON {
		return printJSON(out, "  ", tested(misses))
	}
	if len(misses) == 0 {
		_, err := fmt.Fprintln(out, "matches")
		return err
	}
	text := "does not match\n"
	for i, miss := range misses {
		if len(misses) > 1 {
			text += fmt.Sprintf("combination %d of %d: ", i+1, len(misses))
		}
		found := "which is absent (or empty, or an object)"
		if len(miss.Found) > 0 {
			found = "and has " + strings.Join(miss.Found, ", ")
		}
		text += fmt.Sprintf("%s must be one of %s, %s\n", miss.Field, miss.Want, found)
	}
	_, err := io.WriteString(out, text)
	return err
}

type testedJSON struct {
	Matches bool       `json:"matches"`
	Misses  []missJSON `json:"misses"` // one for each combination of $or alternatives; none where it matches
}

type missJSON struct {
	Field string            `json:"field"` // with dots
	Want  json.RawMessage   `json:"want"`
	Found []json.RawMessage `json:"found"`
}

func tested(misses []pattern.Miss) testedJSON {
	t := testedJSON{Matches: len(misses) == 0, Misses: []missJSON{}}
	for _, miss := range misses {
		m := missJSON{Field: miss.Field, Want: json.RawMessage(miss.Want), Found: []json.RawMessage{}}
		for _, found := range miss.Found {
			m.Found = append(m.Found, json.RawMessage(found))
		}
		t.Misses = append(t.Misses, m)
	}
	return t
}
