package mapping

import (
	"slices"
	"time"
)

const (
	payloadLimit = 6 << 20 // bytes of an event for a synchronous invocation
	envelope     = len(`{"Records":[]}`)
	retention    = 24 * time.Hour // after which DynamoDB Streams trims a record

	// Between retries the service backs off by a rule that it does not document; this one is ours.
	backoffBase  = time.Second / 4
	backoffLimit = 30 * time.Second
)

// lane is one of the ParallelizationFactor series of batches of a shard. All records of an item share a lane, and a
// lane has one batch under way at most, so items stay in order.
type lane struct {
	shard  *shard
	number int
	queue  []*entry  // not finished, in order
	parts  []part    // how the front of the queue is divided into batches; empty where the next is not formed yet
	job    ID        // what is under way for the first part, or 0
	since  time.Time // when the last invocation ended: the batching window begins then
	ready  time.Time // not to be tried before
	stalls int       // failures in a row without progress
}

// part is a batch: so many records at the front of the queue, behind the parts before it.
type part struct {
	size        int
	tried       bool // handed over at least once, whether or not the function ran
	invocations int  // that included these records
	retries     int  // of MaximumRetryAttempts
	last        response
	reason      Condition // why it was given up; "" while it is tried
	givenUp     time.Time
}

// form makes sure that the lane has a first part, if a batch is due.
func (m *Machine) form(l *lane) bool {
	if len(l.parts) > 0 {
		return true
	}
	n, full := l.fill(m.config)
	if n == 0 || !full && m.now.Before(m.deadline(l)) {
		return false
	}
	l.parts = append(l.parts, part{size: n})
	return true
}

// fill counts how many records the next batch takes, and reports whether it takes no more. A record that alone is
// beyond the payload limit still makes a batch: the function's refusal is then the way out, not a shard that stops.
func (l *lane) fill(c Config) (n int, full bool) {
	bytes := envelope
	for _, e := range l.queue {
		if bytes += e.Size + len(","); n == c.BatchSize || n > 0 && bytes > payloadLimit {
			return n, true
		}
		n++
	}
	return n, n == c.BatchSize
}

// deadline is when a batch that is not full goes out: at the end of the batching window in which its first record
// came. "The next window begins as soon as the previous function invocation completes"; that windows without a
// record follow each other at once, and that the end of a shard is not waited for, is ours.
func (m *Machine) deadline(l *lane) time.Time {
	window := m.config.window()
	if window == 0 || l.shard.ended {
		return time.Time{}
	}
	waited := max(0, l.queue[0].arrived.Sub(l.since))
	return l.since.Add(waited - waited%window + window)
}

// due says when the lane has something to do without being told of it, if it has.
func (m *Machine) due(l *lane) (time.Time, bool) {
	switch {
	case l.job != 0 || len(l.queue) == 0:
		return time.Time{}, false
	case len(l.parts) > 0:
		return l.ready, true
	}
	return m.deadline(l), true
}

// split divides the first part after n records. Both halves keep what was tried so far.
func (l *lane) split(n int) {
	rest := l.parts[0]
	rest.size -= n
	l.parts[0].size = n
	l.parts = slices.Insert(l.parts, 1, rest)
}

// finish takes the first n records of the first part off the lane: they succeeded, or were reported.
func (l *lane) finish(n int) {
	for _, e := range l.queue[:n] {
		e.finished, e.Body = true, nil
		l.shard.bytes -= e.Size
	}
	clear(l.queue[:n])
	l.queue = l.queue[n:]
	l.stalls = 0
	if l.parts[0].size -= n; l.parts[0].size == 0 {
		l.parts = l.parts[1:]
	}
}

func (l *lane) records(n int) []Record {
	records := make([]Record, n)
	for i, e := range l.queue[:n] {
		records[i] = e.Record
	}
	return records
}

// stall puts the next try off, longer with every failure in a row.
func (l *lane) stall(now time.Time) {
	l.stalls++
	l.ready = now.Add(backoff(l.stalls))
}

// backoff is how long to wait after so many failures in a row: 250 ms, then twice as long each time up to 30 s.
func backoff(failures int) time.Duration {
	if failures < 1 {
		return 0
	}
	return min(backoffLimit, backoffBase<<min(failures-1, 10))
}
