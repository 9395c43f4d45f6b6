package publish

import (
	"fmt"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// portion is how many changes' letters are made at a time: those of a few calls, so that few portions are waited for.
const portion = 5 * MaxEntries

// made is what became of a portion of the changes.
type made struct {
	letters    []letter        // to send, in order; without those that this instance has sent in an earlier batch
	poison     map[int][]error // by index of the change: events of it that can never be made
	ruleFaults int
	unlisted   int
}

// letter is an entry on its way.
type letter struct {
	Entry
	from   int // index of the change
	stored bool
	reason error // why it was not sent when it last was tried, or is refused
	code   string
}

// make makes the letters of the changes beside the calls: while one portion is on its way to the bus the next is made,
// and waits until it is asked for. Until the channel is closed, the changes and o.sent are read; letters hold copies of
// what they need.
func (o *Outlet) make(changes []*change.Change) <-chan made {
	portions := make(chan made)
	go func() {
		defer close(portions)
		m := maker{outlet: o}
		for from := 0; from < len(changes); from += portion {
			portions <- m.make(from, changes[from:min(from+portion, len(changes))])
		}
	}()
	return portions
}

// maker makes one portion after the other.
type maker struct {
	outlet *Outlet
	asked  Result // of the change at hand
	made
}

func (m *maker) make(from int, changes []*change.Change) made {
	m.made = made{letters: make([]letter, 0, len(changes)), poison: map[int][]error{}}
	for i, c := range changes {
		m.add(from+i, c)
	}
	return m.made
}

// add makes the letters of a change, whatever it holds: a panic is poison, and nobody else would catch it here. One that
// did not decode has none.
func (m *maker) add(i int, c *change.Change) {
	m.asked.reset()
	m.note(i, consume.Safely(func() { m.outlet.builder.Add(&m.asked, c) }))
	for _, p := range m.asked.Poison {
		m.note(i, fmt.Errorf("event %s: %w", p.Event, p.Reason))
	}
	m.note(i, consume.Safely(func() { m.enter(i) }))
	m.ruleFaults += len(m.asked.RuleFaults)
	m.unlisted += len(m.asked.Unlisted)
}

func (m *maker) enter(i int) {
	for e := range m.asked.Events {
		ev := &m.asked.Events[e]
		if m.outlet.sent.Has(ev.ID) {
			continue
		}
		entry, err := m.outlet.builder.Entry(ev, m.outlet.MaxBytes, m.outlet.ClaimsBucket)
		if err != nil {
			m.note(i, err)
			continue
		}
		m.letters = append(m.letters, letter{Entry: entry, from: i})
	}
}

func (m *maker) note(i int, err error) {
	if err != nil {
		m.poison[i] = append(m.poison[i], err)
	}
}
