package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

type whyCommand struct {
	Key  []string `arg:"" help:"The item: its key's values (ORDER#o1 METADATA), or JSON ({\"PK\": \"ORDER#o1\", ...})."`
	From moment   `placeholder:"TIME" help:"Read the audit log from this time on (2026-11-21, or 2026-11-21T14:00:00Z). Default: all of it."`
	targetFlags

	key []byte
}

// Help is printed by --help.
func (c *whyCommand) Help() string {
	return "Exit status: 0 the item, its documents and its audit lines agree and nothing of it is parked; 1 something is wrong; " +
		"2 nothing is known of the key, or something cannot be proven; 3 a place could not be looked at."
}

// AfterApply reads the key by the model.
func (c *whyCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil || c.fault != nil {
		return err
	}
	var err error
	c.key, err = audit.ParseKey(c.running.model.Table, strings.Join(c.Key, " "))
	return err
}

// Run looks everywhere, whatever a place answers, and shows what it has seen.
func (c *whyCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	w := &why{deployment: d, key: c.key, now: time.Now(), report: newReport(c.key)}
	w.look(ctx, c.From.Time)
	if c.JSON {
		err = printJSON(out, "  ", w.report)
	} else {
		err = w.report.print(out)
	}
	return errors.Join(err, w.report.verdict())
}

// why is one look at one item.
type why struct {
	*deployment
	key    []byte // in canonical form
	now    time.Time
	report *report

	lines   []audit.Line
	subject *subject // nil where it could not be made out
}

// look asks each place in turn. The item comes first, since the outlets follow it; one that is gone can be made out by
// its last line.
func (w *why) look(ctx context.Context, from time.Time) {
	w.blind("item", w.lookAtItem(ctx))
	w.blind("audit", w.lookAtLog(ctx, from))
	w.blind("entity", w.identify())
	w.blind("documents", w.lookAtDocuments(ctx))
	w.blind("events", w.lookAtEvents())
	w.blind("parked", w.lookAtParked(ctx))
	w.compareLog()
}

func (w *why) blind(place string, err error) {
	if err != nil {
		w.report.Failed = append(w.report.Failed, place+": "+strings.ReplaceAll(hinted(err).Error(), "\n", "; "))
	}
}

// report is what why has seen. What agrees with what is said in Wrong and Unproven alone.
type report struct {
	Key       json.RawMessage   `json:"key"`
	Entity    string            `json:"entity,omitempty"`    // "" where none matches
	EntityKey json.RawMessage   `json:"entityKey,omitempty"` // the key's fields
	Item      json.RawMessage   `json:"item"`                // null where the table has none
	Documents []documentSeen    `json:"documents"`
	Events    []json.RawMessage `json:"events"` // as subscribers got them
	Audit     []json.RawMessage `json:"audit"`  // lines as they stand
	Parked    []parkedItem      `json:"parked"`
	Notes     []string          `json:"notes"`
	Wrong     []string          `json:"wrong"`
	Unproven  []string          `json:"unproven"`
	Failed    []string          `json:"failed"` // places that could not be looked at

	rows []string // of Audit, for people
}

func newReport(key []byte) *report {
	return &report{
		Key: key, Item: json.RawMessage("null"), Documents: []documentSeen{}, Events: []json.RawMessage{}, Audit: []json.RawMessage{},
		Parked: []parkedItem{}, Notes: []string{}, Wrong: []string{}, Unproven: []string{}, Failed: []string{},
	}
}

// isEmpty says that no place knows the key.
func (r *report) isEmpty() bool {
	for _, d := range r.Documents {
		if d.Source != nil {
			return false
		}
	}
	return string(r.Item) == "null" && len(r.Audit) == 0 && len(r.Parked) == 0 && len(r.Events) == 0
}

func (r *report) verdict() error {
	switch {
	case len(r.Failed) > 0:
		return errors.New("not every place could be looked at: what is printed says why")
	case len(r.Wrong) > 0:
		return errWrong
	case len(r.Unproven) > 0:
		return unproven("not everything could be proven: what is printed says why")
	case r.isEmpty():
		return unproven("nothing is known of this key: is it written as the table has it?")
	}
	return nil
}
