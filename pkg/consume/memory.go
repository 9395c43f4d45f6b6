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
	known map[string]*Recent[identity] // by outlet
}

// identity tells one stream record from all others.
type identity struct{ version, eventID string }

func newMemory(limit int) *memory {
	return &memory{limit: limit, known: map[string]*Recent[identity]{}}
}

func (m *memory) has(outlet string, c *change.Change) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.known[outlet]
	return r != nil && c.Version != "" && r.Has(identity{c.Version, c.EventID})
}

func (m *memory) add(outlet string, c *change.Change) {
	if c.Version == "" { // it cannot be told from another
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.known[outlet]
	if r == nil {
		r = NewRecent[identity](m.limit)
		m.known[outlet] = r
	}
	r.Add(identity{c.Version, c.EventID})
}
