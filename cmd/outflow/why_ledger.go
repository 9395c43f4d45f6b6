package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/parked"
)

// lookAtLog reads the item's lines.
func (w *why) lookAtLog(ctx context.Context, from time.Time) error {
	log, err := w.log()
	if err != nil {
		return err
	}
	var summary audit.Summary
	faults := 0
	for line, err := range log.Show(ctx, audit.Query{From: from, Key: w.key}, &summary) {
		switch {
		case err != nil && summary.Faults == faults:
			return err
		case err != nil:
			w.wrong("audit: %v", err)
			faults = summary.Faults
			continue
		}
		w.lines = append(w.lines, line)
		w.report.Audit = append(w.report.Audit, line.Text)
		w.report.rows = append(w.report.rows, lineText(&line))
	}
	if summary.Nameless > 0 {
		w.unproven("audit: %d records did not decode and name no item, so they may be of this one", summary.Nameless)
	}
	return nil
}

// compareLog says where the item's lines do not follow on each other, or do not end with the item as it is.
func (w *why) compareLog() {
	for i := 1; i < len(w.lines); i++ {
		if w.lines[i].OldHash != w.lines[i-1].NewHash {
			w.wrong("audit: between sequence numbers %s and %s a change is missing: the old image is not the new one before",
				w.lines[i-1].Seq, w.lines[i].Seq)
		}
	}
	if w.subject == nil {
		return
	}
	switch {
	case len(w.lines) > 0 && w.lines[len(w.lines)-1].NewHash != w.subject.line.NewHash:
		w.wrong("audit: its last line is not of the item as it is in the table")
	case len(w.lines) == 0 && w.subject.change.New.Exists():
		w.unproven("audit: no line of this item, so it was written before the log began, or its line is missing")
	}
}

// lookAtEvents reads events.ndjson, which only a local bus keeps.
func (w *why) lookAtEvents() error {
	if w.target.Events == "" {
		w.note("events: a bus keeps none; subscribers have them")
		return nil
	}
	if w.subject == nil || w.subject.entity() == nil {
		return nil
	}
	path := filepath.Join(w.dir, "events.ndjson")
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	defer f.Close()
	if err := w.readEvents(bufio.NewReader(f)); err != nil {
		return fmt.Errorf("read events: %s: %w", path, err)
	}
	return nil
}

// readEvents takes the item's events; a last line without an end is still being written.
func (w *why) readEvents(lines *bufio.Reader) error {
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		mine, err := w.isMine(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if mine {
			w.report.Events = append(w.report.Events, bytes.TrimSpace(line))
		}
	}
}

func (w *why) isMine(line []byte) (bool, error) {
	var event struct {
		Detail struct {
			Metadata struct {
				Entity string `json:"entity"`
				Key    any    `json:"key"`
			} `json:"metadata"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(line, &event); err != nil {
		return false, err
	}
	if event.Detail.Metadata.Entity != w.subject.entity().Name {
		return false, nil
	}
	var key any
	err := json.Unmarshal(w.subject.view.Key, &key)
	return reflect.DeepEqual(event.Detail.Metadata.Key, key), err
}

// lookAtParked reads all that is parked, open or not: only the records say whose they are.
func (w *why) lookAtParked(ctx context.Context) error {
	store, err := w.failures()
	if err != nil {
		return err
	}
	for entry, err := range store.List(ctx) {
		switch {
		case errors.Is(err, parked.ErrOutcome):
			continue // names no item; outflow parked list reports it
		case err != nil:
			return err
		}
		item, err := store.Read(ctx, entry)
		switch {
		case errors.Is(err, parked.ErrUnreadable):
			w.unproven("parked: %v, so it may be of this item", err)
		case err != nil:
			return err
		default:
			w.sift(&item)
		}
	}
	return nil
}

// sift keeps what holds a record of the item.
func (w *why) sift(item *parked.Item) {
	changes, err := change.Decode(w.model, item.Event())
	mine, nameless := false, err != nil
	for i := range changes {
		nameless = nameless || changes[i].Fault != nil
		mine = mine || changes[i].Fault == nil && string(changes[i].Keys.AppendCanonical(nil)) == string(w.key)
	}
	if mine {
		w.report.Parked = append(w.report.Parked, newParkedItem(item, nil))
	}
	switch {
	case item.State != parked.Open:
	case mine:
		w.wrong("parked: %s is open: see outflow parked show, and outflow parked retry", item.Key)
	case nameless:
		w.unproven("parked: %s has a record that does not decode and names no item, so it may be of this one", item.Key)
	}
}
