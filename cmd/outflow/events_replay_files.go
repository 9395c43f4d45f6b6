package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/replay"
)

// replayFiles is the state of a replay.
type replayFiles struct{ state string } // path

// open returns the state to go on from, or that of a beginning.
func (f *replayFiles) open(of replay.Identity, to time.Time) (*replay.State, error) {
	content, err := os.ReadFile(f.state)
	if errors.Is(err, fs.ErrNotExist) {
		return replay.NewState(of, to, time.Now()), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	s, err := replay.ReadState(content, of)
	if err != nil {
		return nil, fmt.Errorf("go on from %s: %w\nFinish that other replay with its own command, or name another file with "+
			"--state, or delete it to begin anew", f.state, err)
	}
	return s, nil
}

// keep writes the state, whole or not at all.
func (f *replayFiles) keep(s *replay.State) error {
	content, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	if err := wholefile.Replace(f.state, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the state: %w\nFree the disk or name a file that can be written with --state", err)
	}
	return nil
}

// close removes the state of a replay that is complete.
func (f *replayFiles) close() error {
	if err := os.Remove(f.state); err != nil {
		return fmt.Errorf("the replay is complete, but its state stays: %w", err)
	}
	return nil
}

// replayPrinter says what a replay meets and how it ends.
type replayPrinter struct {
	command *eventsReplayCommand
	out     io.Writer
}

// fault says what cannot be read or sent, as it is met.
func (p *replayPrinter) fault(err error) error {
	if p.command.JSON {
		return printJSON(p.out, "", map[string]string{"fault": err.Error()})
	}
	_, err = fmt.Fprintf(p.out, "FAULT  %v\n", err)
	return err
}

// replaySummary is the summary in JSON.
type replaySummary struct {
	Sent     bool          `json:"sent"`     // false: it is what would be sent
	Complete bool          `json:"complete"` // the end was reached
	Bus      string        `json:"bus"`
	Until    time.Time     `json:"until"`
	Seconds  float64       `json:"seconds"` // that sending takes at the rate
	Counts   replay.Counts `json:"counts"`
}

func (p *replayPrinter) summary(s *replay.State, failed error) error {
	c, counts := p.command, &s.Counts
	seconds := float64(counts.Sum()) / c.Rate
	if c.JSON {
		return printJSON(p.out, "", map[string]replaySummary{"summary": {
			Sent: c.Yes, Complete: failed == nil, Bus: c.Bus, Until: s.Until, Seconds: seconds, Counts: *counts,
		}})
	}
	text := ""
	for _, name := range slices.Sorted(maps.Keys(counts.Events)) {
		text += fmt.Sprintf("%8d  %s\n", counts.Events[name], name)
	}
	text += fmt.Sprintf("%d events of %d changes before %s, for bus %s\n", counts.Sum(), counts.Changes, s.Until.Format(time.RFC3339), c.Bus)
	for _, row := range []struct {
		n    int
		what string
	}{
		{counts.Other, "changes were recorded under another model: their events are what this one makes of them"},
		{counts.Raw, "records did not decode when they were recorded, and have no events"},
		{counts.Baselines, "baselines are no changes, and have no events"},
		{counts.Refused, "changes have events that cannot be made or sent (see FAULT above)"},
		{counts.Faults, "faults of the log (see FAULT above): what stood there was not sent"},
	} {
		if row.n > 0 {
			text += fmt.Sprintf("%d %s\n", row.n, row.what)
		}
	}
	switch {
	case failed != nil:
		text += "not complete\n"
	case c.Yes:
		text += "all sent\n"
	default:
		text += fmt.Sprintf("nothing was sent; at %g a second it takes %s: send with --yes\n", c.Rate,
			time.Duration(seconds*float64(time.Second)).Round(time.Second))
	}
	_, err := io.WriteString(p.out, text)
	return err
}
