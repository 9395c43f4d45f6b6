package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// Replay is one run of a replay.
type Replay struct {
	Model   *model.Model
	Log     *audit.Log
	Builder *publish.Builder // one that is Replaying
	Outlet  consume.Outlet   // a publish.Outlet with the same Replay; nil to count what would be sent
	// Keep is given the state after each batch that is done, and before the first; its error ends the run. nil for nothing.
	Keep func(*State) error
	// Fault is told of an object of the log that cannot be read, and of a change of which an event cannot be made or sent;
	// its error ends the run.
	Fault func(error) error
}

// batchLines is how many changes are sent before the state is kept.
const batchLines = 100

// Run goes on from the state to its end. Its error says that it did not get there, and the state how far it came.
func (r *Replay) Run(ctx context.Context, s *State) error {
	s.Counts.Raw, s.Counts.Baselines, s.Counts.Faults = 0, 0, 0
	if s.Counts.Events == nil {
		s.Counts.Events = map[string]int{}
	}
	query, err := s.query()
	if err == nil {
		err = r.keep(s)
	}
	if err != nil {
		return err
	}
	var summary audit.Summary
	var batch []audit.Line
	for line, err := range r.Log.Show(ctx, query, &summary) {
		if err != nil && summary.Faults == s.Counts.Faults { // a listing that failed, and nothing that the log holds
			return err
		}
		s.Counts.Faults = summary.Faults
		if err != nil {
			err = r.Fault(err)
		} else if s.takes(&line) {
			batch = append(batch, line)
		}
		if err == nil && len(batch) == batchLines {
			err = r.send(ctx, s, batch)
			batch = batch[:0]
		}
		if err != nil {
			return err
		}
	}
	if len(batch) > 0 {
		return r.send(ctx, s, batch)
	}
	return nil
}

// takes counts a line that has no events, and says whether the line is a change that is not done yet.
func (s *State) takes(line *audit.Line) bool {
	switch {
	case line.IsRaw():
		s.Counts.Raw++
		return false
	case operation(line.Op) == "":
		s.Counts.Baselines++
		return false
	}
	return line.Version() > s.After
}

// send announces the changes of a batch, and notes that they are done.
func (r *Replay) send(ctx context.Context, s *State, lines []audit.Line) error {
	decoded, err := decode(r.Model, lines)
	if err != nil {
		return fmt.Errorf("replay from %s on: %w", lines[0].Version(), err)
	}
	changes := make([]*change.Change, len(decoded))
	for i := range decoded {
		changes[i] = &decoded[i]
	}
	outcome := r.deliver(ctx, changes)
	for _, p := range outcome.Poison {
		if err := r.Fault(fmt.Errorf("change %s: %w", lines[p.Index].Version(), p.Reason)); err != nil {
			return err
		}
	}
	done := len(lines)
	if len(outcome.Pending) > 0 {
		done = outcome.Pending[0]
	}
	s.note(r, lines[:done], changes[:done], outcome.Poison)
	return errors.Join(outcome.Err, r.keep(s))
}

func (r *Replay) keep(s *State) error {
	if r.Keep == nil {
		return nil
	}
	return r.Keep(s)
}

// deliver sends the events of changes, or finds out which of them cannot be made.
func (r *Replay) deliver(ctx context.Context, changes []*change.Change) consume.Outcome {
	if r.Outlet != nil {
		return r.Outlet.Deliver(ctx, changes)
	}
	var outcome consume.Outcome
	for i, c := range changes {
		var asked publish.Result
		if r.Builder.Add(&asked, c); c.Fault != nil {
			outcome.Poison = append(outcome.Poison, consume.Poison{Index: i, Reason: c.Fault})
		}
		for _, p := range asked.Poison {
			outcome.Poison = append(outcome.Poison, consume.Poison{Index: i, Reason: fmt.Errorf("event %s: %w", p.Event, p.Reason)})
		}
	}
	return outcome
}

// note counts changes that are done. An event that was refused counts among those sent too, as one of its change.
func (s *State) note(r *Replay, lines []audit.Line, changes []*change.Change, poison []consume.Poison) {
	var asked publish.Result
	for i, c := range changes {
		r.Builder.Add(&asked, c)
		if modelOf(&lines[i]) != r.Model.Version() {
			s.Counts.Other++
		}
	}
	for i := range asked.Events {
		s.Counts.Events[asked.Events[i].Name]++
	}
	last := -1
	for _, p := range poison {
		if p.Index < len(changes) && p.Index != last {
			s.Counts.Refused++
		}
		last = p.Index
	}
	s.Counts.Changes += len(changes)
	if len(lines) > 0 {
		s.After = lines[len(lines)-1].Version()
	}
}

// modelOf is the version of the model that a line was written under, "" where it does not say.
func modelOf(line *audit.Line) string {
	var view struct {
		Model string `json:"model"`
	}
	if json.Unmarshal(line.View, &view) != nil {
		return ""
	}
	return view.Model
}
