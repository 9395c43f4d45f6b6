package search

import (
	"cmp"
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry says how often and how fast an outlet tries again. Zero fields have the defaults that their comments name.
type Retry struct {
	First    time.Duration // the first pause; 100 ms
	Max      time.Duration // the longest pause; 5 s
	Attempts int           // passes in a row that move nothing before the outlet gives up; 12, which take half a minute
}

// pauses is the state of one delivery's pauses.
type pauses struct {
	next  *backoff.ExponentialBackOff
	limit int
	spent int
}

func (r Retry) start() *pauses {
	p := &pauses{next: backoff.NewExponentialBackOff(), limit: cmp.Or(r.Attempts, 12)}
	p.next.InitialInterval = cmp.Or(r.First, 100*time.Millisecond)
	p.next.MaxInterval = cmp.Or(r.Max, 5*time.Second)
	p.next.Multiplier = 2
	p.next.Reset()
	return p
}

// reset is for a pass that moved something.
func (p *pauses) reset() {
	p.next.Reset()
	p.spent = 0
}

// wait pauses, and says whether there is to be another pass.
func (p *pauses) wait(ctx context.Context) bool {
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
