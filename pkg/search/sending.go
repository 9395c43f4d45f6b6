package search

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// sending is one pass over the open writes of a delivery.
type sending struct {
	outlet        *Outlet
	delivery      *delivery
	queue         []*write // not yet sent
	opened        []*write // those with an open operation
	left          []*write // to be sent again in the next pass
	reasons       []reason // why, in the order in which they first came
	scriptMissing bool
	body          []byte
}

// reason is why documents of an index are not written.
type reason struct {
	index, text string
	documents   int
}

// errMoved says that the indexes are others than those that the writes were planned for. The next pass plans anew.
var errMoved = errors.New("the indexes changed while documents were written")

// run sends the queue and settles what is open then. Where a request fails as a whole, the rest stays.
func (s *sending) run(ctx context.Context) error {
	if err := s.send(ctx); err != nil {
		return err
	}
	if err := s.settleOpen(ctx); err != nil {
		s.delivery.counts.Add(consume.MetricRejected, 1)
		return err
	}
	return s.summary()
}

// send sends the queue in requests of bounded size.
func (s *sending) send(ctx context.Context) error {
	for len(s.queue) > 0 {
		targets, err := s.outlet.current(ctx)
		if err != nil {
			return err
		}
		if !s.delivery.isPlannedFor(targets) {
			return errMoved
		}
		if err := s.request(ctx); err != nil {
			s.delivery.counts.Add(consume.MetricRejected, 1)
			return err
		}
	}
	return nil
}

// rest is what is still to be written.
func (s *sending) rest() []*write { return slices.Concat(s.left, s.opened, s.queue) }

// request sends the head of the queue. A request that is too large is cut in half; a write that is too large alone is
// taken apart, and an operation that is too large alone can never be written.
func (s *sending) request(ctx context.Context) error {
	n := s.encode()
	verdicts, err := s.bulk(ctx, s.queue[:n])
	var status *StatusError
	if errors.As(err, &status) && status.Status == http.StatusRequestEntityTooLarge {
		if n > 1 {
			s.outlet.limit = len(s.body) / 2
			return nil
		}
		verdicts, err = []Verdict{tooLarge(len(s.body))}, nil
	}
	if err != nil {
		return err
	}
	sent := s.queue[:n]
	s.queue = s.queue[n:]
	var unfolded []*write
	for i, w := range sent {
		unfolded = append(unfolded, s.settle(w, verdicts[i])...)
	}
	if len(unfolded) > 0 {
		s.queue = append(unfolded, s.queue...)
	}
	return nil
}

// encode makes the body of as many writes as the limit has room for, at least one, and returns their number. Writes of
// one batch are of like lengths, so the first says how much room the body needs: one that grows by itself costs its
// size several times over, in a function whose memory is small.
func (s *sending) encode() int {
	s.body = s.body[:0]
	now := s.outlet.Now()
	for n, w := range s.queue {
		size := len(s.body)
		action := w.action()
		w.target.to.MarkOld(&action, now)
		s.body = AppendBulk(s.body, &w.target.to, &action)
		if n == 0 {
			s.body = slices.Grow(s.body, min(s.outlet.limit, len(s.body)*len(s.queue)*9/8))
		}
		if len(s.body) > s.outlet.limit && n > 0 {
			s.body = s.body[:size]
			return n
		}
	}
	return len(s.queue)
}

func (s *sending) bulk(ctx context.Context, sent []*write) ([]Verdict, error) {
	content, err := s.outlet.Client.call(ctx, request{method: http.MethodPost, path: bulkPath, query: bulkQuery, body: s.body})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(sent))
	for i, w := range sent {
		ids[i] = w.ops[0].ID
	}
	return ReadAnswer(content, ids)
}

// settle does what the verdict asks for, and returns what is to be sent next instead of the write. A folded write that
// is refused is sent again operation by operation, in their order: only what fails alone is poison.
func (s *sending) settle(w *write, v Verdict) []*write {
	d := s.delivery
	switch v.Fate {
	case Written:
		d.counts.Add(consume.MetricWritten, 1)
		return nil
	case Stale:
		d.counts.Add(consume.MetricStale, len(w.ops))
		return nil
	case Open:
		s.opened = append(s.opened, w)
		return nil
	case Poison:
		if len(w.ops) > 1 {
			return w.unfold()
		}
		d.poison[w.from[0]] = fmt.Errorf("%s: %s", w.target.Name, v.Reason)
		return nil
	case ScriptMissing:
		s.scriptMissing = true
	case IndexMissing:
		s.outlet.forget()
	}
	d.counts.Add(consume.MetricRejected, 1)
	s.left = append(s.left, w)
	s.because(w.target.Name, v.Reason)
	return nil
}

func (s *sending) because(index, text string) {
	for i := range s.reasons {
		if r := &s.reasons[i]; r.index == index && r.text == text {
			r.documents++
			return
		}
	}
	s.reasons = append(s.reasons, reason{index, text, 1})
}

// maxReasons is how many reasons an error names.
const maxReasons = 3

// summary says what is not written: the first reasons, how many documents each, and of which index.
func (s *sending) summary() error {
	if len(s.reasons) == 0 {
		return nil
	}
	var all []string
	for _, r := range s.reasons[:min(len(s.reasons), maxReasons)] {
		all = append(all, fmt.Sprintf("%d documents of %s: %s", r.documents, r.index, r.text))
	}
	if more := len(s.reasons) - maxReasons; more > 0 {
		all = append(all, fmt.Sprintf("and %d more reasons", more))
	}
	return fmt.Errorf("not written: %s", strings.Join(all, "; "))
}
