package bustail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/bustail"
	"github.com/outflow-dev/outflow/internal/bustail/awsfake"
	"github.com/outflow-dev/outflow/pkg/consume"
)

const (
	busName = "shop-prod"
	source  = "com.example.shop"
	name    = "outflow-tail-shop-prod-1795257000-0000beef"
)

var start = time.Unix(1795257000, 0)

// desk is a person at a tail.
type desk struct {
	t    testing.TB
	aws  *awsfake.AWS
	tail *bustail.Tail
	mu   sync.Mutex
	now  time.Time
	seen []string // data of the events, in order
	said string
	// after is called with the number of events that there have been, follows once the tail has begun.
	after   func(n int) error
	follows func()
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, aws: awsfake.New(t, busName), now: start, after: func(int) error { return nil }, follows: func() {}}
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &d.aws.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxBackoff, o.RateLimiter = time.Millisecond, ratelimit.None
			})
		}}
	d.tail = &bustail.Tail{
		Events: eventbridge.NewFromConfig(cfg), Queues: sqs.NewFromConfig(cfg), Region: "us-east-1", Bus: busName, Deployment: "shop-prod",
		Pattern: []byte(`{"source":["` + source + `"]}`), Random: 0xbeef, Now: d.clock, Event: d.event, Say: d.say,
		Retry: consume.Retry{First: time.Millisecond, Max: time.Millisecond, Attempts: 3},
	}
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) later(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func (d *desk) event(line []byte) error {
	var event struct{ Detail struct{ N int } }
	require.NoError(d.t, json.Unmarshal(line, &event), "%s", line)
	d.seen = append(d.seen, fmt.Sprint(event.Detail.N))
	return d.after(len(d.seen))
}

func (d *desk) say(text string) {
	if strings.HasPrefix(text, "events of the bus") {
		require.Contains(d.t, text, "new rule "+name+" has effect")
		d.follows()
		return
	}
	d.said += text + "\n"
}

func (d *desk) publish(numbers ...int) {
	for _, n := range numbers {
		d.aws.Publish(busName, source, "OrderPlaced", fmt.Sprintf(`{"n":%d}`, n))
	}
}

func (d *desk) leavesNothing() {
	d.t.Helper()
	require.Empty(d.t, d.aws.Rules(busName))
	require.Empty(d.t, d.aws.Queues())
}

// envelope is an event as EventBridge delivers it.
func envelope(id string, n int) string {
	return fmt.Sprintf(`{"id":%q,"detail-type":"OrderPlaced","source":%q,"detail":{"n":%d}}`, id, source, n)
}

var errEnough = errors.New("enough")

func enoughAt(limit int) func(int) error {
	return func(n int) error {
		if n == limit {
			return errEnough
		}
		return nil
	}
}

func TestTail(t *testing.T) {
	d := newDesk(t)
	d.aws.Before("DeleteMessageBatch", func() {
		d.aws.Publish(busName, "com.example.other", "Other", `{"n":9}`)
		d.publish(3)
	})
	d.aws.Before("PutTargets", func() {
		var policy struct{ Statement []map[string]any }
		attributes := d.aws.Attributes(name)
		require.Equal(t, "300", attributes["MessageRetentionPeriod"])
		require.Equal(t, "true", attributes["SqsManagedSseEnabled"])
		require.NoError(t, json.Unmarshal([]byte(attributes["Policy"]), &policy))
		rule := map[string]any{"aws:SourceArn": "arn:aws:events:us-east-1:000000000000:rule/shop-prod/" + name}
		queue := "arn:aws:sqs:us-east-1:000000000000:" + name
		require.Equal(t, []map[string]any{
			{"Sid": "RuleSends", "Effect": "Allow", "Principal": map[string]any{"Service": "events.amazonaws.com"},
				"Action": "sqs:SendMessage", "Resource": queue, "Condition": map[string]any{"ArnEquals": rule}},
			{"Sid": "NobodyElseSends", "Effect": "Deny", "Principal": "*",
				"Action": "sqs:SendMessage", "Resource": queue, "Condition": map[string]any{"ArnNotEquals": rule}},
		}, policy.Statement)
	})
	d.follows = func() { d.publish(1, 2) }
	d.after = enoughAt(3)
	report, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	require.Zero(t, report)
	require.ElementsMatch(t, []string{"1", "2", "3"}, d.seen)
	require.Empty(t, d.said)
	d.leavesNothing()
	calls := d.aws.Calls()
	require.Equal(t, []string{"ListRules", "PutRule", "CreateQueue", "ReceiveMessage", "PutTargets", "ReceiveMessage"}, calls[:6])
	require.Equal(t, []string{"RemoveTargets", "DeleteQueue", "DeleteRule"}, calls[len(calls)-3:])
}

// Whatever call is refused, the error says which, and nothing stays.
func TestTailThatCannotBegin(t *testing.T) {
	gone := awsfake.Fault{Status: 400, Code: "ResourceNotFoundException"}
	full := awsfake.Fault{Status: 400, Code: "LimitExceededException"} // which the SDK tries again
	lost := awsfake.Fault{Status: 500, Code: "InternalFailure", After: true}
	for _, row := range []struct {
		name, operation string
		faults          []awsfake.Fault
		says            []string
	}{
		{"the rule is denied", "PutRule", []awsfake.Fault{awsfake.Denied()}, []string{"make the rule " + name + " on the bus shop-prod", "--help"}},
		{"the bus is not there", "PutRule", []awsfake.Fault{gone}, []string{"make the rule", "the credentials must be those of the account"}},
		{"as many rules as a bus may have", "PutRule", []awsfake.Fault{full, full, full}, []string{"300 rules"}},
		{"a pattern that the service refuses", "PutRule", []awsfake.Fault{{Status: 400, Code: "InvalidEventPatternException"}}, []string{"simplify"}},
		{"the credential is not valid", "PutRule", []awsfake.Fault{{Status: 400, Code: "UnrecognizedClientException"}}, []string{"sign in again"}},
		{"the rule's answer is lost", "PutRule", []awsfake.Fault{lost, lost, lost}, []string{"make the rule", "InternalFailure"}},
		{"the rule's answer has no ARN", "PutRule", []awsfake.Fault{{Status: 200, Body: `{}`, After: true}}, []string{`RuleArn "" is no ARN`}},
		{"the queue is denied", "CreateQueue", []awsfake.Fault{awsfake.Denied()}, []string{"make the queue " + name, "AccessDenied", "--help"}},
		{"the queue's answer is lost", "CreateQueue", []awsfake.Fault{lost, lost, lost}, []string{"make the queue", "InternalFailure"}},
		{"the queue may not be read", "ReceiveMessage", []awsfake.Fault{awsfake.Denied()}, []string{"read the queue " + name, "AccessDenied"}},
		{"the target is denied", "PutTargets", []awsfake.Fault{awsfake.Denied()}, []string{"the target of its rule", "AccessDenied"}},
		{"the target is refused behind a 200", "PutTargets", []awsfake.Fault{{Status: 200,
			Body: `{"FailedEntryCount":1,"FailedEntries":[{"TargetId":"tail","ErrorCode":"Wrong","ErrorMessage":"no such queue"}]}`}},
			[]string{"the target of its rule", "Wrong: no such queue"}},
		{"the target's answer is lost", "PutTargets", []awsfake.Fault{lost, lost, lost}, []string{"the target of its rule", "InternalFailure"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk(t)
			d.aws.Fail(row.operation, row.faults...)
			report, err := d.tail.Run(t.Context())
			for _, said := range row.says {
				require.ErrorContains(t, err, said)
			}
			require.Zero(t, report)
			require.Empty(t, d.said)
			d.leavesNothing()
		})
	}
}

// What passes by itself delays a beginning.
func TestTailBeginsPatiently(t *testing.T) {
	d := newDesk(t)
	d.aws.Fail("PutRule", awsfake.Fault{Status: 400, Code: "ConcurrentModificationException"}, awsfake.Fault{Status: 400, Code: "ThrottlingException"})
	d.aws.Fail("ReceiveMessage", awsfake.Fault{Status: 400, Code: "com.amazonaws.sqs#QueueDoesNotExist"})
	d.aws.Fail("DeleteRule", awsfake.Fault{Status: 400, Code: "ConcurrentModificationException"})
	d.aws.Before("ReceiveMessage", func() { d.aws.Send(envelope("e1", 1), start) })
	d.after = enoughAt(1)
	// The first look takes the message that came before the target: nothing else can have sent it.
	d.aws.Before("PutTargets", d.aws.Again)
	_, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	require.Empty(t, d.said)
	d.leavesNothing()
}

func TestTailGoesOn(t *testing.T) {
	slow := awsfake.Fault{Status: 400, Code: "ThrottlingException"}
	down := awsfake.Fault{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable"}
	d := newDesk(t)
	d.aws.Before("PutTargets", func() {
		d.aws.Fail("ReceiveMessage", slow, slow, slow, down, down, down) // six tries, of which the SDK makes three each
		d.aws.Send(envelope("e1", 1), start)
		d.aws.Send(envelope("e2", 2), start)
		d.aws.Send(envelope("e1", 1), start) // the same event once more
		d.aws.Send("not json\x7f", start)
		d.aws.Send(`{"detail-type":"OrderPlaced"}`, start)
		d.aws.Send("{\n \"id\": \"e3\", \"detail-type\": \"x\", \"detail\": {\"n\": 3}}", start)
	})
	d.aws.Fail("DeleteMessageBatch", awsfake.Denied())
	d.aws.Before("DeleteMessageBatch", func() {
		d.aws.Before("ReceiveMessage", func() {
			d.aws.Again()
			d.aws.Send(envelope("e4", 4), start)
		})
	})
	d.after = enoughAt(4)
	report, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	require.Equal(t, []string{"1", "2", "3", "4"}, d.seen)
	require.Equal(t, bustail.Report{Strange: 4}, report, "shown again, since their deletion failed")
	require.Equal(t, 1, strings.Count(d.said, "Trying again"), d.said)
	require.Contains(t, d.said, "ThrottlingException")
	require.Contains(t, d.said, `the message m4 is no event: invalid character 'o' in literal null (expecting 'u'): "not json\x7f"`)
	require.Contains(t, d.said, "the message m5 is no event: it has no id or no detail-type")
	require.Contains(t, d.said, "could not delete messages that have been read")
	d.leavesNothing()
}

// Deletions that fail one by one are said too, once.
func TestTailSaysWhatItCannotDelete(t *testing.T) {
	d := newDesk(t)
	fault := awsfake.Fault{Status: 200, Body: `{"Successful":[],"Failed":[{"Id":"0","Code":"Wrong","Message":"stale","SenderFault":true}]}`}
	d.aws.Fail("DeleteMessageBatch", fault, fault)
	d.aws.Before("PutTargets", func() { d.aws.Send(envelope("e1", 1), start) })
	d.aws.Before("DeleteMessageBatch", func() {
		d.aws.Send(envelope("e2", 2), start)
		d.aws.Before("DeleteMessageBatch", func() { d.aws.Send(envelope("e3", 3), start) })
	})
	d.after = enoughAt(3)
	_, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	require.Equal(t, 1, strings.Count(d.said, "could not delete messages"), d.said)
	require.Contains(t, d.said, "Wrong: stale")
}

func TestTailThatCannotGoOn(t *testing.T) {
	down := awsfake.Fault{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable"}
	expired := awsfake.Fault{Status: http.StatusForbidden, Code: "ExpiredToken"}
	for _, row := range []struct {
		name   string
		faults []awsfake.Fault
		says   string
	}{
		{"the credential has expired", []awsfake.Fault{expired}, "sign in again"},
		{"it stays down", []awsfake.Fault{down, down, down, down, down, down, down, down, down, down, down, down, down, down, down}, "ServiceUnavailable"},
		{"the queue is gone", []awsfake.Fault{{Status: 400, Code: "com.amazonaws.sqs#QueueDoesNotExist"}}, "start the tail again"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk(t)
			d.aws.Before("PutTargets", func() { d.aws.Fail("ReceiveMessage", row.faults...) })
			report, err := d.tail.Run(t.Context())
			require.ErrorContains(t, err, "read the queue "+name)
			require.ErrorContains(t, err, row.says)
			require.Zero(t, report)
			d.leavesNothing()
		})
	}
}

// Whenever Ctrl-C comes, nothing stays.
func TestTailEndsWhenItIsInterrupted(t *testing.T) {
	for _, operation := range []string{"ListRules", "PutRule", "CreateQueue", "ReceiveMessage", "PutTargets", "DeleteMessageBatch"} {
		t.Run(operation, func(t *testing.T) {
			d := newDesk(t)
			ctx, cancel := context.WithCancel(t.Context())
			d.aws.Before(operation, cancel)
			if operation == "DeleteMessageBatch" {
				d.aws.Before("PutTargets", func() { d.aws.Send(envelope("e1", 1), start) })
			}
			report, err := d.tail.Run(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.Zero(t, report)
			require.Empty(t, d.said)
			d.leavesNothing()
		})
	}
}

func TestTailSaysWhatIsLost(t *testing.T) {
	d := newDesk(t)
	d.aws.Before("PutTargets", func() {
		d.aws.Send(envelope("e1", 1), start.Add(-2*time.Minute))
		d.aws.Send(envelope("e2", 2), start.Add(-3*time.Minute))
		d.aws.Send(envelope("e3", 3), start)
		d.aws.Send(envelope("e4", 4), start.Add(-90*time.Second))
	})
	d.aws.Before("DeleteMessageBatch", func() {
		d.aws.Before("ReceiveMessage", func() { // a laptop sleeps
			d.later(20 * time.Minute)
			d.aws.Send(envelope("e5", 5), start.Add(20*time.Minute))
		})
	})
	d.after = enoughAt(5)
	_, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	require.Equal(t, 2, strings.Count(d.said, "after they came"), d.said)
	require.Contains(t, d.said, "events are read 2m0s after they came")
	require.Contains(t, d.said, "events are read 1m30s after they came")
	require.Contains(t, d.said, "nothing could be read for 20m0s")
	require.Contains(t, d.said, "outflow audit show --from "+start.UTC().Format(time.RFC3339))
}
