package backfill

import (
	"context"
	"math"
	"sync"
	"time"
)

// Budget limits reads to a number of read units a second, over all lanes together. A read is paid for when it is done,
// since only its answer says what it cost: the balance may be negative, and then nothing is read until it is made up.
type Budget struct {
	rate float64 // units a second; 0 for no limit
	now  func() time.Time

	mu      sync.Mutex
	balance float64
	at      time.Time // of the balance
	spent   float64
}

// NewBudget starts with the units of one second. A rate of 0 is no limit.
func NewBudget(rate float64, now func() time.Time) *Budget {
	return &Budget{rate: rate, now: now, balance: rate, at: now()}
}

// Wait returns when something may be read, or ctx is done.
func (b *Budget) Wait(ctx context.Context) error {
	for {
		pause := b.debt()
		if pause <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// debt is how long the balance takes to be positive again.
func (b *Budget) debt() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate == 0 {
		return 0
	}
	now := b.now()
	b.balance = min(b.rate, b.balance+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.balance > 0 {
		return 0
	}
	return time.Duration(math.Ceil(-b.balance/b.rate*1e9)) + time.Nanosecond
}

// Spend takes the units of a read.
func (b *Budget) Spend(units float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.balance -= units
	b.spent += units
}

// Spent is what was taken so far.
func (b *Budget) Spent() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}

// limit is how many items of so many units one of n lanes may read at once, so that a second holds a page of each; 0 for
// no limit.
func (b *Budget) limit(units float64, n int) int32 {
	if b.rate == 0 {
		return 0
	}
	return int32(max(1, min(b.rate/units/float64(n), math.MaxInt32)))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
