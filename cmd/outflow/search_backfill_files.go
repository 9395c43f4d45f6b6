package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

// backfillFiles are the state of a backfill, and beside it the items that were refused.
type backfillFiles struct {
	state string // path
	note  func([]backfill.Poison) error
}

// open makes the plan go on from the state, if there is one. A backfill that begins anew begins without refused items.
func (f *backfillFiles) open(plan *backfill.Plan) error {
	content, err := f.read()
	if err != nil || content == nil {
		return err
	}
	return f.explain(plan.Resume(content))
}

// read returns the state's content, nil where there is none.
func (f *backfillFiles) read() ([]byte, error) {
	content, err := os.ReadFile(f.state)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(poisonPath(f.state)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("begin anew: %w", err)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	return content, nil
}

// explain says what can be done about a state that is not of this backfill. A function says so in words alone.
func (f *backfillFiles) explain(err error) error {
	if err != nil && strings.Contains(err.Error(), backfill.ErrOther.Error()) {
		return fmt.Errorf("go on from %s: %w\nFinish that other backfill with its own command, or name another file with --state, "+
			"or delete it to begin anew", f.state, err)
	}
	return err
}

// keep writes the state, whole or not at all.
func (f *backfillFiles) keep(s *backfill.State) error {
	content, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	return f.write(content)
}

func (f *backfillFiles) write(content []byte) error {
	if err := wholefile.Replace(f.state, append(bytes.Clone(content), '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the state: %w\nFree the disk or name a file that can be written with --state", err)
	}
	return nil
}

// poisoned appends to the file of refused items. After a crash some may stand there twice.
func (f *backfillFiles) poisoned(items []backfill.Poison) error {
	var lines bytes.Buffer
	for _, item := range items {
		if err := printJSON(&lines, "", item); err != nil {
			return err
		}
	}
	out, err := os.OpenFile(poisonPath(f.state), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("list refused items: %w", err)
	}
	_, err = out.Write(lines.Bytes())
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("list refused items: %w", err)
	}
	return f.note(items)
}

// poison is the path of the file of refused items, "" where there is none.
func (f *backfillFiles) poison() string {
	path := poisonPath(f.state)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// close removes the state of a backfill that is complete.
func (f *backfillFiles) close() error {
	if err := os.Remove(f.state); err != nil {
		return fmt.Errorf("the backfill is complete, but its state stays: %w", err)
	}
	return nil
}
