package mapping

import (
	"fmt"
	"time"
)

// work does for a lane all that can be done now: a batch goes to the function, or, given up, to the on-failure
// destination; where there is none it is dropped with an alarm and the next is looked at.
func (m *Machine) work(l *lane) {
	for l.job == 0 && !m.now.Before(l.ready) && m.form(l) {
		m.outgrow(l)
		switch p := &l.parts[0]; {
		case p.reason == "":
			m.invoke(l, p)
		case p.reason != expired && m.config.OnFailure:
			m.store(l, p)
		default:
			m.drop(l, p)
		}
	}
}

// outgrow gives up the records at the front of the batch that are too old to be sent, and keeps a batch to records
// that are all too old or all not.
func (m *Machine) outgrow(l *lane) {
	p := &l.parts[0]
	limit, reason := m.config.age(), RecordAgeExceeded
	if limit < 0 || limit > retention {
		limit, reason = retention, expired
	}
	// Beyond that the service retries "until the record expires"; what was never tried is delivered however old.
	if p.reason != "" || reason == expired && !p.tried {
		return
	}
	old := func(e *entry) bool { return m.now.Sub(e.Created) > limit }
	n := 1
	for n < p.size && old(l.queue[n]) == old(l.queue[0]) {
		n++
	}
	if n < p.size {
		l.split(n)
	}
	if old(l.queue[0]) {
		l.parts[0].giveUp(reason, m.now)
	}
}

func (p *part) giveUp(reason Condition, now time.Time) { p.reason, p.givenUp = reason, now }

// occupy enters what is under way for the first part.
func (m *Machine) occupy(l *lane) ID {
	l.job = m.newID()
	m.jobs[l.job] = l
	return l.job
}

// end is the lane whose job ended, or nil with an alarm where no such job is under way.
func (m *Machine) end(job ID) *lane {
	l := m.jobs[job]
	if l == nil {
		m.emit(unexpected("invocation or store", job))
		return nil
	}
	delete(m.jobs, job)
	l.job = 0
	return l
}

func (m *Machine) invoke(l *lane, p *part) {
	p.tried = true
	m.emit(Invoke{
		ID: m.occupy(l), Shard: l.shard.id, Lane: l.number, Attempt: p.invocations + 1, Records: l.records(p.size),
	})
}

func (m *Machine) invocationEnded(in InvocationEnded) {
	l := m.end(in.Invocation)
	if l == nil {
		return
	}
	l.since = m.now
	p := &l.parts[0]
	if in.Outcome == NotInvocable {
		m.count(l, p.size, 0)
		l.stall(m.now)
		return
	}
	failed := m.judge(in, l.queue[:p.size])
	p.invocations++
	p.last = failed.response
	m.count(l, p.size, failed.from)
	whole := p.size
	if failed.from > 0 {
		l.finish(failed.from)
	}
	if failed.from < whole {
		m.retry(l, failed.from > 0)
	}
	m.settle(l.shard)
}

// retry decides what becomes of the first part, which failed. "Splitting batches doesn't consume the retry quota":
// neither in the middle nor, with partial responses, at the returned sequence number.
func (m *Machine) retry(l *lane, cut bool) {
	p := &l.parts[0]
	limit := m.config.MaximumRetryAttempts
	switch {
	case m.config.BisectBatchOnFunctionError && cut:
		l.ready = m.now.Add(backoffBase)
	case m.config.BisectBatchOnFunctionError && p.size > 1:
		l.split(p.size / 2)
		l.ready = m.now.Add(backoffBase)
	case limit >= 0 && p.retries >= limit:
		p.giveUp(RetryAttemptsExhausted, m.now)
	default:
		p.retries++
		l.stall(m.now)
	}
}

func (m *Machine) store(l *lane, p *part) {
	m.emit(StoreFailure{ID: m.occupy(l), Lane: l.number, Failure: Failure{
		Mapping: m.config.ID, StreamARN: m.config.StreamARN, FunctionARN: m.config.FunctionARN, Shard: l.shard.id,
		Condition: p.reason, At: p.givenUp, Invocations: p.invocations, last: p.last, Records: l.records(p.size),
	}})
}

func (m *Machine) failureStored(in FailureStored) {
	if l := m.end(in.Failure); l != nil {
		m.metrics.OnFailureDestinationDeliveredEventCount += l.parts[0].size
		l.finish(l.parts[0].size)
		m.settle(l.shard)
	}
}

// storeFailed tries again, however long: the service gives the batch up here, which loses it for good.
func (m *Machine) storeFailed(in StoreFailed) {
	l := m.end(in.Failure)
	if l == nil {
		return
	}
	l.stall(m.now)
	m.metrics.DestinationDeliveryFailures++
	m.emit(Alarm{Kind: AlarmNotStored, Shard: l.shard.id, Records: l.records(l.parts[0].size), Message: fmt.Sprintf(
		"a batch that was given up could not be written to the on-failure destination: %s; its lane waits and tries again "+
			"(AWS would drop it here): check the bucket and its permissions", in.Detail)})
}

func (m *Machine) drop(l *lane, p *part) {
	a := Alarm{Kind: AlarmDropped, Shard: l.shard.id, Records: l.records(p.size)}
	if p.reason == expired {
		a.Kind = AlarmExpired
		a.Message = fmt.Sprintf("%d records failed until the stream's 24 hours were over, and are lost: "+
			"set MaximumRecordAgeInSeconds below 86,400 so that they reach the on-failure destination in time", p.size)
	} else {
		a.Message = fmt.Sprintf("%d records were given up (%s) and are lost: there is no on-failure destination", p.size, p.reason)
		m.metrics.DroppedEventCount += p.size
	}
	m.emit(a)
	l.finish(p.size)
}

// count keeps the metrics of an invocation of so many records that failed from the given one on.
func (m *Machine) count(l *lane, records, from int) {
	m.metrics.InvokedEventCount += records
	m.metrics.FailedInvokeEventCount += records - from
	if from > 0 {
		m.metrics.IteratorAge = max(0, m.now.Sub(l.queue[from-1].Created)).Round(time.Millisecond)
	}
}
