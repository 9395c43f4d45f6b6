package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// step is one change of an item, as --json prints it.
type step struct {
	At          string             `json:"at"` // "" if unknown
	Op          string             `json:"op"`
	Cause       string             `json:"cause,omitempty"`
	Version     string             `json:"version"`
	Actor       *string            `json:"actor"`
	Evidence    string             `json:"actorEvidence"`
	Carried     *string            `json:"carriedActor"`
	Correlation *string            `json:"correlation"`
	Fields      []audit.Difference `json:"fields"`
	Standing    audit.Standing     `json:"standing"`
	Segment     string             `json:"segment"`

	by string
}

func newStep(l *audit.Line, s audit.Standing) (step, error) {
	view, err := l.ReadView()
	if err != nil {
		return step{}, err
	}
	fields, err := l.Differences()
	if err != nil {
		return step{}, err
	}
	one := step{Op: l.Op, Cause: l.Cause, Version: l.Version(), Actor: view.Actor, Evidence: view.ActorEvidence, Carried: view.CarriedActor,
		Correlation: view.Correlation, Fields: fields, Standing: s, Segment: l.Segment(), by: view.By(l.Cause)}
	if l.At != nil {
		one.At = l.At.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return one, nil
}

// historyPage is a history as people read it.
type historyPage struct {
	out    *bytes.Buffer
	colour bool
}

// Colours of the terminal.
const (
	red   = "31"
	green = "32"
	amber = "33"
	bold  = "1"
)

func (p *historyPage) in(colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (p *historyPage) step(s step) {
	at := s.At
	if at == "" {
		at = "no time known           "
	}
	by := "  by " + s.by
	if s.Op == audit.OpBaseline {
		by = "  the state that a read found"
	}
	if s.Correlation != nil {
		by += "  request " + *s.Correlation
	}
	fmt.Fprintf(p.out, "%s  %s%s\n", at, p.in(bold, s.Op), by)
	for i := range s.Fields {
		p.field(&s.Fields[i])
	}
	if words := standingWords[s.Standing]; words != "" {
		colour := amber
		if s.Standing.Wrong() {
			colour = red
		}
		fmt.Fprintf(p.out, "    %s\n", p.in(colour, "! "+string(s.Standing)+": "+words))
	}
}

// standingWords say what a standing means that is not proven.
var standingWords = map[audit.Standing]string{
	audit.StartUnproven:   "the item is older than the log, and no baseline line saw its state before",
	audit.ChainBroken:     "its old image is not what the change before left: a change between them is missing in the log",
	audit.ChainUnproven:   "its old image is not what the change before left; a record that did not decode may be what is missing",
	audit.BaselineDiffers: "a read saw a state that no change in the log left",
	audit.BaselineOpen:    "a read saw a state that no change in the log has left yet; look again tomorrow",
}

func (p *historyPage) field(d *audit.Difference) {
	var text, colour string
	switch {
	case d.Added != nil || d.Removed != nil:
		text, colour = "~ "+d.Path+":"+elements(" +", d.Added)+elements(" -", d.Removed), amber
	case d.Old == nil:
		text, colour = "+ "+d.Path+": "+plain(d.New), green
	case d.New == nil:
		text, colour = "- "+d.Path+": "+plain(d.Old), red
	default:
		text, colour = "~ "+d.Path+": "+plain(d.Old)+" -> "+plain(d.New), amber
	}
	fmt.Fprintf(p.out, "    %s\n", p.in(colour, text))
}

func elements(sign string, list []json.RawMessage) string {
	var b strings.Builder
	for _, one := range list {
		b.WriteString(sign + string(one))
	}
	return b.String()
}

// plain is a typed value as people write it: texts in quotes, numbers bare, binaries in base64; containers as they stand.
func plain(value json.RawMessage) string {
	var typed map[string]json.RawMessage
	if err := json.Unmarshal(value, &typed); err != nil || len(typed) != 1 {
		return string(value)
	}
	for kind, inner := range typed {
		var text string
		switch err := json.Unmarshal(inner, &text); {
		case kind == "NULL":
			return "null"
		case err == nil && kind == "N":
			return text
		case err == nil && kind == "B":
			return "base64 " + text
		case kind == "S" || kind == "BOOL":
			return string(inner)
		}
	}
	return string(value)
}

func (p *historyPage) summary(h *audit.History, faults []string) {
	for _, text := range faults {
		fmt.Fprintf(p.out, "%s\n", p.in(red, "FAULT  "+text))
	}
	fmt.Fprintf(p.out, "%d changes in %d segments", len(h.Lines), h.Looked.Segments)
	if h.Looked.Digests > 0 {
		fmt.Fprintf(p.out, ", found by the key indexes of %d digests; %d of the segments are not sealed yet", h.Looked.Digests, h.Looked.Unsealed)
	}
	fmt.Fprintln(p.out)
	for _, why := range h.Looked.Scanned {
		fmt.Fprintln(p.out, "note: "+why)
	}
}
