package publish

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// EventBridge is the part of *eventbridge.Client that sends events.
type EventBridge interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// S3 is the part of *s3.Client that stores claims.
type S3 interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// OutletConfig is what an outlet needs. All fields must be set but those whose comments say otherwise.
type OutletConfig struct {
	Model        *model.Model // the one that the changes are decoded by, not a copy: their entities are its
	Bus          string       // name or ARN
	Client       EventBridge
	Claims       S3
	ClaimsBucket string
	Now          func() time.Time
	MaxBytes     int           // of an entry and of a call; 0 for DefaultMaxBytes
	Retry        consume.Retry // zero fields have defaults that give up after 7 seconds in which nothing moved
	// Replay makes it send again what was announced before; nil for live changes. What cannot be sent then stays pending,
	// however old it is.
	Replay *Replay
}

// Undelivered is the age from which on a record whose events cannot be sent is parked rather than waited for: as long
// as it is pending, the records behind it are neither announced nor audited.
const Undelivered = 15 * time.Minute

// rememberedEvents is how many events an instance remembers to have sent: about two of the largest batches.
const rememberedEvents = 20_000

// Outlet sends the events of changes to a bus. It may be used by one goroutine at a time.
type Outlet struct {
	OutletConfig
	builder *Builder
	// sent are the ids of events that this instance has sent, so that those of a batch that comes again are not sent again.
	// It is only a saving: subscribers deduplicate by id.
	sent *consume.Recent[string]
}

var _ consume.Outlet = (*Outlet)(nil)

// NewOutlet prepares an outlet and makes no call. An error means that a rule of the model does not compile, which a
// checked model excludes.
func NewOutlet(c OutletConfig) (*Outlet, error) {
	builder, err := NewBuilder(c.Model)
	if err != nil {
		return nil, err
	}
	if c.Replay != nil {
		builder = builder.Replaying(*c.Replay)
	}
	c.MaxBytes = cmp.Or(c.MaxBytes, DefaultMaxBytes)
	c.Retry.Max = cmp.Or(c.Retry.Max, 2*time.Second)
	c.Retry.Attempts = cmp.Or(c.Retry.Attempts, 8)
	return &Outlet{OutletConfig: c, builder: builder, sent: consume.NewRecent[string](rememberedEvents)}, nil
}

// Name implements consume.Outlet.
func (o *Outlet) Name() string { return consume.Events }

// Deliver implements consume.Outlet: it sends the events of the changes in their order, again and again those that
// failed, until all are sent or refused, nothing has moved for Retry.Attempts passes, or ctx is done. An event of an
// item is sent only when those of the item's earlier changes have been sent, or can never be. Calls are made one after
// the other; nothing reads the changes once it has returned.
func (o *Outlet) Deliver(ctx context.Context, changes []*change.Change) consume.Outcome {
	d := o.start(changes)
	defer o.finish(d)
	pauses := o.Retry.Start()
	for d.more() && ctx.Err() == nil {
		before := d.settled()
		o.pass(ctx, d)
		if d.settled() > before {
			pauses.Moved()
		}
		if len(d.open) > 0 && !pauses.Wait(ctx) {
			d.exhausted = ctx.Err() == nil
			break
		}
	}
	d.rest()
	return d.outcome(o.Now())
}

// finish ends what start began, also where a call panics: nothing reads the changes once Deliver has returned. What was sent
// is remembered only now, when no letters are made any more, which leave out what was sent before.
func (o *Outlet) finish(d *delivery) {
	d.rest()
	for _, id := range d.sent {
		o.sent.Add(id)
	}
}
