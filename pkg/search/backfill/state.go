package backfill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrOther says that a state cannot be gone on from: it is of another backfill, or is not whole. The caller finishes that
// other backfill, or begins anew without the state.
var ErrOther = errors.New("the state is not of this backfill")

// StateFormat is the version of State's form; ReadState refuses any other.
const StateFormat = 1

// State is how far a backfill has come: all that another process needs to go on.
type State struct {
	Format int       `json:"format"` // StateFormat
	Of     Identity  `json:"of"`
	Began  time.Time `json:"began"`
	Lanes  []Lane    `json:"lanes"`
	Counts Counts    `json:"counts"`
}

// Lane is how far a lane has been read.
type Lane struct {
	After string `json:"after,omitempty"` // the last page that is done; "" for none
	Done  bool   `json:"done,omitempty"`
}

// Counts are of the pages that are done, over all runs of the backfill. Each item that was given is in one of Created to
// Poison.
type Counts struct {
	Pages     int     `json:"pages"`
	Seen      int     `json:"seen"`      // items read, with those that the filter left out
	Given     int     `json:"given"`     // items given to the indexes
	Created   int     `json:"created"`   // new in the index
	Equal     int     `json:"equal"`     // the index showed this already
	Read      int     `json:"read"`      // the index showed something else, so the item was read anew beside its document
	Unmatched int     `json:"unmatched"` // no entity of the model, or of no document
	Poison    int     `json:"poison"`    // refused by an index's mapping
	Units     float64 `json:"units"`     // read units, as far as DynamoDB told
}

// Identity says what a backfill is of. States of different backfills have different ones.
type Identity struct {
	Table   string  `json:"table"`
	Stream  string  `json:"stream"` // label of the table's stream, "" where it is not known
	Source  string  `json:"source"` // what is read, and in how many lanes
	Entity  string  `json:"entity"`
	Prefix  string  `json:"prefix"`
	Model   string  `json:"model"` // hash
	Indexes []Index `json:"indexes"`
}

// Index is a physical index that is filled.
type Index struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"` // an index that was made anew has lost what it was given
}

// differences says what two backfills do not have in common.
func (i *Identity) differences(is *Identity) []string {
	var all []string
	for _, row := range []struct{ what, was, is string }{
		{"the table", i.Table, is.Table}, {"the stream", i.Stream, is.Stream}, {"what is read", i.Source, is.Source},
		{"the entity", i.Entity, is.Entity}, {"the prefix", i.Prefix, is.Prefix}, {"the model", i.Model, is.Model},
		{"the indexes", indexList(i.Indexes), indexList(is.Indexes)},
	} {
		if row.was != row.is {
			all = append(all, fmt.Sprintf("%s was %q and is %q", row.what, row.was, row.is))
		}
	}
	return all
}

func indexList(indexes []Index) string {
	var all []string
	for _, x := range indexes {
		all = append(all, x.Name+" of "+x.Created.UTC().Format(time.RFC3339Nano))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// NewState is that of a backfill of which nothing is done.
func NewState(of Identity, lanes int, now time.Time) *State {
	return &State{Format: StateFormat, Of: of, Began: now.UTC(), Lanes: make([]Lane, lanes)}
}

// ReadState reads a state to go on from, and refuses with ErrOther one that is not whole or is not of this backfill.
func ReadState(content []byte, of Identity, lanes int) (*State, error) {
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
	if len(s.Lanes) != lanes {
		return nil, fmt.Errorf("%w: it has %d lanes and there are %d", ErrOther, len(s.Lanes), lanes)
	}
	return &s, nil
}

// IsDone says that all lanes have been read to their ends.
func (s *State) IsDone() bool {
	return !slices.ContainsFunc(s.Lanes, func(l Lane) bool { return !l.Done })
}
