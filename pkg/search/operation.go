package search

import (
	"fmt"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Operation is what one change asks of one part of one document: to hold Body, or to be deleted, as of Version.
type Operation struct {
	Index   string    // name of the search definition
	Entity  string    // of the document's root
	ID      string    // _id of the document
	Routing string    // "" where the document routes by its id
	Part    string    // Root, or "<list>/<part id>"
	Version string    // of the change
	At      time.Time // of the change
	Deleted bool
	Tenant  string   // "" for none
	Model   string   // version of the model that matched the item
	Body    []byte   // canonical JSON object of the part's fields; nil when deleted
	Dropped []string // paths of fields left out, since their type or a term of the index cannot hold them; sorted
	// Old says that what undid the change may have been forgotten by the index: see Destination.MarkOld.
	Old bool

	Unlisted []string // paths of enum values that the model does not list; for counting
}

// Root is the part of a document that its root entity makes. No list's part has this id, since theirs hold a slash.
const Root = "root"

// Projector makes operations for one index, always by that index's own definition, so that two model versions can
// be live side by side. It is safe for concurrent use.
type Projector struct {
	index *model.Index
	model string // version of the model that matches the items
	root  source
	parts []source
}

// source is a model.Source made ready: rules compiled, fields in the order of canonical JSON.
type source struct {
	model.Source
	index       string   // its name
	key         []string // key attributes of the table
	shown       []model.Field
	terms       *change.Terms // of the flat_objects among shown
	where, gone *model.Rule
}

// NewProjector prepares a definition for changes that the model m matched: one of m's own, or an older one that an
// index keeps. It refuses a definition by whose key fields m no longer names the entity's items, since their
// documents would get other ids; such an index must be migrated.
func NewProjector(m *model.Model, index *model.Index) (*Projector, error) {
	p := &Projector{index: index, model: m.Version()}
	var err error
	if p.root, err = newSource(m, index, index.Root); err != nil {
		return nil, fmt.Errorf("search index %s: %w", index.Name, err)
	}
	for _, s := range index.Parts {
		part, err := newSource(m, index, s)
		if err != nil {
			return nil, fmt.Errorf("search index %s: %w", index.Name, err)
		}
		p.parts = append(p.parts, part)
	}
	return p, nil
}

func newSource(m *model.Model, index *model.Index, s model.Source) (source, error) {
	out := source{Source: s, index: index.Name, shown: s.Shown()}
	if e := m.Entities[s.Entity]; e != nil && (!slices.Equal(e.KeyFields, s.KeyFields) || e.ToldByAttribute() != s.Told) {
		return out, fmt.Errorf("it was built when the key of %s was %v, and the model now says %v: "+
			"run outflow search migrate %s", s.Entity, s.KeyFields, e.KeyFields, index.Name)
	}
	for _, k := range index.Table.Key {
		out.key = append(out.key, k.Name)
	}
	slices.SortFunc(out.shown, func(a, b model.Field) int { return jcs.Compare(a.Name, b.Name) })
	out.terms = flatTerms(&out.Source, out.shown)
	var err error
	if out.where, err = compile(s, s.Where); err != nil {
		return out, fmt.Errorf("where of %s: %w", s.Entity, err)
	}
	if out.gone, err = compile(s, s.Gone); err != nil {
		return out, fmt.Errorf("gone of %s: %w", s.Entity, err)
	}
	return out, nil
}

func compile(s model.Source, rule string) (*model.Rule, error) {
	if rule == "" {
		return nil, nil
	}
	return model.CompileRule(rule, model.RuleScope{Entity: s.Entity, Fields: s.Fields, KeyFields: s.KeyFields})
}

// Projection is what changes ask of one index.
type Projection struct {
	Operations []Operation
	RuleFaults []error // evaluations of where or gone that failed and counted as false; for counting
}

// Add appends what the change asks of the index: nothing, or an operation for the root or for a part. A record that
// did not decode asks nothing.
func (p *Projector) Add(to *Projection, c *change.Change) {
	if c.Fault != nil {
		return
	}
	if op, ok := p.root.operation(c, to); ok {
		op.ID, op.Part = p.root.documentID(c), Root
		to.Operations = append(to.Operations, p.address(op, c, &p.root))
	}
	for i := range p.parts {
		part := &p.parts[i]
		if op, ok := part.operation(c, to); ok {
			op.ID, op.Part = part.rootID(c, p.index.Root.Entity), part.partID(c)
			to.Operations = append(to.Operations, p.address(op, c, part))
		}
	}
}

// AddItem appends what the index shows of an item as it was read from the table: operations without version and time.
func (p *Projector) AddItem(to *Projection, item change.State) {
	p.Add(to, &change.Change{Keys: item.Image, New: item})
}

// AddPlaces appends a tombstone, without version and time, for each root or part that could show the item of a primary
// key: to name the place. What an attribute tells is never a part.
func (p *Projector) AddPlaces(to *Projection, key change.State) {
	c := &change.Change{Keys: key.Image, New: key}
	if s := &p.root; s.Told || key.Entity != nil && key.Entity.Name == s.Entity {
		op := Operation{Deleted: true, ID: s.documentID(c), Part: Root}
		to.Operations = append(to.Operations, p.address(op, c, s))
	}
	for i := range p.parts {
		if s := &p.parts[i]; key.Entity != nil && key.Entity.Name == s.Entity {
			op := Operation{Deleted: true, ID: s.rootID(c, p.index.Root.Entity), Part: s.partID(c)}
			to.Operations = append(to.Operations, p.address(op, c, s))
		}
	}
}

// address fills in what all operations of the index have in common.
func (p *Projector) address(op Operation, c *change.Change, s *source) Operation {
	op.Index, op.Entity = p.index.Name, p.index.Root.Entity
	op.Version, op.At, op.Model = c.Version, c.At, p.model
	op.Tenant = c.Evidence(p.index.Table.Stamps).Tenant
	if len(p.index.Routing) > 0 {
		op.Routing = joinIDs(nil, s.values(c, p.index.Routing))
	}
	return op
}

// operation projects the change onto the source. There is none where the index did not show the item before the
// change and does not after it: the change that took it out, if there was one, leaves the tombstone.
func (s *source) operation(c *change.Change, to *Projection) (Operation, bool) {
	before, after := s.shows(c.Old, to), s.shows(c.New, to)
	if !after {
		return Operation{Deleted: true}, before
	}
	var op Operation
	op.Body, op.Dropped, op.Unlisted = s.body(c.New)
	return op, true
}

// shows says whether the index shows an item in this state.
func (s *source) shows(state change.State, to *Projection) bool {
	if state.Entity == nil || state.Entity.Name != s.Entity {
		return false
	}
	return s.holds("where", s.where, true, state, to) && !s.holds("gone", s.gone, false, state, to)
}

// holds evaluates a rule; without is what holds where the source has no such rule.
func (s *source) holds(name string, r *model.Rule, without bool, state change.State, to *Projection) bool {
	if r == nil {
		return without
	}
	ok, err := r.Eval(nil, state, state)
	if err != nil {
		to.RuleFaults = append(to.RuleFaults, fmt.Errorf("search index %s: %s of %s: %w", s.index, name, s.Entity, err))
	}
	return ok && err == nil
}

// body is the canonical JSON object of the source's fields in the state.
func (s *source) body(state change.State) (body []byte, dropped, unlisted []string) {
	report := change.Report{Terms: s.terms}
	body = append(make([]byte, 0, 256), '{')
	for i := range s.shown {
		f := &s.shown[i]
		mark := len(body)
		if mark > 1 {
			body = append(body, ',')
		}
		body = append(jcs.AppendString(body, f.Name), ':')
		out, present, fits := state.AppendField(body, f, &report)
		if !present || !fits {
			body = body[:mark]
			continue
		}
		body = out
	}
	slices.Sort(report.Dropped)
	return append(body, '}'), report.Dropped, report.Unlisted
}
