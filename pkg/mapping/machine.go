package mapping

import (
	"errors"
	"fmt"
	"time"
)

// Machine is one mapping at work. It is not safe for concurrent use: a driver has one goroutine that calls Step.
type Machine struct {
	config  Config
	enabled bool
	now     time.Time
	lastID  ID
	shards  []*shard     // by id
	jobs    map[ID]*lane // what is under way: invocations and stores
	listing listing
	effects []Effect // of the step that runs
	metrics Metrics
	failure string // the last failure of a list, for people
}

// New makes a machine that begins at the checkpoints that an earlier one of the same stream saved; none at the first
// start. It fails where the config or a checkpoint is not valid, and names all faults.
func New(config Config, checkpoints []Checkpoint) (*Machine, error) {
	if err := errors.Join(config.Validate(), validCheckpoints(checkpoints)); err != nil {
		return nil, fmt.Errorf("start event source mapping: %w", err)
	}
	m := &Machine{config: config, enabled: !config.Disabled, jobs: map[ID]*lane{}}
	for _, c := range checkpoints {
		s := m.newShard(c)
		s.begun = c.Position.Type == Latest
		m.insert(s)
	}
	m.listing.started = len(checkpoints) > 0
	return m, nil
}

// Step takes in what happened at that time and says what is to be done now. The first step of a machine is a Tick.
// Time does not run backwards: an earlier now counts as the latest one seen.
func (m *Machine) Step(now time.Time, in Input) []Effect {
	if now.After(m.now) {
		m.now = now
	}
	m.effects = nil
	m.take(in)
	for m.advance() {
	}
	m.wake()
	return m.effects
}

func (m *Machine) take(in Input) {
	switch in := in.(type) {
	case Tick:
	case Enable:
		m.enabled = true
	case Disable:
		m.disable()
	case ShardsListed:
		m.listed(in.Shards)
	case ListFailed:
		m.listFailed(in)
	case RecordsRead:
		m.recordsRead(in)
	case ReadFailed:
		m.readFailed(in)
	case InvocationEnded:
		m.invocationEnded(in)
	case FailureStored:
		m.failureStored(in)
	case StoreFailed:
		m.storeFailed(in)
	default:
		m.emit(Alarm{Kind: AlarmUnexpected, Message: fmt.Sprintf("%T is no input of an event source mapping", in)})
	}
}

// advance begins all that can begin now. It reports whether a shard became done, since its children may begin then.
func (m *Machine) advance() (more bool) {
	m.list()
	for _, s := range m.shards {
		if s.rewind && s.idle() {
			m.startOver(s)
		}
		if !m.open(s) {
			continue
		}
		for _, l := range s.lanes {
			m.work(l)
		}
		more = m.settle(s) || more
		m.read(s)
	}
	return more
}

// disable makes every shard go back to its checkpoint once nothing of it is under way, as a poller that is taken
// down and set up again does.
func (m *Machine) disable() {
	m.enabled = false
	for _, s := range m.shards {
		s.rewind = !s.done
	}
}

// wake asks to be called when the first of the things that wait for a time is due.
func (m *Machine) wake() {
	var at time.Time
	due := func(t time.Time, waits bool) {
		if waits && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	due(m.listing.next, m.enabled && !m.listing.underWay)
	for _, s := range m.shards {
		if !m.open(s) {
			continue
		}
		due(s.nextRead, s.wantsRecords(m.config))
		for _, l := range s.lanes {
			due(m.due(l))
		}
	}
	if !at.IsZero() {
		m.emit(WakeAt{At: at})
	}
}

func unexpected(what string, id ID) Alarm {
	return Alarm{Kind: AlarmUnexpected, Message: fmt.Sprintf(
		"an answer came for %s %d, which is not under way: the driver must answer each once, to the machine that asked", what, id)}
}

func (m *Machine) emit(e Effect) { m.effects = append(m.effects, e) }

func (m *Machine) newID() ID {
	m.lastID++
	return m.lastID
}
