package publish

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// namespace is the fixed namespace of event ids: UUIDv5 of https://github.com/outflow-dev/outflow/events in the URL
// namespace. It must never change, since subscribers deduplicate by id.
var namespace = uuid.MustParse("ab4c70d1-1b23-5636-94f5-f3094801d068")

// Event is one announcement of a change.
type Event struct {
	ID       string // UUIDv5 over stream ARN, sequence number, event id of the record, event name and schema
	Name     string // the detail-type
	Schema   int
	Version  string // of the change: orders the events of one item
	Item     string // the item's primary key, in canonical JSON
	Time     time.Time
	Metadata string // the members of detail.metadata, without the braces

	detail string
}

// Poison is an event that the model asks for and that can never be made from this record.
type Poison struct {
	Event  string // its name
	Reason error
}

// Result is what the model asks to announce of some changes.
type Result struct {
	Events     []Event // in order of the changes, then by name and schema
	Poison     []Poison
	RuleFaults []error  // conditions that could not be evaluated and counted as false; for counting
	Unlisted   []string // "<event>.<path>" of enum values that the model does not list; for counting

	scratch []byte // room in which one event after the other is put together
}

// reset empties the result and keeps its room.
func (r *Result) reset() {
	clear(r.Events)
	*r = Result{Events: r.Events[:0], scratch: r.scratch}
}

// Builder makes events by one model. It is safe for concurrent use.
type Builder struct {
	model    *model.Model
	rules    map[*model.Entity][]rule
	replayed bool // what metadata.replayed says
}

// rule is a model.Event made ready.
type rule struct {
	*model.Event
	entity *model.Entity
	when   *model.Rule
	data   []*model.Field
	asked  []*model.Field // those that changed and before may speak of: in data or in a condition; by name
}

// NewBuilder prepares the model's events. An error means that a rule does not compile, which a checked model
// excludes.
func NewBuilder(m *model.Model) (*Builder, error) {
	b := &Builder{model: m, rules: map[*model.Entity][]rule{}}
	for _, e := range m.Sorted() {
		for i := range e.Events {
			r, err := newRule(e, &e.Events[i])
			if err != nil {
				return nil, fmt.Errorf("event %s of %s: %w", e.Events[i].Name, e.Name, err)
			}
			b.rules[e] = append(b.rules[e], r)
		}
	}
	return b, nil
}

// Replay says which of the events that changes once asked for are sent again.
type Replay struct {
	Entity string // "" for all
	Event  string // its name; "" for all
}

// Replaying returns a builder of the same events, with the same ids, but for metadata.replayed, which is true; and of no
// others than r says.
func (b *Builder) Replaying(r Replay) *Builder {
	again := &Builder{model: b.model, rules: map[*model.Entity][]rule{}, replayed: true}
	for e, rules := range b.rules {
		for _, one := range rules {
			if (r.Entity == "" || r.Entity == e.Name) && (r.Event == "" || r.Event == one.Name) {
				again.rules[e] = append(again.rules[e], one)
			}
		}
	}
	return again
}

func newRule(e *model.Entity, ev *model.Event) (rule, error) {
	r := rule{Event: ev, entity: e}
	asked := slices.Concat(ev.Data, ev.Changes)
	for _, c := range ev.Becomes {
		asked = append(asked, c.Field)
	}
	if ev.When != "" {
		scope := model.RuleScope{Entity: e.Name, Fields: e.Fields, KeyFields: e.KeyFields, Old: true}
		when, err := model.CompileRule(ev.When, scope)
		if err != nil {
			return r, err
		}
		r.when = when
		asked = append(asked, when.Fields()...)
	}
	slices.Sort(asked)
	r.data, r.asked = fields(e, ev.Data), fields(e, slices.Compact(asked))
	return r, nil
}

func fields(e *model.Entity, names []string) []*model.Field {
	all := make([]*model.Field, len(names))
	for i, name := range names {
		all[i] = e.Field(name)
	}
	return all
}

// Add appends the events that the change asks for. A record that did not decode asks for none: the consumer parks
// it whole.
func (b *Builder) Add(to *Result, c *change.Change) {
	if c.Fault != nil {
		return
	}
	if c.Old.Entity != c.New.Entity && c.Old.Entity != nil {
		b.addFor(to, c, side{c.Old, change.State{}})
	}
	if c.New.Entity != nil && c.Old.Entity != c.New.Entity {
		b.addFor(to, c, side{change.State{}, c.New})
	}
	if c.New.Entity != nil && c.Old.Entity == c.New.Entity {
		b.addFor(to, c, side{c.Old, c.New})
	}
}

// side is a change as one entity sees it: an item that an attribute makes another entity's is removed from the one
// and inserted into the other.
type side struct{ old, new change.State }

func (s side) operation() string {
	switch {
	case !s.old.Exists():
		return model.Insert
	case !s.new.Exists():
		return model.Remove
	}
	return model.Modify
}

// current is the state that data speaks of: the new one, or the old one of a removed item.
func (s side) current() change.State {
	if s.new.Exists() {
		return s.new
	}
	return s.old
}

func (b *Builder) addFor(to *Result, c *change.Change, s side) {
	for i := range b.rules[s.current().Entity] {
		r := &b.rules[s.current().Entity][i]
		fires, err := r.fires(s)
		if err != nil {
			to.RuleFaults = append(to.RuleFaults, fmt.Errorf("event %s: %w", r.Name, err))
		}
		if !fires {
			continue
		}
		ev, err := b.event(to, r, c, s)
		if err != nil {
			to.Poison = append(to.Poison, Poison{r.Name, err})
			continue
		}
		to.Events = append(to.Events, ev)
	}
}

func (r *rule) fires(s side) (bool, error) {
	if !slices.Contains(r.Change, s.operation()) {
		return false, nil
	}
	if len(r.Becomes) > 0 {
		now, err := r.inState(s.new)
		was, _ := r.inState(s.old) // an old value that fits no more is another state
		if err != nil || !now || was {
			return false, err
		}
	}
	if len(r.Changes) > 0 && !r.changed(s) {
		return false, nil
	}
	if r.when == nil {
		return true, nil
	}
	fires, err := r.when.Eval(s.old, s.new, s.current())
	if err != nil {
		return false, fmt.Errorf("when: %w", err)
	}
	return fires, nil
}

// changed says whether one of the fields of changes differs between the images. There are two: a rule with changes
// has modify as its only operation.
func (r *rule) changed(s side) bool {
	return slices.ContainsFunc(r.Changes, func(name string) bool { return s.differs(r.entity.Field(name)) })
}

// inState says whether all conditions of becomes hold. A value that does not fit its type meets none: the error is
// for counting.
func (r *rule) inState(state change.State) (bool, error) {
	if !state.Exists() {
		return false, nil
	}
	for _, condition := range r.Becomes {
		value, present, fits := state.AppendField(nil, r.entity.Field(condition.Field), &change.Report{})
		if !fits {
			return false, fmt.Errorf("becomes: field %s: %w", condition.Field, ErrUnfit)
		}
		if !present || string(value) != string(condition.Value) {
			return false, nil
		}
	}
	return true, nil
}

// differs says whether the field is not the same in both states. A null attribute is an absent one, as in rules.
func (s side) differs(f *model.Field) bool {
	old, was := present(s.old, f)
	current, is := present(s.new, f)
	if was != is {
		return true
	}
	return was && !change.EqualValues(old, current)
}

func present(state change.State, f *model.Field) (change.Value, bool) {
	v, ok := state.Value(f)
	return v, ok && v.Kind() != change.KindNULL
}
