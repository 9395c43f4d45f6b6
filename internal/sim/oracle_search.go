package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/search"
)

// searchOracle knows each state that a part of a document has had in the table, and how far readers have seen it.
type searchOracle struct {
	world      *world
	projectors map[string]*search.Projector // by index
	parts      map[partID]*part
	held       map[string]document // what indexes hold, by making of an index and document
}

// partID names a part of a document, in whatever making of the index.
type partID struct{ index, document, part string }

// part is the history of a part. The first state is that it is not there.
type part struct {
	states []state
	low    int // readers have seen this state, or a later one
}

type state struct {
	version string
	body    []byte // nil: deleted, or not shown
}

func newSearchOracle(w *world) searchOracle {
	o := searchOracle{world: w, projectors: map[string]*search.Projector{}, parts: map[partID]*part{},
		held: map[string]document{}}
	for _, index := range w.models[0].SortedIndexes() {
		p, err := search.NewProjector(w.models[0], index)
		if err != nil {
			panic(err) // the world's own model
		}
		o.projectors[index.Name] = p
	}
	return o
}

// committed notes the states that the change makes.
func (o *searchOracle) committed(c *commit) {
	c.operations = o.operations(c)
	for _, op := range c.operations {
		p := o.part(partID{op.Index, op.ID, op.Part})
		s := state{version: op.Version}
		if !op.Deleted {
			s.body = canonical(op.Body)
		}
		p.states = append(p.states, s)
	}
}

func (o *searchOracle) operations(c *commit) []search.Operation {
	var all search.Projection
	for _, name := range slices.Sorted(maps.Keys(o.projectors)) {
		o.projectors[name].Add(&all, c.change)
	}
	return all.Operations
}

func (o *searchOracle) part(id partID) *part {
	if o.parts[id] == nil {
		o.parts[id] = &part{states: []state{{}}}
	}
	return o.parts[id]
}

// document is what an index holds under an id.
type document struct {
	source  []byte
	visible bool
	parts   map[string]shown
}

// shown is a part as a document holds it.
type shown struct {
	version string
	body    []byte // nil for a tombstone
}

type reserved struct {
	Version string           `json:"version"`
	Deleted bool             `json:"deleted"`
	Parts   map[string]*kept `json:"parts"`
}

type kept struct {
	Version string `json:"version"`
	Deleted bool   `json:"deleted"`
}

// readDocument takes a document apart: the root's fields, and the lists' elements by their part ids.
func readDocument(source []byte) (document, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(source, &fields); err != nil {
		return document{}, err
	}
	var r reserved
	if err := json.Unmarshal(fields["outflow"], &r); err != nil {
		return document{}, err
	}
	delete(fields, "outflow")
	d := document{source: source, visible: !r.Deleted, parts: map[string]shown{}}
	if r.Parts == nil {
		r.Parts = map[string]*kept{search.Root: {r.Version, r.Deleted}}
	}
	elements := map[string][]json.RawMessage{}
	for _, id := range slices.Sorted(maps.Keys(r.Parts)) {
		list, _, isPart := strings.Cut(id, "/")
		if isPart && elements[list] == nil && fields[list] != nil {
			var all []json.RawMessage
			if err := json.Unmarshal(fields[list], &all); err != nil {
				return document{}, err
			}
			elements[list] = all
			delete(fields, list)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Parts)) {
		k := r.Parts[id]
		s := shown{version: k.Version}
		list, _, isPart := strings.Cut(id, "/")
		switch {
		case k.Deleted:
		case isPart && len(elements[list]) == 0:
			return document{}, fmt.Errorf("part %s is live, and its list has no element for it", id)
		case isPart:
			s.body = canonical(elements[list][0])
			elements[list] = elements[list][1:]
		default:
			s.body = []byte(encode(fields))
		}
		d.parts[id] = s
	}
	for list, rest := range elements {
		if len(rest) > 0 {
			return document{}, fmt.Errorf("list %s has %d elements without a live part", list, len(rest))
		}
	}
	return d, nil
}

// canonical is an object with its fields in one order. What they hold stays as it is written.
func canonical(content []byte) []byte {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(content, &fields); err != nil {
		panic(fmt.Sprintf("not an object: %v: %s", err, content))
	}
	return []byte(encode(fields))
}

// written looks at a document after a call that may have changed it. making names the physical index and its creation.
func (o *searchOracle) written(index, making, id string, source []byte) {
	w := o.world
	key := making + " " + id
	if source == nil { // purged, which forgets the versions of tombstones
		delete(o.held, key)
		return
	}
	had := o.held[key]
	if bytes.Equal(had.source, source) {
		return
	}
	d, err := readDocument(source)
	if err != nil {
		w.fail("document %s of %s cannot be read: %v: %s", id, index, err, source)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(d.parts)) {
		s := d.parts[name]
		if before := had.parts[name].version; s.version < before {
			w.fail("the version of %s of document %s fell from %s to %s", name, id, before, s.version)
		}
		if s.body != nil || had.parts[name].body != nil { // else readers go on seeing nothing
			o.seen(partID{index, id, name}, s)
		}
	}
	o.held[key] = d
}

// seen holds what a document shows against the part's history: it must be a committed state, not older than one that
// was there before.
func (o *searchOracle) seen(id partID, s shown) {
	p := o.part(id)
	for i := p.low; i < len(p.states); i++ {
		if bytes.Equal(p.states[i].body, s.body) && (p.states[i].body == nil) == (s.body == nil) {
			p.low = i
			return
		}
	}
	for i := range p.low {
		if bytes.Equal(p.states[i].body, s.body) {
			o.world.fail("%s of document %s of %s went back to its state %d after state %d: %s", id.part, id.document, id.index, i, p.low, s.body)
			return
		}
	}
	o.world.fail("%s of document %s of %s shows what was never committed: %s", id.part, id.document, id.index, s.body)
}

// acknowledged asks whether a change is in the documents that it is of.
func (o *searchOracle) acknowledged(c *commit, who string) {
	for _, op := range c.operations {
		if o.world.search.madeSince(op.Index, c.made) {
			continue // the index was lost since, and a backfill brings it back
		}
		d, there := o.held[o.world.search.making(op.Index)+" "+op.ID]
		if !there {
			o.world.fail("%s acknowledges %s, and document %s of %s is not there", who, c.sequence, op.ID, op.Index)
			continue
		}
		if has, known := d.parts[op.Part]; !known || has.version < op.Version {
			o.world.fail("%s acknowledges %s, and %s of document %s has version %q", who, c.sequence, op.Part, op.ID, has.version)
		}
	}
}

// atRest holds every document against the table.
func (o *searchOracle) atRest() {
	w := o.world
	for _, index := range w.models[0].SortedIndexes() {
		documents := w.search.documents(index.Name)
		for _, id := range o.sorted(index.Name) {
			p := o.parts[id]
			want := p.states[len(p.states)-1].body
			var got shown
			if source := documents[id.document]; source != nil {
				d := o.held[w.search.making(id.index)+" "+id.document]
				if !bytes.Equal(d.source, source) {
					w.fail("document %s of %s was changed by no call: %s", id.document, id.index, source)
					continue
				}
				got = d.parts[id.part]
				if root, known := d.parts[search.Root]; d.visible != (known && root.body != nil) {
					w.fail("document %s of %s is visible: %v", id.document, id.index, d.visible)
				}
			}
			if !bytes.Equal(got.body, want) {
				w.fail("at rest, %s of document %s of %s is %s, and the table says %s", id.part, id.document, id.index, got.body, want)
			}
		}
	}
}

// sorted are the parts of an index's documents.
func (o *searchOracle) sorted(index string) []partID {
	var ids []partID
	for id := range o.parts {
		if id.index == index {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b partID) int {
		return cmp.Or(cmp.Compare(a.document, b.document), cmp.Compare(a.part, b.part))
	})
	return ids
}
