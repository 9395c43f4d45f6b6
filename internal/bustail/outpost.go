package bustail

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// outpost is the rule with its one target, and the queue: all that a session makes.
type outpost struct {
	*Tail
	name string // of both
	url  string // of the queue; "" where it is not known
	read bool   // the queue has answered

	rule, queue, target bool // it may be there: it was made, or no answer has said that it was not
}

const targetID = "tail"

// make makes them in the order in which nothing is lost: a target whose queue is not there yet drops events.
func (o *outpost) make(ctx context.Context) error {
	ruleARN, err := o.putRule(ctx)
	if err != nil {
		return fmt.Errorf("make the rule %s on the bus %s: %w", o.name, o.Bus, explained(err))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// A bus that is named rather than given by its ARN is one of the own account, as a queue is.
	queueARN := arn.ARN{Partition: ruleARN.Partition, Service: "sqs", Region: ruleARN.Region, AccountID: ruleARN.AccountID, Resource: o.name}
	if err := o.createQueue(ctx, ruleARN.String(), queueARN.String()); err != nil {
		return fmt.Errorf("make the queue %s: %w", o.name, explained(err))
	}
	// SQS asks for a second before a queue is used. A first look takes it, and shows that the queue may be read.
	if _, err := o.receive(ctx, time.Second); err != nil {
		return err
	}
	if err := o.putTarget(ctx, queueARN.String()); err != nil {
		return fmt.Errorf("make the queue %s the target of its rule: %w", o.name, explained(err))
	}
	return nil
}

func (o *outpost) putRule(ctx context.Context) (arn.ARN, error) {
	in := &eventbridge.PutRuleInput{Name: &o.name, EventBusName: &o.Bus, EventPattern: aws.String(string(o.Pattern)),
		Description: aws.String("outflow events tail of " + o.Deployment + " since " + o.Now().UTC().Format(time.RFC3339) +
			"; it goes when the tail ends")}
	var out *eventbridge.PutRuleOutput
	var err error
	o.rule, err = o.attempt(ctx, func(ctx context.Context) (err error) {
		out, err = o.Events.PutRule(ctx, in, func(options *eventbridge.Options) { options.Retryer = aws.NopRetryer{} })
		return err
	})
	if err != nil {
		return arn.ARN{}, err
	}
	made, err := arn.Parse(aws.ToString(out.RuleArn))
	if err != nil {
		return made, fmt.Errorf("the answer's RuleArn %q is no ARN: %w", aws.ToString(out.RuleArn), err)
	}
	return made, nil
}

func (o *outpost) createQueue(ctx context.Context, ruleARN, queueARN string) error {
	policy, err := json.Marshal(queuePolicy(ruleARN, queueARN))
	if err != nil {
		return fmt.Errorf("write the queue's policy: %w", err)
	}
	// The attributes go with the call: later changes take up to a minute, and without the policy events are dropped. The
	// size of messages is left at its default, the largest that the region has.
	in := &sqs.CreateQueueInput{QueueName: &o.name, Attributes: map[string]string{
		string(queue.QueueAttributeNameMessageRetentionPeriod): strconv.Itoa(int(retention.Seconds())),
		string(queue.QueueAttributeNameSqsManagedSseEnabled):   "true",
		string(queue.QueueAttributeNamePolicy):                 string(policy),
	}}
	o.queue, err = o.attempt(ctx, func(ctx context.Context) error {
		out, err := o.Queues.CreateQueue(ctx, in, func(options *sqs.Options) { options.Retryer = aws.NopRetryer{} })
		if err == nil {
			o.url = aws.ToString(out.QueueUrl)
		}
		return err
	})
	return err
}

// policyStatement is one statement of a policy in IAM's language.
type policyStatement struct {
	Sid, Effect string
	Principal   any
	Action      string
	Resource    string
	Condition   map[string]map[string]string
}

// queuePolicy lets the rule send, and nobody else: what the account's own people may do elsewhere is denied here.
func queuePolicy(ruleARN, queueARN string) any {
	source := map[string]string{"aws:SourceArn": ruleARN}
	return struct {
		Version   string
		Statement []policyStatement
	}{"2012-10-17", []policyStatement{
		{"RuleSends", "Allow", map[string]string{"Service": "events.amazonaws.com"}, "sqs:SendMessage", queueARN,
			map[string]map[string]string{"ArnEquals": source}},
		{"NobodyElseSends", "Deny", "*", "sqs:SendMessage", queueARN, map[string]map[string]string{"ArnNotEquals": source}},
	}}
}

func (o *outpost) putTarget(ctx context.Context, queueARN string) error {
	in := &eventbridge.PutTargetsInput{Rule: &o.name, EventBusName: &o.Bus, Targets: []types.Target{{
		Id: aws.String(targetID), Arn: &queueARN,
		RetryPolicy: &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(int32(retention.Seconds())), MaximumRetryAttempts: aws.Int32(10)},
	}}}
	var failed []types.PutTargetsResultEntry // behind an answer of 200
	var err error
	o.target, err = o.attempt(ctx, func(ctx context.Context) error {
		out, err := o.Events.PutTargets(ctx, in, func(options *eventbridge.Options) { options.Retryer = aws.NopRetryer{} })
		if err == nil {
			failed = out.FailedEntries
		}
		return err
	})
	if err == nil && len(failed) > 0 {
		err = fmt.Errorf("%s: %s", aws.ToString(failed[0].ErrorCode), aws.ToString(failed[0].ErrorMessage))
	}
	return err
}

// attempt makes a call that makes something, several times where it fails for a reason that passes. It does so in the place
// of the SDK, which does not tell of the tries before its last: one whose answer was lost may have made what a later one is
// refused. maybe is false only where every answer has said that nothing was made. The end of ctx does not cut a call short:
// it might take effect after the removal of what it makes.
func (o *outpost) attempt(ctx context.Context, call func(context.Context) error) (maybe bool, err error) {
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	pauses := cmp.Or(o.Retry, consume.Retry{First: 200 * time.Millisecond, Attempts: 4}).Start()
	for {
		err = call(whole)
		switch {
		case err == nil:
			return true, nil
		case refused(err):
			return maybe, err
		}
		maybe = true
		if !passing(err) || !pauses.Wait(ctx) {
			return maybe, err
		}
	}
}
