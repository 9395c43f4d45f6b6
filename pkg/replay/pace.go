package replay

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/outflow-dev/outflow/pkg/publish"
)

// Pace sends entries at no more than a rate, retries included: a bus has a quota for all who send to it, and targets have
// theirs. It may be used by one goroutine at a time.
type Pace struct {
	Client    publish.EventBridge
	PerSecond float64 // entries
	Now       func() time.Time

	next time.Time // of the next call
}

var _ publish.EventBridge = (*Pace)(nil)

// PutEvents waits for its turn, or until ctx is done, and sends.
func (p *Pace) PutEvents(
	ctx context.Context, in *eventbridge.PutEventsInput, o ...func(*eventbridge.Options),
) (*eventbridge.PutEventsOutput, error) {
	now := p.Now()
	if pause := p.next.Sub(now); pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
		}
		now = p.next
	}
	p.next = now.Add(time.Duration(float64(len(in.Entries)) / p.PerSecond * float64(time.Second)))
	return p.Client.PutEvents(ctx, in, o...)
}
