package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// smokeReport is what a run has seen.
type smokeReport struct {
	Entity string          `json:"entity"`
	Key    json.RawMessage `json:"key"`
	Seen   []sighting      `json:"seen"`
}

// sighting is one change at one place.
type sighting struct {
	Step         string `json:"step"`                   // written or deleted
	Place        string `json:"place"`                  // document, event or audit line
	State        string `json:"state"`                  // one of those below
	Milliseconds int64  `json:"milliseconds,omitempty"` // from before the write or deletion until it was seen
	Says         string `json:"says,omitempty"`         // where it was not seen: why, or what was there
}

// States of a sighting.
const (
	stateSeen    = "seen"
	stateMissing = "missing" // looked, and it did not show in time
	stateUnseen  = "unseen"  // it cannot be looked at
	stateBlind   = "blind"   // the place did not answer
)

func (r *smokeReport) print(out io.Writer) error {
	if _, err := fmt.Fprintf(out, "%s %s\n", r.Entity, r.Key); err != nil {
		return err
	}
	for _, g := range r.Seen {
		took := "        -"
		if g.State == stateSeen {
			took = fmt.Sprintf("%6d ms", g.Milliseconds)
		}
		row := fmt.Sprintf("%-8s %-11s %s  %s", g.Step, g.Place, took, g.State)
		if g.Says != "" {
			row += ": " + g.Says
		}
		if _, err := fmt.Fprintln(out, row); err != nil {
			return err
		}
	}
	return nil
}

// verdict is the exit status that the sightings make: the worst of them.
func (r *smokeReport) verdict() error {
	has := func(state string) bool {
		return slices.ContainsFunc(r.Seen, func(g sighting) bool { return g.State == state })
	}
	switch {
	case has(stateBlind):
		return errors.New("not every place could be looked at: what is printed says why")
	case has(stateMissing):
		return errWrong
	case has(stateUnseen):
		return unproven("not everything could be seen: what is printed says why, and how")
	case len(r.Seen) == 0:
		return unproven("nothing was looked at: the target has no outlet that the model uses, or all are skipped")
	}
	return nil
}
