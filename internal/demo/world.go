package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// World is what the three readers see.
type World struct {
	Search     *search.Reader
	Log        *audit.Log
	Table      model.Table
	EventsFile string // events.ndjson: what the bus accepted, as subscribers get it
}

// expectation is what a change is to cause: an audit line of the item always, a document and an event where they are
// named.
type expectation struct {
	index, id string // of the document; "" for none
	event     string // its name; "" for none
	key       string // of the item, as audit.ParseKey takes it
	isGone    bool   // the document is to be no longer there
}

func (e expectation) gone() expectation {
	e.isGone = true
	return e
}

// view is what the readers see at one time.
type view struct {
	document []byte // nil where readers do not see it
	version  string
	events   [][]byte // with the expected name
	lines    []audit.Line
}

func (w *World) document(ctx context.Context, e expectation) (source []byte, version string, err error) {
	if e.index == "" {
		return nil, "", nil
	}
	hit, found, err := w.Search.Get(ctx, e.index, e.id)
	var refused *search.StatusError
	if errors.Is(err, search.ErrNoIndex) || errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable {
		return nil, "", nil // the index is not there yet, or its shards are not
	}
	if err != nil || !found {
		return nil, "", err
	}
	var reserved struct{ Outflow struct{ Version string } }
	err = json.Unmarshal(hit.Source, &reserved)
	return hit.Source, reserved.Outflow.Version, err
}

// events reads the whole file: a demo's is small.
func (w *World) events(e expectation) ([][]byte, error) {
	if e.event == "" {
		return nil, nil
	}
	content, err := os.ReadFile(w.EventsFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all [][]byte
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, 2<<20)
	for lines.Scan() {
		var event struct {
			DetailType string `json:"detail-type"`
		}
		if json.Unmarshal(lines.Bytes(), &event) == nil && event.DetailType == e.event { // the last line may be half
			all = append(all, bytes.Clone(lines.Bytes()))
		}
	}
	return all, lines.Err()
}

func (w *World) lines(ctx context.Context, e expectation) ([]audit.Line, error) {
	key, err := audit.ParseKey(w.Table, e.key)
	if err != nil {
		return nil, err
	}
	var all []audit.Line
	var summary audit.Summary
	for line, err := range w.Log.Show(ctx, audit.Query{Key: key}, &summary) {
		if err != nil {
			return nil, err
		}
		all = append(all, line)
	}
	return all, nil
}

// seen is what a change caused, and how long each part of it took.
type seen struct {
	expectation
	view
	documentAfter, eventAfter, lineAfter time.Duration
}

// poll is how often a reader asks.
const poll = 50 * time.Millisecond

// await waits until all three readers see what is expected, each for itself.
func (w *World) await(ctx context.Context, e expectation, before view, since time.Time) (seen, error) {
	s := seen{expectation: e}
	var readers sync.WaitGroup
	var faults [3]error
	readers.Go(func() {
		s.documentAfter, faults[0] = until(ctx, "document", since, func() (done bool, err error) {
			s.document, s.version, err = w.document(ctx, e)
			changed := s.document != nil && s.version != before.version
			return e.index == "" || e.isGone && s.document == nil || !e.isGone && changed, err
		})
	})
	readers.Go(func() {
		s.eventAfter, faults[1] = until(ctx, "event", since, func() (done bool, err error) {
			s.events, err = w.events(e)
			return e.event == "" || len(s.events) > len(before.events), err
		})
	})
	readers.Go(func() {
		s.lineAfter, faults[2] = until(ctx, "audit line", since, func() (done bool, err error) {
			s.lines, err = w.lines(ctx, e)
			return len(s.lines) > len(before.lines), err
		})
	})
	readers.Wait()
	return s, errors.Join(faults[:]...)
}

// until asks again and again, and returns how long it took.
func until(ctx context.Context, what string, since time.Time, done func() (bool, error)) (time.Duration, error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		ok, err := done()
		if err != nil && ctx.Err() == nil {
			return 0, fmt.Errorf("read the %s: %w", what, err)
		}
		if ok {
			return time.Since(since), nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("the %s did not come: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}
