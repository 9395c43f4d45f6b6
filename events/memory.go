package events

import (
	"context"
	"sync"
	"time"
)

// Memory is a Store in memory: for tests, and for a subscriber that is one process and may handle events again after a
// restart. The zero Memory is empty. It forgets what has expired. It is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	slots map[string]slot
	sweep int // how many slots there are to be before the expired ones are looked for
}

var _ Store = (*Memory)(nil)

type slot struct {
	last  Entry
	lease time.Time // its end; zero for none
}

func (s *slot) isFree(now time.Time) bool { return s.lease.IsZero() || !s.lease.After(now) }

// Begin implements Store.
func (m *Memory) Begin(_ context.Context, key string, next Entry, lease Lease) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(lease.Begin)
	s := m.slots[key]
	switch {
	case s.last.Version >= next.Version:
		return s.last, nil
	case !s.isFree(lease.Begin):
		return Entry{}, ErrBusy
	}
	m.slots[key] = slot{s.last, lease.End}
	return s.last, nil
}

// Finish implements Store.
func (m *Memory) Finish(_ context.Context, key string, entry Entry, lease Lease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.slots[key].lease.Equal(lease.End) {
		return ErrLost
	}
	m.slots[key] = slot{last: entry}
	return nil
}

// Release implements Store.
func (m *Memory) Release(_ context.Context, key string, lease Lease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, found := m.slots[key]
	switch {
	case !found || !s.lease.Equal(lease.End):
	case s.last == Entry{}:
		delete(m.slots, key)
	default:
		m.slots[key] = slot{last: s.last}
	}
	return nil
}

// forget sweeps whenever there are twice as many slots as the last sweep left.
func (m *Memory) forget(now time.Time) {
	if m.slots == nil {
		m.slots = map[string]slot{}
	}
	if len(m.slots) < m.sweep {
		return
	}
	for key, s := range m.slots {
		if s.isFree(now) && !s.last.Expires.IsZero() && s.last.Expires.Before(now) {
			delete(m.slots, key)
		}
	}
	m.sweep = max(1024, 2*len(m.slots))
}
