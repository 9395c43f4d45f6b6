package sim

import (
	"cmp"
	"container/heap"
	"slices"
	"sync"
	"testing/synctest"
	"time"
)

// glance is how far the clock goes at most before the loop looks for new calls while production code is at work.
const glance = 100 * time.Millisecond

// loop is the world's clock and order of events.
type loop struct {
	agenda  agenda
	numbers int // events so far; orders those of one time

	mu      sync.Mutex
	arrived []arrival // since the loop looked last; in no order that could be relied upon

	busy map[string]bool // production code that has not ended
}

// event is something that happens at a time of the virtual clock.
type event struct {
	due    time.Time
	number int
	run    func()
}

// arrival is something that production code did since the loop looked last: a call, or its end.
type arrival struct {
	order string // does not depend on the scheduler
	admit func()
}

// at puts something on the agenda.
func (l *loop) at(due time.Time, run func()) {
	l.numbers++
	heap.Push(&l.agenda, event{due, l.numbers, run})
}

func (l *loop) after(d time.Duration, run func()) { l.at(time.Now().Add(d), run) }

// arrive is called by production code's goroutines.
func (l *loop) arrive(order string, admit func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived = append(l.arrived, arrival{order, admit})
}

// admit takes in what arrived, in an order of its own.
func (l *loop) admit() {
	l.mu.Lock()
	arrived := l.arrived
	l.arrived = nil
	l.mu.Unlock()
	slices.SortStableFunc(arrived, func(a, b arrival) int { return cmp.Compare(a.order, b.order) })
	for _, a := range arrived {
		a.admit()
	}
}

// run lets events happen until done says so, or nothing is left to happen.
func (l *loop) run(done func() bool) {
	for {
		synctest.Wait()
		l.admit()
		if done() {
			return
		}
		now := time.Now()
		if len(l.agenda) > 0 && !l.agenda[0].due.After(now) {
			heap.Pop(&l.agenda).(event).run()
			continue
		}
		if len(l.agenda) == 0 && len(l.busy) == 0 {
			return
		}
		time.Sleep(l.pause(now))
	}
}

// pause is until the next event, but short while production code may be about to call.
func (l *loop) pause(now time.Time) time.Duration {
	pause := glance
	if len(l.agenda) > 0 {
		pause = l.agenda[0].due.Sub(now)
	}
	if len(l.busy) > 0 {
		pause = min(pause, glance)
	}
	return pause
}

// start runs production code in a goroutine. end is called by the loop when it has ended.
func (l *loop) start(name string, work func(), end func()) {
	l.busy[name] = true
	go func() {
		work()
		l.arrive("end "+name, func() {
			delete(l.busy, name)
			end()
		})
	}()
}

// agenda is a heap of events by time, then by number.
type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if a[i].due.Equal(a[j].due) {
		return a[i].number < a[j].number
	}
	return a[i].due.Before(a[j].due)
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	*a = (*a)[:last]
	return e
}
