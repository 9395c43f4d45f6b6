package bus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Files of Config.Dir. Queues are files <name>.ndjson in the folder queues.
const (
	eventsFile  = "events.ndjson"
	deadLetters = "dead-letters.ndjson"
	rulesFile   = "rules.json"
	queueFolder = "queues"
)

// Bus is the service. It is safe for use by several goroutines.
type Bus struct {
	cfg    Config
	client *http.Client
	events *lineFile
	queues *queues
	counts counters

	gate   sync.RWMutex // held for reading by every call
	closed bool

	change  sync.Mutex // held while the state is replaced
	state   atomic.Pointer[state]
	retired sync.WaitGroup // outboxes of removed targets that have not ended
}

// New opens the directory, which it creates where it is missing, and carries on with the rules that it finds there.
// The error names every fault of the configuration, a file that cannot be used, or the process that has it open.
func New(cfg Config) (*Bus, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	b := &Bus{cfg: cfg, client: newClient()}
	if err := b.open(); err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	return b, nil
}

func (b *Bus) open() error {
	if err := os.MkdirAll(filepath.Join(b.cfg.Dir, queueFolder), 0o755); err != nil {
		return err
	}
	b.queues = &queues{dir: b.cfg.Dir, log: b.cfg.Log, files: map[string]*lineFile{}}
	var err error
	if b.events, err = b.queues.open(eventsFile); err != nil {
		return err
	}
	if err = b.start(); err != nil {
		return errors.Join(err, b.queues.close())
	}
	return nil
}

// start makes the stored state current, with the configured buses.
func (b *Bus) start() error {
	loaded, err := loadState(filepath.Join(b.cfg.Dir, rulesFile))
	if err != nil {
		return err
	}
	b.state.Store(loaded)
	return b.update(func(next *state) error {
		for _, name := range append([]string{DefaultBus}, b.cfg.Buses...) {
			if next.Buses[name] == nil {
				next.Buses[name] = &bus{Rules: map[string]*rule{}}
			}
		}
		return nil
	})
}

// update changes a clone of the state, saves it and makes it current, with an outbox for every target.
func (b *Bus) update(change func(next *state) error) error {
	b.change.Lock()
	defer b.change.Unlock()
	current := b.state.Load()
	next := current.clone()
	if err := change(next); err != nil {
		return err
	}
	if err := next.save(filepath.Join(b.cfg.Dir, rulesFile)); err != nil {
		return internal(fmt.Errorf("nothing was changed: %w", err))
	}
	b.connect(current, next)
	b.state.Store(next)
	return nil
}

// connect gives the targets of the next state their outboxes, old ones where the target was there before, and ends
// the others.
func (b *Bus) connect(current, next *state) {
	next.boxes = map[boxKey]*outbox{}
	for busName, eventBus := range next.Buses {
		for ruleName, r := range eventBus.Rules {
			for id, t := range r.Targets {
				key := boxKey{busName, ruleName, id}
				box := current.boxes[key]
				if box == nil {
					box = newOutbox(b, key)
				}
				box.target.Store(&t)
				next.boxes[key] = box
			}
		}
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for key, box := range current.boxes {
		if next.boxes[key] == nil {
			b.retired.Go(func() { b.report(box.end(over, targetRemoved)) })
		}
	}
}

// Close refuses further calls and makes the pending deliveries until the context ends. The error says how many were
// not made, where they are, and what could not be written.
func (b *Bus) Close(ctx context.Context) error {
	b.gate.Lock()
	already := b.closed
	b.closed = true
	b.gate.Unlock()
	if already {
		return nil
	}
	var closing sync.WaitGroup
	var mu sync.Mutex
	var faults []error
	for _, box := range b.state.Load().boxes {
		closing.Go(func() {
			if err := box.end(ctx, busClosed); err != nil {
				mu.Lock()
				defer mu.Unlock()
				faults = append(faults, err)
			}
		})
	}
	closing.Wait()
	b.retired.Wait()
	b.client.CloseIdleConnections()
	return errors.Join(append(faults, b.queues.close())...)
}

// report logs what no caller waits for.
func (b *Bus) report(err error) {
	if err != nil {
		b.cfg.Log.Error("event bus", "error", err)
	}
}

// Counts are totals since New.
type Counts struct {
	Accepted  int64 // events
	Delivered int64 // to a target: an event counts once for each
	Dead      int64 // written to a dead-letter file instead
	Pending   int64 // waiting to be delivered, sent or retried
}

type counters struct{ accepted, delivered, dead, pending atomic.Int64 }

// Counts returns the totals.
func (b *Bus) Counts() Counts {
	return Counts{
		Accepted: b.counts.accepted.Load(), Delivered: b.counts.delivered.Load(),
		Dead: b.counts.dead.Load(), Pending: b.counts.pending.Load(),
	}
}
