package consume

import (
	"sync"

	"github.com/outflow-dev/outflow/pkg/change"
)

// rememberedChanges is how many changes an instance remembers for each outlet: two of the largest batches.
const rememberedChanges = 20_000

// memory remembers which changes each outlet has made durable, so that a batch that comes again to a warm instance
// is not done twice. It is bounded: the oldest are forgotten first. It is only a saving; nothing depends on it.
type memory struct {
	mu    sync.Mutex
	limit int
	rings map[string]*ring // by outlet
}

// ring holds the last changes in the order in which they became durable.
type ring struct {
	known map[identity]bool
	order []identity
	next  int
}

// identity tells one stream record from all others.
type identity struct{ version, eventID string }

func newMemory(limit int) *memory { return &memory{limit: limit, rings: map[string]*ring{}} }

func (m *memory) has(outlet string, c *change.Change) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rings[outlet]
	return r != nil && c.Version != "" && r.known[identity{c.Version, c.EventID}]
}

func (m *memory) add(outlet string, c *change.Change) {
	if c.Version == "" { // it cannot be told from another
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rings[outlet]
	if r == nil {
		r = &ring{known: map[identity]bool{}}
		m.rings[outlet] = r
	}
	r.add(identity{c.Version, c.EventID}, m.limit)
}

func (r *ring) add(id identity, limit int) {
	if r.known[id] {
		return
	}
	r.known[id] = true
	if len(r.order) < limit {
		r.order = append(r.order, id)
		return
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % limit
}
