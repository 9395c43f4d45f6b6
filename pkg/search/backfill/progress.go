package backfill

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// Poison is an item that an index's mapping can never take. Somebody must look: at the item, or at the model.
type Poison struct {
	Key    json.RawMessage `json:"key"`    // primary key in DynamoDB JSON; null where the item does not decode
	Reason string          `json:"reason"` // holds no item data
}

// Progress is a State that lanes bring forward together.
type Progress struct {
	// Keep stores the state before anything follows on it. An error ends the run.
	Keep func(*State) error
	// Poisoned stores the items of a page that are poison, before Keep stores that the page is done. After a crash between
	// the two they come again.
	Poisoned func([]Poison) error

	mu    sync.Mutex
	state State
}

// NewProgress goes on from a state.
func NewProgress(s *State) *Progress { return &Progress{state: *s} }

// State is a copy of the state as it is.
func (p *Progress) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	s.Lanes = slices.Clone(s.Lanes)
	return s
}

func (p *Progress) open() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lanes []int
	for i, lane := range p.state.Lanes {
		if !lane.Done {
			lanes = append(lanes, i)
		}
	}
	return lanes
}

func (p *Progress) after(lane int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state.Lanes[lane].After
}

// step is a page that is done.
type step struct {
	lane   int
	page   Page
	given  int
	filled search.Filled
	poison []Poison
}

func (p *Progress) done(s *step) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(s.poison) > 0 && p.Poisoned != nil {
		if err := p.Poisoned(s.poison); err != nil {
			return err
		}
	}
	c := &p.state.Counts
	c.Pages++
	c.Seen += s.page.Seen
	c.Given += s.given
	c.Created += s.filled.Created
	c.Equal += s.filled.Equal
	c.Read += s.filled.Read
	c.Unmatched += s.filled.Unmatched
	c.Poison += len(s.poison)
	p.state.Lanes[s.lane] = Lane{After: s.page.After, Done: s.page.After == ""}
	return p.keep()
}

// end notes that a lane has no further page.
func (p *Progress) end(lane int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.Lanes[lane].Done {
		return nil
	}
	p.state.Lanes[lane] = Lane{Done: true}
	return p.keep()
}

func (p *Progress) keep() error {
	if p.Keep == nil {
		return nil
	}
	return p.Keep(&p.state)
}

// keyOf is the primary key of an item, null where that is not to be had.
func keyOf(m *model.Model, item []byte) json.RawMessage {
	state, err := change.DecodeItem(m, item)
	if err != nil {
		return json.RawMessage("null")
	}
	return state.AppendKey(nil, m.Table)
}
