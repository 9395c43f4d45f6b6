package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// The two changes of a run.
const (
	written = "written"
	removed = "deleted"
)

const (
	smokeTick = 100 * time.Millisecond
	// early is how much earlier than its write a record may say that it was made: DynamoDB's creation times are approximate,
	// and those of DynamoDB Local are whole minutes.
	early = 2 * time.Minute
)

// look says whether a place shows the change, and if not, what it shows instead.
type look func(ctx context.Context) (seen bool, instead string, err error)

// watch looks at all places side by side until each shows the change, or the time is over.
func (s *smoke) watch(ctx context.Context, step string, since time.Time) {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	places := []struct {
		outlet, name string
		look         look
		unseen       string // why it cannot be seen, if it cannot
	}{
		{consume.Search, "document", s.lookAtDocument(step), s.noDocument()},
		{consume.Events, "event", s.lookAtEvent(step), s.noEvent(step)},
		{consume.Audit, "audit line", s.lookAtLine(step), ""},
	}
	seen := make([]*sighting, len(places))
	var all sync.WaitGroup
	for i, p := range places {
		saidBefore := step == removed && (p.unseen != "" || p.outlet == consume.Events && s.canary.removal == nil)
		if !s.looks(p.outlet) || saidBefore {
			continue
		}
		seen[i] = &sighting{Step: step, Place: p.name, State: stateUnseen, Says: p.unseen}
		if p.unseen == "" {
			all.Go(func() { seen[i].wait(ctx, p.look, since) })
		}
	}
	all.Wait()
	for _, one := range seen {
		if one != nil {
			s.report.Seen = append(s.report.Seen, *one)
		}
	}
}

// wait asks again and again. An error is that of the last answer: places come up, and connections come back.
func (g *sighting) wait(ctx context.Context, look look, since time.Time) {
	tick := time.NewTicker(smokeTick)
	defer tick.Stop()
	for {
		ok, instead, err := look(ctx)
		if ok {
			g.State, g.Milliseconds, g.Says = stateSeen, time.Since(since).Milliseconds(), ""
			return
		}
		if ctx.Err() == nil { // what was cut short says nothing
			g.State, g.Says = stateMissing, instead
			if err != nil {
				g.State, g.Says = stateBlind, hinted(err).Error()
			}
		}
		select {
		case <-ctx.Done():
			if g.State == stateUnseen {
				g.State, g.Says = stateMissing, "there was no time for an answer"
			}
			return
		case <-tick.C:
		}
	}
}

func (s *smoke) noDocument() string {
	if s.canary.indexed {
		return ""
	}
	return s.canary.entity.Name + " is not the root of a document, or rules decide that: name another entity with --entity, " +
		"or --skip search"
}

// lookAtDocument compares the document with what the model makes of the item, as outflow why does.
func (s *smoke) lookAtDocument(step string) look {
	return func(ctx context.Context) (bool, string, error) {
		w := &why{deployment: s.deployment, key: s.canary.key, now: s.started, report: newReport(s.canary.key), subject: s.subject}
		if w.subject == nil {
			if err := errors.Join(w.lookAtItem(ctx), w.identify()); err != nil {
				return false, "", err
			}
			s.subject = w.subject
		}
		if err := w.lookAtDocuments(ctx); err != nil {
			return false, "", err
		}
		found := false
		for _, d := range w.report.Documents {
			found = found || d.Part == search.Root && d.Source != nil
		}
		if step == removed {
			return !found, "readers still find it", nil
		}
		return found && len(w.report.Wrong) == 0, strings.Join(w.report.Wrong, "; "), nil
	}
}

func (s *smoke) noEvent(step string) string {
	switch {
	case step == written && s.canary.event == nil:
		return fmt.Sprintf("no event is sure to announce the insertion of %s: name another entity with --entity, or --skip events",
			s.canary.entity.Name)
	case s.target.Events == "":
		return fmt.Sprintf("the bus %s keeps no events: to see them, run outflow events tail beside it; --skip events does without",
			s.target.Bus)
	}
	return ""
}

func (s *smoke) beginEvents() error {
	if s.target.Events == "" || !s.looks(consume.Events) {
		return nil
	}
	s.events.path = filepath.Join(s.dir, "events.ndjson")
	return s.events.begin(false)
}

// lookAtEvent reads what the local bus has accepted since.
func (s *smoke) lookAtEvent(step string) look {
	rule := s.canary.event
	if step == removed {
		rule = s.canary.removal
	}
	return func(context.Context) (bool, string, error) {
		found := false
		_, err := s.events.lines(func(line []byte) error {
			mine, err := s.isMine(line, rule)
			found = found || mine
			return err
		})
		return found, "the bus has accepted none", err
	}
}

func (s *smoke) isMine(line []byte, rule *model.Event) (bool, error) {
	var event struct {
		Type   string `json:"detail-type"`
		Detail struct {
			Metadata struct {
				Entity string         `json:"entity"`
				Key    map[string]any `json:"key"`
			} `json:"metadata"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(line, &event); err != nil {
		return false, fmt.Errorf("read the event %.80s: %w", line, err)
	}
	if event.Type != rule.Name || event.Detail.Metadata.Entity != s.canary.entity.Name {
		return false, nil
	}
	for name, value := range s.keyFields() {
		got := event.Detail.Metadata.Key[name]
		if number, ok := got.(float64); ok {
			got = int64(number)
		}
		if fmt.Sprint(got) != fmt.Sprint(value) {
			return false, nil
		}
	}
	return true, nil
}

// lookAtLine reads the log from a little before the run on.
func (s *smoke) lookAtLine(step string) look {
	op := model.Insert
	if step == removed {
		op = model.Remove
	}
	return func(ctx context.Context) (bool, string, error) {
		log, err := s.log()
		if err != nil {
			return false, "", err
		}
		var summary audit.Summary
		var fault error
		for line, err := range log.Show(ctx, audit.Query{From: s.started.Add(-early), Key: s.canary.key}, &summary) {
			if err == nil && line.Op == op {
				return true, "", nil
			}
			fault = errors.Join(fault, err)
		}
		return false, "the log has none", fault
	}
}
