package bustail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// remove takes away what may be there: the target before its queue, so that nothing is sent to a queue that is gone, and
// the rule last, by which the rest is found. What it could not remove it says, with the commands that do, and returns false.
func (o *outpost) remove(ctx context.Context) bool {
	steps := []struct {
		there   *bool
		do      func(context.Context) error
		command string
	}{
		{&o.target, o.removeTarget, fmt.Sprintf("aws events remove-targets --region %s --event-bus-name %s --rule %s --ids %s",
			o.Region, o.Bus, o.name, targetID)},
		{&o.queue, o.deleteQueue, fmt.Sprintf("aws sqs delete-queue --region %s --queue-url $(aws sqs get-queue-url --region %[1]s "+
			"--queue-name %s --query QueueUrl --output text)", o.Region, o.name)},
		{&o.rule, o.deleteRule, fmt.Sprintf("aws events delete-rule --region %s --event-bus-name %s --name %s", o.Region, o.Bus, o.name)},
	}
	var faults []error
	text := ""
	for _, step := range steps {
		if !*step.there {
			continue
		}
		err := step.do(ctx)
		*step.there = err != nil
		if err == nil {
			continue
		}
		text += "\n  " + step.command
		if !errors.Is(err, errKept) {
			faults = append(faults, explained(err))
		}
	}
	if text == "" {
		return true
	}
	o.say("could not remove all of the rule and the queue %s: %v\nThe next tail of %s removes what is older than a day. To remove it now:%s",
		o.name, errors.Join(faults...), o.Deployment, text)
	return false
}

// errKept says that the rule stays because target or queue do: it is by the rule that they are found.
var errKept = errors.New("the rule is kept")

func (o *outpost) removeTarget(ctx context.Context) error {
	out, err := o.Events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: &o.name, EventBusName: &o.Bus, Ids: []string{targetID}},
		patiently)
	if err != nil {
		return unlessAbsent(err)
	}
	for _, failed := range out.FailedEntries { // behind an answer of 200
		if code := aws.ToString(failed.ErrorCode); code != notFound {
			return fmt.Errorf("remove the target: %s: %s", code, aws.ToString(failed.ErrorMessage))
		}
	}
	return nil
}

func (o *outpost) deleteQueue(ctx context.Context) error {
	if o.url == "" {
		out, err := o.Queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &o.name})
		if err != nil {
			return unlessAbsent(err)
		}
		o.url = aws.ToString(out.QueueUrl)
	}
	_, err := o.Queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &o.url})
	return unlessAbsent(err)
}

func (o *outpost) deleteRule(ctx context.Context) error {
	if o.target || o.queue {
		return errKept
	}
	_, err := o.Events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &o.name, EventBusName: &o.Bus}, patiently)
	return unlessAbsent(err)
}

// leftOverAge is when a rule counts as left behind. Tails are watched by people: none runs for a day.
const leftOverAge = 24 * time.Hour

// removeLeftOvers removes what tails of the deployment that were killed have left. It ends no session that it cannot.
func (t *Tail) removeLeftOvers(ctx context.Context) {
	in := &eventbridge.ListRulesInput{EventBusName: &t.Bus, NamePrefix: aws.String(prefixOf(t.Deployment))}
	for {
		page, err := t.Events.ListRules(ctx, in)
		if err != nil {
			if ctx.Err() == nil {
				t.say("could not look for what killed tails may have left behind: %v", explained(err))
			}
			return
		}
		for _, rule := range page.Rules {
			t.removeLeftOver(ctx, aws.ToString(rule.Name))
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return
		}
	}
}

func (t *Tail) removeLeftOver(ctx context.Context, name string) {
	made, ours := madeAt(t.Deployment, name)
	if !ours || t.Now().Sub(made) < leftOverAge {
		return
	}
	old := outpost{Tail: t, name: name, rule: true, queue: true, target: true}
	if old.remove(ctx) {
		t.say("removed the rule and the queue %s, left behind by a tail of %s that was killed", name, made.Format(time.RFC3339))
	}
}
