package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// ErrOther says that a state cannot be gone on from: it is of another replay, or is not whole. The caller finishes that
// other replay, or begins anew without the state.
var ErrOther = errors.New("the state is not of this replay")

// StateFormat is the version of State's form; ReadState refuses any other.
const StateFormat = 1

// State is how far a replay has come: all that another process needs to go on.
type State struct {
	Format int       `json:"format"` // StateFormat
	Of     Identity  `json:"of"`
	Until  time.Time `json:"until"` // the end of what is read, not included; Of.To, or when the replay began
	After  string    `json:"after"` // version of the last change that is done; "" for none
	Counts Counts    `json:"counts"`
}

// Identity says what a replay is of. States of different replays have different ones.
type Identity struct {
	Log    string `json:"log"` // <bucket>/<name>-<stage>
	Bus    string `json:"bus"`
	Model  string `json:"model"` // hash
	From   string `json:"from"`  // RFC 3339
	To     string `json:"to"`    // "" for the time at which it began
	Entity string `json:"entity"`
	Event  string `json:"event"`
}

// Counts are of the changes that are done, over all runs of a replay; but those of Raw, Baselines and Faults are of the
// last run, which meets all of them again.
type Counts struct {
	Changes int            `json:"changes"`
	Events  map[string]int `json:"events"`  // by name
	Refused int            `json:"refused"` // changes of which an event can never be made or sent
	Other   int            `json:"other"`   // changes recorded under another model

	Raw       int `json:"raw"`       // records that did not decode when they were recorded: they had no events
	Baselines int `json:"baselines"` // states at the beginning of the log: no changes
	Faults    int `json:"faults"`    // objects of the log that could not be read, and records whose lines differ
}

// Sum is how many events there are.
func (c *Counts) Sum() int {
	sum := 0
	for _, n := range c.Events {
		sum += n
	}
	return sum
}

// NewState is that of a replay of which nothing is done. A replay without an end of its own ends where now is.
func NewState(of Identity, to, now time.Time) *State {
	s := &State{Format: StateFormat, Of: of, Until: to}
	if to.IsZero() {
		s.Until = now.UTC()
	}
	return s
}

// query is what of the log there is to read.
func (s *State) query() (audit.Query, error) {
	from, err := time.Parse(time.RFC3339Nano, s.Of.From)
	if err != nil {
		return audit.Query{}, fmt.Errorf("%w: from: %w", ErrOther, err)
	}
	return audit.Query{From: from, To: s.Until}, nil
}

// ReadState reads a state to go on from, and refuses with ErrOther one that is not whole or is not of this replay.
func ReadState(content []byte, of Identity) (*State, error) {
	var s State
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return nil, fmt.Errorf("%w: it is not whole: %w", ErrOther, err)
	}
	if s.Format != StateFormat {
		return nil, fmt.Errorf("%w: it has format %d and this outflow knows %d", ErrOther, s.Format, StateFormat)
	}
	if differences := s.Of.differences(&of); len(differences) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrOther, strings.Join(differences, "; "))
	}
	return &s, nil
}

func (i *Identity) differences(is *Identity) []string {
	var all []string
	for _, row := range []struct{ what, was, is string }{
		{"the log", i.Log, is.Log}, {"the bus", i.Bus, is.Bus}, {"the model", i.Model, is.Model}, {"--from", i.From, is.From},
		{"--to", i.To, is.To}, {"--entity", i.Entity, is.Entity}, {"--event", i.Event, is.Event},
	} {
		if row.was != row.is {
			all = append(all, fmt.Sprintf("%s was %q and is %q", row.what, row.was, row.is))
		}
	}
	return all
}
