// Package preview runs stream records through the builders of all outlets without any engine: what each record
// would do to a document, which events it would publish and which audit line it would leave; and what the same
// records do when they come again, doubled and in any order.
package preview

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/search"
)

// World is what the outlets have received so far: the documents as the guard leaves them, and the ids seen.
type World struct {
	model      *model.Model
	projectors []projector
	builder    *publish.Builder
	documents  map[address]*held
	events     map[string]bool // by id
	lines      map[string]bool // by id
}

type address struct{ index, id string }

// held is a document as its index holds it.
type held struct {
	search.Document
	lists []string
}

func (h *held) source() json.RawMessage { return h.Source(h.lists) }

type projector struct {
	*search.Projector
	index *model.Index
	lists []string
}

// New is a world in which nothing has been received.
func New(m *model.Model) (*World, error) {
	w := &World{model: m, documents: map[address]*held{}, events: map[string]bool{}, lines: map[string]bool{}}
	for _, index := range m.SortedIndexes() {
		p, err := search.NewProjector(m, index)
		if err != nil {
			return nil, err
		}
		w.projectors = append(w.projectors, projector{p, index, search.Lists(index)})
	}
	var err error
	w.builder, err = publish.NewBuilder(m)
	return w, err
}

// Row is what one record becomes. Its lists are never null in JSON.
type Row struct {
	Change    Change            `json:"change"`
	Documents []Document        `json:"documents"`
	Events    []json.RawMessage `json:"events"` // details, as a subscriber would get them
	Audit     json.RawMessage   `json:"audit"`  // the line
	Parked    []Parked          `json:"parked"`
	Notes     []string          `json:"notes"` // what is counted and shown, but stops nothing
}

// Change names the record.
type Change struct {
	Sequence string          `json:"sequence"`
	EventID  string          `json:"eventId"`
	Op       string          `json:"op"`
	Cause    string          `json:"cause"`
	Keys     json.RawMessage `json:"keys"`
	Entity   string          `json:"entity,omitempty"`
	Actor    string          `json:"actor,omitempty"`
	Carried  string          `json:"carriedActor,omitempty"`
	Evidence string          `json:"actorEvidence"`
}

// Document is a document before and after the record; null where it did not exist.
type Document struct {
	Index   string          `json:"index"`
	ID      string          `json:"id"`
	Applied bool            `json:"applied"` // false where the document already held something as new
	Before  json.RawMessage `json:"before"`
	After   json.RawMessage `json:"after"`
}

// Parked is what an outlet would park, and why.
type Parked struct {
	Outlet string `json:"outlet"`
	Event  string `json:"event,omitempty"`
	Reason string `json:"reason"`
}

// Receive lets the outlets take in the changes, in the order given.
func (w *World) Receive(changes []change.Change) []Row {
	rows := make([]Row, len(changes))
	for i := range changes {
		rows[i] = w.row(&changes[i])
	}
	return rows
}

func (w *World) row(c *change.Change) Row {
	row := Row{Change: w.describe(c), Audit: audit.AppendLine(nil, w.model, c),
		Documents: []Document{}, Events: []json.RawMessage{}, Parked: []Parked{}, Notes: []string{}}
	w.lines[c.EventID] = true
	if c.Fault != nil {
		row.Parked = []Parked{{Outlet: "search", Reason: c.Fault.Error()}, {Outlet: "events", Reason: c.Fault.Error()}}
		return row
	}
	for name, state := range map[string]change.State{"new": c.New, "old": c.Old} {
		if state.Exists() && state.Entity == nil {
			row.Notes = append(row.Notes, "no entity matches the "+name+" image: audited, counted as unmatched")
		}
	}
	slices.Sort(row.Notes)
	for _, p := range w.projectors {
		w.search(&row, p, c)
	}
	w.publish(&row, c)
	return row
}

func (w *World) describe(c *change.Change) Change {
	e := c.Evidence(w.model.Table.Stamps)
	d := Change{Sequence: c.Sequence, EventID: c.EventID, Op: c.Op, Cause: c.Cause, Actor: e.Actor, Carried: e.Carried, Evidence: e.How}
	if c.Keys.Exists() {
		d.Keys = c.Keys.AppendCanonical(nil)
	}
	state := c.New
	if !state.Exists() {
		state = c.Old
	}
	if state.Entity != nil {
		d.Entity = state.Entity.Name
	}
	return d
}

func (w *World) search(row *Row, p projector, c *change.Change) {
	var asked search.Projection
	p.Add(&asked, c)
	for _, err := range asked.RuleFaults {
		row.Notes = append(row.Notes, err.Error())
	}
	for _, op := range asked.Operations {
		at := address{op.Index, op.ID}
		if w.documents[at] == nil {
			w.documents[at] = &held{lists: p.lists}
		}
		doc := w.documents[at]
		before := doc.source()
		applied := doc.Apply(op)
		row.Documents = append(row.Documents, Document{op.Index, op.ID, applied, before, doc.source()})
		for _, path := range op.Dropped {
			row.Notes = append(row.Notes, fmt.Sprintf("search %s: %s left out, its value does not fit the declared type", op.Index, path))
		}
		for _, path := range op.Unlisted {
			row.Notes = append(row.Notes, fmt.Sprintf("search %s: %s is not one of the enum's values", op.Index, path))
		}
	}
}

func (w *World) publish(row *Row, c *change.Change) {
	var asked publish.Result
	w.builder.Add(&asked, c)
	for i := range asked.Events {
		w.events[asked.Events[i].ID] = true
		row.Events = append(row.Events, asked.Events[i].Detail())
	}
	for _, p := range asked.Poison {
		row.Parked = append(row.Parked, Parked{Outlet: "events", Event: p.Event, Reason: p.Reason.Error()})
	}
	for _, err := range asked.RuleFaults {
		row.Notes = append(row.Notes, err.Error())
	}
	for _, path := range asked.Unlisted {
		row.Notes = append(row.Notes, fmt.Sprintf("event %s is not one of the enum's values", path))
	}
}

// Again is what a second delivery changed: nothing, if the promises hold.
type Again struct {
	Deliveries       int `json:"deliveries"`
	DocumentsChanged int `json:"documentsChanged"`
	NewEventIDs      int `json:"newEventIds"`
	NewAuditIDs      int `json:"newAuditIds"`
}

// Same says that the second delivery changed nothing.
func (a Again) Same() bool { return a.DocumentsChanged+a.NewEventIDs+a.NewAuditIDs == 0 }

// ReceiveAgain lets the outlets take in the same changes twice over, in an order that random gives.
func (w *World) ReceiveAgain(changes []change.Change, random *rand.Rand) Again {
	doubled := slices.Concat(changes, changes)
	random.Shuffle(len(doubled), func(i, j int) { doubled[i], doubled[j] = doubled[j], doubled[i] })
	before, events, lines := w.sources(), len(w.events), len(w.lines)
	w.Receive(doubled)
	again := Again{Deliveries: len(doubled), NewEventIDs: len(w.events) - events, NewAuditIDs: len(w.lines) - lines}
	for at, source := range w.sources() {
		if before[at] != source {
			again.DocumentsChanged++
		}
	}
	return again
}

// sources are all documents as their indexes hold them.
func (w *World) sources() map[address]string {
	all := make(map[address]string, len(w.documents))
	for at, doc := range w.documents {
		all[at] = string(doc.source())
	}
	return all
}
