package consume

import (
	"cmp"
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry says how often and how fast something is tried again. Zero fields have the defaults that their comments name.
type Retry struct {
	First    time.Duration // the first pause; 100 ms
	Max      time.Duration // the longest pause; 5 s
	Attempts int           // tries in a row that move nothing before it is given up; 12, which take half a minute
	Steady   bool          // pauses without jitter, for what must run the same way again
}

// Pauses is the state of one piece of work's pauses.
type Pauses struct {
	next  *backoff.ExponentialBackOff
	limit int
	spent int
}

// Start begins a piece of work.
func (r Retry) Start() *Pauses {
	p := &Pauses{next: backoff.NewExponentialBackOff(), limit: cmp.Or(r.Attempts, 12)}
	p.next.InitialInterval = cmp.Or(r.First, 100*time.Millisecond)
	p.next.MaxInterval = cmp.Or(r.Max, 5*time.Second)
	p.next.Multiplier = 2
	if r.Steady {
		p.next.RandomizationFactor = 0
	}
	p.next.Reset()
	return p
}

// Moved is for a try that got on, if only in part: pauses and attempts start anew.
func (p *Pauses) Moved() {
	p.next.Reset()
	p.spent = 0
}

// Wait pauses, and says whether to try again: not after the last attempt, nor when ctx is done.
func (p *Pauses) Wait(ctx context.Context) bool {
	p.spent++
	if p.spent >= p.limit {
		return false
	}
	timer := time.NewTimer(p.next.NextBackOff())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// Do tries until there is no error, the attempts are used up, or ctx is done, and returns the error that says most:
// that of the last try which ctx did not cut short.
func (r Retry) Do(ctx context.Context, try func() error) error {
	pauses := r.Start()
	var last error
	for {
		err := try()
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if !pauses.Wait(ctx) {
			return last
		}
	}
}
