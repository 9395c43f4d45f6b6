package mapping

import (
	"fmt"
	"slices"
)

const (
	readLimit = 1000 // records that one GetRecords gives at most

	// How far reading runs ahead of the slowest lane of a shard; our choice. Far enough that a lane which is stuck
	// on a failing item leaves the others work, not so far that memory fills.
	aheadBatches  = 10 // full batches a lane
	aheadPayloads = 2  // full payloads a lane
)

// wantsRecords reports whether the shard is to be read on, if not now then at nextRead.
func (s *shard) wantsRecords(c Config) bool {
	return s.reading == 0 && !s.ended && s.room(c) > 0
}

func (s *shard) room(c Config) int {
	if s.bytes >= aheadPayloads*payloadLimit*len(s.lanes) {
		return 0
	}
	return aheadBatches*c.BatchSize*len(s.lanes) - len(s.window)
}

func (m *Machine) read(s *shard) {
	if !s.wantsRecords(m.config) || m.now.Before(s.nextRead) {
		return
	}
	s.reading = m.newID()
	m.emit(Read{
		ID: s.reading, Shard: s.id, From: s.head, Restart: s.restart, Limit: min(readLimit, s.room(m.config)),
	})
}

// begin notes that a read went well: only now does the driver hold an iterator to go on with. Where a shard is read
// from LATEST for the second time an alarm is raised: nothing came before, so the place that LATEST meant has no name.
func (m *Machine) begin(s *shard) {
	s.failures, s.failure = 0, ""
	anew := s.restart && s.head.Type == Latest
	s.restart = false
	if anew && s.begun {
		m.emit(Alarm{Kind: AlarmPositionLost, Shard: s.id, Message: fmt.Sprintf("reading shard %s starts at LATEST again, "+
			"since no record came so far: changes made in between are missed; start with TRIM_HORIZON to miss none", s.id)})
	}
	s.begun = s.begun || anew
}

// reader is the shard that waited for the answer to a read. It is nil where the answer does not count: the shard goes
// back to its checkpoint, or, with an alarm, no such read is under way.
func (m *Machine) reader(read ID) *shard {
	at := slices.IndexFunc(m.shards, func(s *shard) bool { return s.reading == read && read != 0 })
	if at < 0 {
		m.emit(unexpected("read", read))
		return nil
	}
	s := m.shards[at]
	s.reading = 0
	if s.rewind {
		return nil
	}
	return s
}

func (m *Machine) recordsRead(in RecordsRead) {
	s := m.reader(in.Read)
	if s == nil {
		return
	}
	m.begin(s)
	s.ended, s.nextRead = in.End, m.now
	if len(in.Records) == 0 {
		s.nextRead = m.now.Add(readEvery)
		return
	}
	m.pin(s, in.Records[0])
	for _, r := range in.Records {
		m.admit(s, r)
	}
}

// pin names the place of the first record that a shard gives, since TRIM_HORIZON and LATEST mean another place
// at the next start: what was not settled then would be passed over without a word.
func (m *Machine) pin(s *shard, first Record) {
	if s.head.Type == After || s.head.Type == At || len(s.window) > 0 {
		return
	}
	s.checkpoint.Position = Position{Type: At, Sequence: first.Sequence}
	m.emit(SaveCheckpoint{Checkpoint: s.checkpoint})
}

// admit takes a record into the window and into its lane. A record that is there already is passed over: a driver
// that lost an iterator may read it twice.
func (m *Machine) admit(s *shard, r Record) {
	if s.head.passed(r.Sequence) {
		return
	}
	s.head = Position{Type: After, Sequence: r.Sequence}
	e := &entry{Record: r, arrived: m.now, finished: r.Filtered}
	s.window = append(s.window, e)
	m.metrics.PolledEventCount++
	if r.Filtered {
		e.Body = nil
		m.metrics.FilteredOutEventCount++
		return
	}
	s.bytes += r.Size
	l := s.lanes[r.Hash%uint64(len(s.lanes))]
	l.queue = append(l.queue, e)
}

func (m *Machine) readFailed(in ReadFailed) {
	s := m.reader(in.Read)
	if s == nil {
		return
	}
	s.failure = in.Detail
	s.failures++
	switch in.Cause {
	case IteratorExpired:
		s.restart = true
		s.nextRead = m.now.Add(backoff(s.failures - 1))
	case Trimmed:
		m.trimmed(s)
		s.nextRead = m.now.Add(backoff(s.failures - 1))
	case ShardGone:
		s.ended = true
		m.emit(Alarm{Kind: AlarmShardGone, Shard: s.id, Message: fmt.Sprintf("the stream has no shard %s any more, "+
			"and it was not read to its end: changes after %s are lost to this mapping; compare with the table", s.id, s.head)})
	default:
		s.nextRead = m.now.Add(backoff(s.failures))
	}
}

func (m *Machine) trimmed(s *shard) {
	m.emit(Alarm{Kind: AlarmTrimmed, Shard: s.id, Message: fmt.Sprintf("the stream trimmed records of shard %s that were "+
		"not read in 24 hours: changes from %s up to the oldest that is left are lost to this mapping; "+
		"compare with the table", s.id, s.head)})
	s.head, s.restart = Position{Type: TrimHorizon}, true
}

func (p Position) String() string {
	if p.Sequence == "" {
		return string(p.Type)
	}
	return string(p.Type) + " " + p.Sequence
}
