package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

const (
	screenTick = 250 * time.Millisecond // on a terminal, where a line is written over
	lineTick   = 10 * time.Second       // elsewhere
	poisonRows = 20                     // refused items that are shown; the file has all
)

// backfillProgress tells a person or a program how a backfill goes on: the result on standard output, what passes on
// standard error; as JSON all on standard output, an event a line.
type backfillProgress struct {
	out, errs io.Writer
	asJSON    bool
	screen    bool
	plan      *backfill.Plan

	mu        sync.Mutex
	began     time.Time
	start     int // items that were done before
	refused   []backfill.Poison
	unwritten error // the first error of writing an event
}

func newBackfillProgress(out, errs io.Writer, asJSON bool) *backfillProgress {
	p := &backfillProgress{out: out, errs: errs, asJSON: asJSON}
	if f, ok := errs.(*os.File); ok && !asJSON {
		info, err := f.Stat()
		p.screen = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *backfillProgress) of(plan *backfill.Plan) *backfillProgress {
	p.plan = plan
	return p
}

// event is a line of --json.
type backfillEvent struct {
	Event    string            `json:"event"` // plan, progress, poison, end
	Plan     *backfill.Plan    `json:"plan,omitempty"`
	Resumed  *backfill.Counts  `json:"resumed,omitempty"` // what was done before
	Counts   *backfill.Counts  `json:"counts,omitempty"`
	Share    *float64          `json:"share,omitempty"` // 0 to 1, of an estimate
	Rate     float64           `json:"rate,omitempty"`  // items a second in this run
	Left     float64           `json:"left,omitempty"`  // seconds, by the estimate
	Poison   []backfill.Poison `json:"poison,omitempty"`
	Complete *bool             `json:"complete,omitempty"`
	Error    string            `json:"error,omitempty"`
}

// follow prints progress until stop is called.
func (p *backfillProgress) follow(ctx context.Context, state func() backfill.State) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	tick := lineTick
	if p.screen {
		tick = screenTick
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				s := state()
				p.pass(&s.Counts)
			}
		}
	}()
	return func() {
		cancel()
		<-ended
		if p.screen {
			fmt.Fprint(p.errs, "\r\x1b[K")
		}
	}
}

// pass prints where it stands.
func (p *backfillProgress) pass(c *backfill.Counts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := backfillEvent{Event: "progress", Counts: c, Rate: float64(c.Seen-p.start) / time.Since(p.began).Seconds()}
	if p.plan.Items > 0 {
		share := min(float64(c.Seen)/float64(p.plan.Items), 0.99) // it is an estimate; all is done at the end only
		e.Share = &share
		if e.Rate > 0 {
			e.Left = max(float64(p.plan.Items-c.Seen)/e.Rate, 0)
		}
	}
	switch {
	case p.asJSON:
		p.write(&e)
	case p.screen:
		fmt.Fprintf(p.errs, "\r\x1b[K%s", e.text())
	default:
		fmt.Fprintln(p.errs, e.text())
	}
}

func (e *backfillEvent) text() string {
	text := fmt.Sprintf("%d items  %.0f/s", e.Counts.Seen, e.Rate)
	if e.Share != nil {
		text += fmt.Sprintf("  %2.0f%%", *e.Share*100)
	}
	if e.Left > 0 {
		text += "  " + (time.Duration(e.Left) * time.Second).String() + " left"
	}
	if e.Counts.Poison > 0 {
		text += fmt.Sprintf("  %d refused", e.Counts.Poison)
	}
	return text
}

// poison takes items that were refused.
func (p *backfillProgress) poison(items []backfill.Poison) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = append(p.refused, items[:min(len(items), poisonRows-len(p.refused))]...)
	if p.asJSON {
		p.write(&backfillEvent{Event: "poison", Poison: items})
	}
	return p.unwritten
}

func (p *backfillProgress) write(e *backfillEvent) {
	if err := printJSON(p.out, "", e); err != nil && p.unwritten == nil {
		p.unwritten = err
	}
}
