package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// record is the file that says which processes a folder's program has started, for the next one in case this one is
// killed. Every process is on it before it becomes an engine.
type record struct {
	path    string
	mutex   sync.Mutex
	entries []entry
}

type entry struct {
	Engine Name `json:"engine"`
	identity
	Marker string `json:"marker"` // an argument on the command line that names the folder
}

// add writes the file anew, whole or not at all.
func (r *record) add(e entry) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	entries := append(slices.Clone(r.entries), e)
	content, err := json.MarshalIndent(entries, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.path+".new", content, 0o644); err != nil {
		return fmt.Errorf("record process %d: %w", e.PID, err)
	}
	if err := os.Rename(r.path+".new", r.path); err != nil {
		return fmt.Errorf("record process %d: %w", e.PID, err)
	}
	r.entries = entries
	return nil
}

// clear says that nothing runs.
func (r *record) clear() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.entries = nil
	if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clear the record of processes: %w", err)
	}
	return nil
}

// stopLeftovers ends the engines of a killed program: those processes on record that are still the ones that were
// recorded. The folder's lock must be held, so that nobody else is using them.
func (r *record) stopLeftovers(ctx context.Context) error {
	content, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the record of processes: %w", err)
	}
	var entries []entry
	if err := json.Unmarshal(content, &entries); err != nil {
		return fmt.Errorf("read %s: %w; see with ps whether engines of this folder run, stop them, and remove the file", r.path, err)
	}
	for _, left := range entries {
		if err := left.stop(ctx); err != nil {
			return fmt.Errorf("stop %s (process %d) of a program that was killed: %w", left.Engine, left.PID, err)
		}
	}
	return r.clear()
}

// stop ends the process with its group. A process that only has the id of the recorded one is not touched.
func (e entry) stop(ctx context.Context) error {
	now, line, err := look(e.PID)
	if errors.Is(err, errGone) || err == nil && (now != e.identity || !strings.Contains(line, e.Marker)) {
		return nil
	}
	if err != nil {
		return err
	}
	gone := make(chan struct{})
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx)) // also what is killed is waited for
	defer cancel()
	go func() {
		defer close(gone)
		e.awaitEnd(watch)
	}()
	return end(ctx, e.PID, grace, gone)
}

// awaitEnd looks until the process is gone: it is nobody's child here, so nobody tells.
func (e entry) awaitEnd(ctx context.Context) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for e.alive() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// grace is what DynamoDB Local and OpenSearch get to end in order; they need a second or two.
const grace = 10 * time.Second

// end asks a process group to end, waits for gone, and kills it after the grace or when ctx is done. It returns when
// the group's leader is gone.
func end(ctx context.Context, pid int, grace time.Duration, gone <-chan struct{}) error {
	if err := syscall.Kill(-pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("%w; stop it with: kill %d", err, pid)
	}
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case <-gone:
		return nil
	case <-patience.C:
	case <-ctx.Done():
	}
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("%w; stop it with: kill -9 %d", err, pid)
	}
	<-gone
	return nil
}
