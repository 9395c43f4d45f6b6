package bustail

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/outflow-dev/outflow/pkg/consume"
)

const (
	// longPoll is how long a call waits for events. SQS lets it be 20 seconds, the HTTP clients of awsclients 15.
	longPoll = 10 * time.Second
	// atOnce is SQS's limit on the messages of a call.
	atOnce = 10
	// remembered is how many events are known again when they are delivered twice: 300 a second, for as long as the queue
	// keeps them.
	remembered = 100_000
	// late is when the person should know that reading does not keep up.
	late = time.Minute
)

// patience is how long receiving is tried: with the SDK's own tries, about as long as the queue keeps events.
var patience = consume.Retry{First: time.Second, Max: 15 * time.Second, Attempts: 22}

// session gives out what comes.
type session struct {
	*Tail
	outpost outpost
	known   *consume.Recent[string] // envelope ids of the events given out
	report  Report

	behind, undeleted bool // it has been said
}

func (s *session) run(ctx context.Context) error {
	if err := s.outpost.make(ctx); err != nil {
		return err
	}
	s.say("events of the bus %s from about now on: EventBridge takes some seconds, at times a minute, until the new rule %s has effect",
		s.Bus, s.outpost.name)
	last := s.wall()
	for {
		messages, err := s.outpost.receive(ctx, longPoll)
		if err != nil {
			return err
		}
		if silent := s.wall().Sub(last); silent > retention {
			s.say("nothing could be read for %s: events that came more than %s ago are lost to this tail; outflow audit show --from %s "+
				"shows their changes", silent.Round(time.Second), retention, last.UTC().Format(time.RFC3339))
		}
		if err := s.give(messages); err != nil {
			return err
		}
		s.forget(ctx, messages)
		last = s.wall()
	}
}

// wall is the clock without its monotonic part, which stands still while a laptop sleeps.
func (s *session) wall() time.Time { return s.Now().Round(0) }

func (s *session) give(messages []types.Message) error {
	for i := range messages {
		s.lag(&messages[i])
		if err := s.one(&messages[i]); err != nil {
			return err
		}
	}
	return nil
}

// one gives out a message's event, unless it has been.
func (s *session) one(m *types.Message) error {
	var line bytes.Buffer
	var envelope struct {
		ID         string `json:"id"`
		DetailType string `json:"detail-type"`
	}
	body := []byte(aws.ToString(m.Body))
	err := json.Unmarshal(body, &envelope)
	if err == nil && (envelope.ID == "" || envelope.DetailType == "") {
		err = errors.New("it has no id or no detail-type")
	}
	if err == nil {
		err = json.Compact(&line, body)
	}
	if err != nil {
		s.report.Strange++
		s.say("the message %s is no event: %v: %.200q", aws.ToString(m.MessageId), err, body)
		return nil
	}
	if s.known.Has(envelope.ID) {
		return nil
	}
	s.known.Add(envelope.ID)
	return s.Event(line.Bytes())
}

// lag says once when events are read long after they came, and again only after reading has caught up.
func (s *session) lag(m *types.Message) {
	sent, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	if err != nil {
		return // it is for information alone
	}
	lag := s.wall().Sub(time.UnixMilli(sent))
	if lag > late && !s.behind {
		s.say("events are read %s after they came, and are lost to this tail after %s: a PATTERN that fewer match lets it keep up",
			lag.Round(time.Second), retention)
	}
	s.behind = lag > late/2 && (s.behind || lag > late)
}

// forget deletes messages that have been given out. One that stays comes again, and is known then.
func (s *session) forget(ctx context.Context, messages []types.Message) {
	if len(messages) == 0 {
		return
	}
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &s.outpost.url}
	for i := range messages {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)),
			ReceiptHandle: messages[i].ReceiptHandle})
	}
	out, err := s.Queues.DeleteMessageBatch(ctx, in)
	if err == nil && len(out.Failed) > 0 {
		err = fmt.Errorf("%s: %s", aws.ToString(out.Failed[0].Code), aws.ToString(out.Failed[0].Message))
	}
	if err != nil && ctx.Err() == nil && !s.undeleted {
		s.undeleted = true
		s.say("could not delete messages that have been read: %v\nThey come again until they are %s old, and are not shown again",
			explained(err), retention)
	}
}

// receive waits for messages, at most 10 at a time. What passes by itself it waits for as well.
func (o *outpost) receive(ctx context.Context, wait time.Duration) ([]types.Message, error) {
	pauses, told := cmp.Or(o.Retry, patience).Start(), false
	for {
		out, err := o.Queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &o.url, MaxNumberOfMessages: atOnce, WaitTimeSeconds: int32(wait.Seconds()),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
		})
		if err == nil {
			o.read = true
			return out.Messages, nil
		}
		early := absent(err) && !o.read // it has only just been made
		if !early && !passing(err) {
			return nil, fmt.Errorf("read the queue %s: %w", o.name, explained(err))
		}
		if !early && !told && ctx.Err() == nil {
			told = true
			o.say("could not read the queue: %v\nTrying again; it keeps events for %s", err, retention)
		}
		if !pauses.Wait(ctx) {
			return nil, fmt.Errorf("read the queue %s: %w", o.name, explained(err))
		}
	}
}
