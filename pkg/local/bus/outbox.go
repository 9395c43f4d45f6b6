package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

const (
	maxSending = 8 // attempts at one time for one target

	firstBackoff = 200 * time.Millisecond // doubled after every attempt; the service does not tell its own
	maxBackoff   = time.Minute
)

type boxKey struct{ bus, rule, target string }

// delivery is one event on its way to one target. It belongs to the outbox, and to the attempt while one is running.
type delivery struct {
	box      *outbox
	event    []byte
	accepted time.Time
	attempts int
	fault    error     // of the last attempt
	due      time.Time // of the next
	reason   string    // set when it is to be buried
}

// outbox makes the deliveries to one target. Everything but target belongs to the goroutine of run.
type outbox struct {
	bus    *Bus
	key    boxKey
	target atomic.Pointer[target]

	incoming chan *delivery
	tried    chan *delivery
	ending   chan ending
	ended    chan struct{}
	unmade   error // once ended is closed

	ready   []*delivery
	waiting []*delivery // by due
	sending int
	bytes   int
}

// ending tells an outbox to finish what it has before the context ends, and to bury the rest for the reason.
type ending struct {
	ctx    context.Context
	reason string
}

func newOutbox(b *Bus, key boxKey) *outbox {
	o := &outbox{
		bus: b, key: key,
		incoming: make(chan *delivery), tried: make(chan *delivery),
		ending: make(chan ending, 1), ended: make(chan struct{}),
	}
	go o.run()
	return o
}

// offer takes the delivery. A target that was removed since the event was routed does not get it.
func (o *outbox) offer(d *delivery) {
	o.bus.counts.pending.Add(1)
	select {
	case o.incoming <- d:
	case <-o.ended:
		o.bus.report(o.bus.bury(d, targetRemoved))
	}
}

// end stops the outbox and returns what it did not deliver.
func (o *outbox) end(ctx context.Context, reason string) error {
	o.ending <- ending{ctx, reason}
	<-o.ended
	return o.unmade
}

func (o *outbox) run() {
	defer close(o.ended)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	timer := time.NewTimer(maxBackoff)
	defer timer.Stop()
	var last *ending
	var over <-chan struct{}
	for last == nil || o.pending() > 0 {
		o.startAttempts(ctx)
		o.set(timer)
		select {
		case d := <-o.incoming:
			o.add(d)
		case d := <-o.tried:
			o.sending--
			o.settle(d)
		case <-timer.C:
			o.wake(time.Now())
		case e := <-o.ending:
			last, over = &e, e.ctx.Done()
		case <-over:
			cancel()
			o.unmade = o.abandon(last.reason)
			return
		}
	}
}

func (o *outbox) pending() int { return len(o.ready) + len(o.waiting) + o.sending }

func (o *outbox) add(d *delivery) {
	o.bytes += len(d.event)
	if o.bytes > o.bus.cfg.MaxBacklog {
		o.bury(d, backlogFull)
		return
	}
	o.ready = append(o.ready, d)
}

func (o *outbox) startAttempts(ctx context.Context) {
	for len(o.ready) > 0 && o.sending < maxSending {
		d := o.ready[0]
		o.ready = o.ready[1:]
		o.sending++
		go func() {
			d.attempts++
			d.fault = o.bus.send(ctx, o.target.Load(), d)
			o.tried <- d
		}()
	}
}

// set makes the timer fire when the next delivery is due; with none waiting it may fire for nothing.
func (o *outbox) set(timer *time.Timer) {
	if len(o.waiting) > 0 {
		timer.Reset(time.Until(o.waiting[0].due))
	}
}

func (o *outbox) wake(now time.Time) {
	for len(o.waiting) > 0 && !o.waiting[0].due.After(now) {
		d := o.waiting[0]
		o.waiting = o.waiting[1:]
		if d.reason != "" {
			o.bury(d, d.reason)
		} else {
			o.ready = append(o.ready, d)
		}
	}
}

// settle decides what comes after an attempt.
func (o *outbox) settle(d *delivery) {
	if d.fault == nil {
		o.bytes -= len(d.event)
		o.bus.counts.delivered.Add(1)
		o.bus.counts.pending.Add(-1)
		return
	}
	if reason := o.exhausted(d); reason != "" {
		o.bury(d, reason)
		return
	}
	pause := min(maxBackoff, firstBackoff<<min(d.attempts-1, 20))
	if refused := new(refusal); errors.As(d.fault, &refused) {
		pause = max(pause, refused.after)
	}
	o.wait(d, pause)
}

// exhausted says why there is no further attempt, or "".
func (o *outbox) exhausted(d *delivery) string {
	attempts, age := o.target.Load().RetryPolicy.limits()
	if errors.Is(d.fault, ErrFunction) {
		attempts = min(attempts, functionRetries)
	}
	refused := new(refusal)
	switch {
	case errors.As(d.fault, &refused) && refused.final:
		return notRetryable
	case d.attempts > attempts:
		return attemptsExhausted
	case o.bus.cfg.Now().Sub(d.accepted) >= age:
		return ageExhausted
	}
	return ""
}

// functionRetries is how often Lambda repeats an asynchronous invocation whose function fails.
const functionRetries = 2

func (o *outbox) wait(d *delivery, pause time.Duration) {
	d.due = time.Now().Add(pause)
	at, _ := slices.BinarySearchFunc(o.waiting, d, func(a, b *delivery) int { return cmp.Or(a.due.Compare(b.due), -1) })
	o.waiting = slices.Insert(o.waiting, at, d)
}

// bury writes the delivery to the dead-letter file, and tries again later where that fails.
func (o *outbox) bury(d *delivery, reason string) {
	if err := o.bus.bury(d, reason); err != nil {
		o.bus.report(err)
		d.reason = reason
		o.wait(d, maxBackoff)
		return
	}
	o.bytes -= len(d.event)
}

// abandon buries all that is pending, once the running attempts have ended.
func (o *outbox) abandon(reason string) error {
	rest := slices.Concat(o.ready, o.waiting)
	for ; o.sending > 0; o.sending-- {
		if d := <-o.tried; d.fault == nil {
			o.settle(d)
		} else {
			rest = append(rest, d)
		}
	}
	var faults []error
	for _, d := range rest {
		if err := o.bus.bury(d, cmp.Or(d.reason, reason)); err != nil {
			faults = append(faults, err)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	err := fmt.Errorf("%s: %d deliveries to target %s of rule %s on bus %s were not made; %d of them are in %s", reason,
		len(rest), o.key.target, o.key.rule, o.key.bus, len(rest)-len(faults), o.bus.burialPlace(o.target.Load()))
	return errors.Join(append([]error{err}, faults...)...)
}
