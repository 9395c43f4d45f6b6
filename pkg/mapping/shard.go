package mapping

import (
	"cmp"
	"slices"
	"time"
)

const (
	listEvery = 10 * time.Second // our choice: shards rotate about every four hours, and a closed one is asked after at once
	readEvery = time.Second / 4  // "polls shards at a base rate of 4 times per second"
)

// listing is what the machine knows of the list of shards.
type listing struct {
	started  bool // this mapping has begun before: new shards are read from their start, whatever StartingPosition says
	once     bool // this machine has seen a list: parents are known
	underWay bool
	next     time.Time
	failures int
}

// shard is one shard of the stream. The records that were read and are not settled are in window, in order; each
// lane has those of its items that are not finished.
type shard struct {
	id, parent string
	checkpoint Checkpoint // what was saved last

	head     Position // where the next read goes on
	window   []*entry
	lanes    []*lane
	bytes    int  // of the unfinished records in window
	reading  ID   // the read under way, or 0
	restart  bool // the next read needs a new iterator
	begun    bool // has been read from LATEST
	ended    bool // read to its end
	done     bool // and all settled
	rewind   bool // goes back to the checkpoint when nothing is under way
	nextRead time.Time
	failures int    // reads that failed in a row
	failure  string // the last failure of a read, for people
}

// entry is a record between being read and being settled.
type entry struct {
	Record
	arrived  time.Time
	finished bool
}

func (m *Machine) newShard(c Checkpoint) *shard {
	s := &shard{id: c.Shard, checkpoint: c, done: c.Done}
	m.startOver(s)
	return s
}

// startOver puts a shard back to its checkpoint, as if this machine had just been made.
func (m *Machine) startOver(s *shard) {
	s.head, s.restart, s.rewind = s.checkpoint.Position, true, false
	s.window, s.bytes, s.ended = nil, 0, false
	s.nextRead, s.failures = m.now, 0
	s.lanes = make([]*lane, m.config.ParallelizationFactor)
	for i := range s.lanes {
		s.lanes[i] = &lane{shard: s, number: i, since: m.now}
	}
}

func (m *Machine) insert(s *shard) {
	at, _ := m.search(s.id)
	m.shards = slices.Insert(m.shards, at, s)
}

func (m *Machine) search(id string) (int, bool) {
	return slices.BinarySearchFunc(m.shards, id, func(s *shard, id string) int { return cmp.Compare(s.id, id) })
}

func (m *Machine) find(id string) *shard {
	if at, ok := m.search(id); ok {
		return m.shards[at]
	}
	return nil
}

// open reports whether a shard is at work: its parent must be done first. A parent that is not known any more was
// trimmed together with its last record. Before the first list no parent is known, so nothing is open.
func (m *Machine) open(s *shard) bool {
	if !m.enabled || !m.listing.once || s.done || s.rewind {
		return false
	}
	parent := m.find(s.parent)
	return parent == nil || parent.done
}

func (m *Machine) list() {
	if m.enabled && !m.listing.underWay && !m.now.Before(m.listing.next) {
		m.listing.underWay = true
		m.emit(ListShards{})
	}
}

func (m *Machine) listed(shards []Shard) {
	m.listing.underWay, m.listing.failures, m.listing.next, m.failure = false, 0, m.now.Add(listEvery), ""
	parents, present := make(map[string]bool, len(shards)), make(map[string]bool, len(shards))
	for _, s := range shards {
		parents[s.Parent], present[s.ID] = true, true
	}
	for _, s := range shards {
		m.adopt(s, parents[s.ID])
	}
	m.forget(func(s *shard) bool { return s.done && !present[s.id] && !parents[s.id] })
	m.listing.once = true
	m.listing.started = m.listing.started || len(shards) > 0
}

func (m *Machine) adopt(s Shard, isParent bool) {
	known := m.find(s.ID)
	if known == nil {
		known = m.newShard(m.firstCheckpoint(s, isParent))
		m.insert(known)
		m.emit(SaveCheckpoint{Checkpoint: known.checkpoint})
	}
	known.parent = s.Parent
}

// firstCheckpoint is where a shard begins that has none. LATEST counts only for the shards that the stream has when
// the mapping is first started: of those the open ones begin at their end, and the closed ones before them are passed.
func (m *Machine) firstCheckpoint(s Shard, isParent bool) Checkpoint {
	c := Checkpoint{Shard: s.ID, Position: Position{Type: TrimHorizon}}
	if m.config.StartingPosition == Latest && !m.listing.started {
		c.Position.Type, c.Done = Latest, isParent
	}
	return c
}

func (m *Machine) forget(gone func(*shard) bool) {
	for _, s := range m.shards {
		if gone(s) {
			m.emit(ForgetCheckpoint{Shard: s.id})
		}
	}
	m.shards = slices.DeleteFunc(m.shards, gone)
}

func (m *Machine) listFailed(in ListFailed) {
	m.listing.underWay, m.failure = false, in.Detail
	m.listing.failures++
	m.listing.next = m.now.Add(backoff(m.listing.failures))
}

// settle moves the checkpoint over everything at the front of the window that is finished. It reports whether the
// shard became done by that.
func (m *Machine) settle(s *shard) (done bool) {
	n := slices.IndexFunc(s.window, func(e *entry) bool { return !e.finished })
	if n < 0 {
		n = len(s.window)
	}
	if n > 0 {
		s.checkpoint.Position = Position{Type: After, Sequence: s.window[n-1].Sequence}
		clear(s.window[:n])
		s.window = s.window[n:]
	}
	if done = s.ended && len(s.window) == 0 && !s.done; done {
		s.done, s.checkpoint.Done = true, true
		m.listing.next = m.now // its children may be new
	}
	if n > 0 || done {
		m.emit(SaveCheckpoint{Checkpoint: s.checkpoint})
	}
	return done
}

// idle reports whether nothing of the shard is under way. A read counts too, though its answer will not: it moves the
// one iterator that the driver has, and must not do so behind a later read.
func (s *shard) idle() bool {
	return s.reading == 0 && !slices.ContainsFunc(s.lanes, func(l *lane) bool { return l.job != 0 })
}
