package audit

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// AsOf is the state of an item at a time, as far as the log tells. An item's own order is that of its versions: its state
// at a time is what the last change before the first one later than that time left. Times are the stream's, which are
// approximate.
type AsOf struct {
	Keys    json.RawMessage `json:"keys"`
	Item    json.RawMessage `json:"item"`              // the image; null where the item was not there
	At      *time.Time      `json:"at"`                // of the change or read that shows it; null where a later change's old image does
	Version string          `json:"version,omitempty"` // of that change
	Proof   Proof           `json:"proof"`
}

// Proof says what the state rests on.
type Proof string

// The proofs. Proven says which of them leave nothing open.
const (
	ByChange     Proof = "change"         // a change left it, and the next change, if there is one, found it so
	ByBaseline   Proof = "baseline"       // a read saw it, and the next change, if there is one, found it so
	NotYet       Proof = "not-yet"        // its first change is a later insert
	UnprovenFrom Proof = "start-unproven" // the first change known is later, and only its old image tells; or a later read
	Broken       Proof = "chain-broken"   // the next change found another state: a change between is missing
)

// Proven says that nothing is open.
func (p Proof) Proven() bool { return p == ByChange || p == ByBaseline || p == NotYet }

// At is the item's state at a time. found is false where the log has no line of the item.
func (h *History) At(at time.Time) (state AsOf, found bool) {
	if len(h.Lines) == 0 {
		return AsOf{}, false
	}
	p := past{at: at}
	for i := range h.Lines {
		p.add(&h.Lines[i])
	}
	return p.state(), true
}

// EntityQuery asks for all items of an entity at a time.
type EntityQuery struct {
	At     time.Time
	Entity string
	Model  *model.Model // says whose item it is, whatever the model was when the line was written
}

// StatesAt yields the states of all items of an entity that the log knows, in the order of their keys. It reads the
// whole log, and keeps the items of the entity in memory. What cannot be read is yielded as an error beside an empty
// state, as by Show.
func (l *Log) StatesAt(ctx context.Context, q EntityQuery, summary *Summary) iter.Seq2[AsOf, error] {
	return func(yield func(AsOf, error) bool) {
		items := map[string]*past{}
		for line, err := range l.Show(ctx, Query{}, summary) {
			if err != nil {
				if !yield(AsOf{}, err) {
					return
				}
				continue
			}
			if line.IsRaw() || !q.wants(&line) {
				continue
			}
			item := items[string(line.Keys)]
			if item == nil {
				item = &past{at: q.At}
				items[string(line.Keys)] = item
			}
			line.Text = nil
			item.add(&line)
		}
		for _, key := range slices.Sorted(maps.Keys(items)) {
			if !yield(items[key].state(), nil) {
				return
			}
		}
	}
}

// wants says whether the line is of the entity.
func (q *EntityQuery) wants(l *Line) bool {
	image := l.New
	if l.NewHash == "" {
		image = l.Old
	}
	state, err := change.DecodeItem(q.Model, image)
	return err == nil && state.Entity != nil && state.Entity.Name == q.Entity
}

// past is what is kept of an item's lines, which come in order.
type past struct {
	at            time.Time
	before, after *Line // the last change up to the time, and the first later one
	seen          *Line // the last baseline line up to the time
	later         *Line // the first one after it
	baselines     map[string]bool
}

func (p *past) add(l *Line) {
	line := *l
	late := l.At != nil && l.At.After(p.at)
	switch {
	case l.Op == OpBaseline && late:
		if p.later == nil {
			p.later = &line
		}
	case l.Op == OpBaseline:
		if p.seen == nil || line.At != nil && (p.seen.At == nil || p.seen.At.Before(*line.At)) {
			p.seen = &line
		}
		if p.baselines == nil {
			p.baselines = map[string]bool{}
		}
		p.baselines[l.NewHash] = true
	case p.after != nil:
	case late:
		line.New = nil
		p.after = &line
	default:
		line.Old = nil
		p.before = &line
	}
}

func (p *past) state() AsOf {
	switch {
	case p.before != nil && p.after != nil && p.after.OldHash != p.before.NewHash:
		return leftBy(p.before, Broken)
	case p.before != nil:
		return leftBy(p.before, ByChange)
	case p.after != nil:
		return p.beforeFirst()
	case p.seen != nil:
		return leftBy(p.seen, ByBaseline)
	}
	return leftBy(p.later, UnprovenFrom)
}

// beforeFirst is the state before the first change that the log has.
func (p *past) beforeFirst() AsOf {
	state := AsOf{Keys: p.after.Keys, Item: orNull(p.after.Old), Proof: UnprovenFrom}
	switch {
	case p.after.OldHash == "":
		state.Proof = NotYet
	case p.baselines[p.after.OldHash]:
		state.Proof = ByBaseline
	}
	return state
}

// leftBy is the state that a line left or saw.
func leftBy(l *Line, proof Proof) AsOf {
	return AsOf{Keys: l.Keys, Item: orNull(l.New), At: l.At, Version: l.version, Proof: proof}
}

func orNull(image json.RawMessage) json.RawMessage {
	if image == nil {
		return json.RawMessage("null")
	}
	return image
}
