package sim

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errLost is what production code sees of a call whose request or answer was lost.
var errLost = errors.New("the connection was cut")

// errDead is what the rest of a process that was killed sees, which nobody hears of any more.
var errDead = errors.New("the process is dead")

// actor is one piece of production code at work: an invocation, or a job.
type actor struct {
	name   string
	ctx    context.Context
	kill   context.CancelFunc
	dead   bool
	frozen bool // its calls are not given up when its time is over; see Zombie
	lambda bool // it is an invocation, which can go on after its time-out
	open   map[*call]bool
}

func (w *world) newActor(name string, limit time.Duration) *actor {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	a := &actor{name: name, ctx: ctx, kill: cancel, open: map[*call]bool{}}
	w.actors = append(w.actors, a)
	return a
}

// call is an external call on its way.
type call struct {
	actor   *actor
	ctx     context.Context
	service string
	name    string // what is called, with enough of its arguments to order calls that come at one time
	effect  effects
	reply   chan answer
	closed  bool // answered, or given up
}

// effects is what a call can do. do has the whole effect and gives the answer. part, where there is one, has the effect
// on what it is told to keep, and gives the answer that refuses the rest. refuse gives an answer without any effect.
type effects struct {
	do     func() any
	part   func(keep func(i int) bool) any
	refuse func(f Fault) (any, error)
}

type answer struct {
	value any
	err   error
}

// takes says whether the fault makes sense for the call.
func (c *call) takes(f Fault) bool {
	switch f {
	case CrashHalfway:
		return c.effect.part != nil
	case PartialBulk:
		return c.effect.part != nil && c.service == serviceSearch
	case PartialPut:
		return c.effect.part != nil && c.service == serviceBus
	case Conflict:
		return c.service == serviceAudit || c.service == serviceFailures
	case Zombie:
		return c.actor.lambda && !c.actor.frozen
	}
	return true
}

// possible appends the kinds of faults that make sense for the call.
func (c *call) possible(to []Fault) []Fault {
	for _, f := range ofCalls {
		if c.takes(f) {
			to = append(to, f)
		}
	}
	return to
}

// external makes a call for an actor, from a goroutine of production code, and waits for the answer.
func (w *world) external(ctx context.Context, c *call) (any, error) {
	c.ctx, c.reply = ctx, make(chan answer, 1)
	w.arrive(fmt.Sprintf("call %s %s %s", c.actor.name, c.service, c.name), func() { w.take(c) })
	a := <-c.reply
	return a.value, a.err
}

// take takes in a call that has arrived.
func (w *world) take(c *call) {
	w.report.Calls++
	if c.actor.dead {
		c.close(nil, errDead)
		return
	}
	c.actor.open[c] = true
	w.after(w.latency.between(time.Millisecond, 30*time.Millisecond), func() { w.settle(c) })
	w.watchContext(c)
}

// watchContext gives a call up when its context ends, unless its process is frozen. The request may be on its way: its
// effect then comes all the same.
func (w *world) watchContext(c *call) {
	if deadline, limited := c.ctx.Deadline(); limited {
		w.at(deadline, func() {
			if !c.closed && !c.actor.frozen {
				c.close(nil, fmt.Errorf("%w: %w", errLost, context.DeadlineExceeded))
			}
		})
	}
}

// settle lets the call have its effect and its answer, or a fault.
func (w *world) settle(c *call) {
	if c.closed { // given up, which the service does not know: half of such requests have arrived
		if w.severity.chance(0.5) {
			w.tell("%s: %s %s arrives after it was given up", c.actor.name, c.service, c.name)
			c.effect.do()
		}
		return
	}
	if refused, err, down := w.outage(c); down {
		w.tell("%s: %s %s: the service is out", c.actor.name, c.service, c.name)
		c.close(refused, err)
		return
	}
	f := w.faultOf(c)
	if f == "" {
		w.tell("%s: %s %s", c.actor.name, c.service, c.name)
		c.close(c.effect.do(), nil)
		return
	}
	w.tell("%s: %s %s", c.actor.name, c.service, c.name)
	w.befall(c, f)
}

func (w *world) befall(c *call, f Fault) {
	w.count(f)
	switch f {
	case CrashBefore:
		w.crash(c.actor)
	case CrashAfter:
		c.effect.do()
		w.crash(c.actor)
	case CrashHalfway:
		half := w.severity.between(0, 8)
		c.effect.part(func(i int) bool { return time.Duration(i) < half })
		w.crash(c.actor)
	case RequestLost:
		c.close(nil, errLost)
	case AnswerLost:
		c.effect.do()
		c.close(nil, errLost)
	case PartialBulk, PartialPut:
		c.close(c.effect.part(func(int) bool { return w.severity.chance(0.5) }), nil)
	case Slow:
		w.after(w.severity.between(time.Second, 20*time.Second), func() { w.settle(c) })
	case Zombie:
		c.actor.frozen = true
		w.at(c.actor.end().Add(w.severity.between(0, time.Minute)), func() { w.settle(c) })
	default:
		c.close(c.effect.refuse(f))
	}
}

func (a *actor) end() time.Time {
	deadline, _ := a.ctx.Deadline()
	return deadline
}

// close answers the call, unless that has been done.
func (c *call) close(value any, err error) {
	if c.closed {
		return
	}
	c.closed = true
	delete(c.actor.open, c)
	c.reply <- answer{value, err}
}

// crash ends the actor's process at once.
func (w *world) crash(a *actor) {
	if a.dead {
		return
	}
	a.dead = true
	a.kill()
	for _, c := range w.sorted(a.open) {
		if c.closed {
			continue
		}
		c.close(nil, errDead)
	}
	w.died(a)
}

func (c *call) order() string { return c.service + " " + c.name }
