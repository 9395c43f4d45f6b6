package bustail

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/outflow-dev/outflow/pkg/consume"
)

const (
	// retention is how long the queue keeps what nobody reads. Nobody reads what a killed session leaves.
	retention = 5 * time.Minute
	// farewell is how long each of rule, queue and target may take to make, and all together to take away, also when the
	// session was interrupted.
	farewell = 30 * time.Second
)

// Tail is one session. All fields but Retry are needed; it runs once.
type Tail struct {
	Events     *eventbridge.Client
	Queues     *sqs.Client
	Region     string // of both
	Bus        string // its name, of the account whose credentials the clients have
	Deployment string // "<name>-<stage>", whose tails the names of rule and queue tell
	Pattern    []byte // an EventBridge pattern
	Random     uint32 // tells tails of one second apart
	Now        func() time.Time
	Event      func(event []byte) error // takes one event, the JSON that subscribers get; an error ends the session
	Say        func(text string)        // tells the person what is no event, a sentence at a time
	// Retry is for what fails for a reason that passes. By default making rule and queue is tried four times, and receiving
	// for about as long as the queue keeps events.
	Retry consume.Retry
}

// Report says what the person has been told of besides the events.
type Report struct {
	Strange int  // messages that were no events
	Left    bool // something that the session made could not be removed
}

// Run makes the rule and the queue, gives out events until ctx is done, Event returns an error, or receiving fails for
// good, and takes rule and queue away. Its error is what ended it: ctx's, Event's own, or why it could not go on.
func (t *Tail) Run(ctx context.Context) (Report, error) {
	t.removeLeftOvers(ctx)
	if ctx.Err() != nil {
		return Report{}, ctx.Err()
	}
	s := &session{Tail: t, outpost: outpost{Tail: t, name: nameOf(t.Deployment, t.Now(), t.Random)},
		known: consume.NewRecent[string](remembered)}
	err := s.run(ctx)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	s.report.Left = !s.outpost.remove(last)
	return s.report, err
}

func (t *Tail) say(format string, args ...any) { t.Say(fmt.Sprintf(format, args...)) }
