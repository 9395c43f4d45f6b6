package bustail_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/bustail"
	"github.com/outflow-dev/outflow/internal/bustail/awsfake"
)

const (
	removeTargets = "\n  aws events remove-targets --region us-east-1 --event-bus-name shop-prod --rule " + name + " --ids tail"
	deleteQueue   = "\n  aws sqs delete-queue --region us-east-1 --queue-url $(aws sqs get-queue-url --region us-east-1 --queue-name " + name +
		" --query QueueUrl --output text)"
	deleteRule = "\n  aws events delete-rule --region us-east-1 --event-bus-name shop-prod --name " + name
)

// What cannot be removed is named, with the commands that remove it, and these alone.
func TestTailNamesWhatItLeaves(t *testing.T) {
	down := awsfake.Fault{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable"}
	expired := awsfake.Fault{Status: http.StatusBadRequest, Code: "ExpiredTokenException"}
	for _, row := range []struct {
		name   string
		faults map[string][]awsfake.Fault
		says   string
		stays  []string // commands
	}{
		{"the target is denied", map[string][]awsfake.Fault{"RemoveTargets": {awsfake.Denied()}}, "--help", []string{removeTargets, deleteRule}},
		{"the target is refused behind a 200", map[string][]awsfake.Fault{"RemoveTargets": {{Status: 200,
			Body: `{"FailedEntryCount":1,"FailedEntries":[{"TargetId":"tail","ErrorCode":"Wrong","ErrorMessage":"not now"}]}`}}},
			"Wrong: not now", []string{removeTargets, deleteRule}},
		{"the queue is denied", map[string][]awsfake.Fault{"DeleteQueue": {awsfake.Denied()}}, "AccessDenied", []string{deleteQueue, deleteRule}},
		{"the rule is denied", map[string][]awsfake.Fault{"DeleteRule": {awsfake.Denied()}}, "AccessDenied", []string{deleteRule}},
		{"it is down", map[string][]awsfake.Fault{"DeleteRule": {down, down, down}}, "ServiceUnavailable", []string{deleteRule}},
		{"the credential has expired", map[string][]awsfake.Fault{"RemoveTargets": {expired}, "DeleteQueue": {expired}, "DeleteRule": {expired}},
			"sign in again", []string{removeTargets, deleteQueue, deleteRule}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk(t)
			for operation, faults := range row.faults {
				d.aws.Fail(operation, faults...)
			}
			d.follows = func() { d.publish(1) }
			d.after = enoughAt(1)
			report, err := d.tail.Run(t.Context())
			require.ErrorIs(t, err, errEnough)
			require.Equal(t, bustail.Report{Left: true}, report)
			require.Contains(t, d.said, "could not remove all of the rule and the queue "+name)
			require.Contains(t, d.said, row.says)
			require.True(t, strings.HasSuffix(d.said, "To remove it now:"+strings.Join(row.stays, "")+"\n"), d.said)
		})
	}
}

// What somebody else has removed, or what was never quite made, is no fault.
func TestTailFindsThingsGone(t *testing.T) {
	d := newDesk(t)
	d.aws.Fail("RemoveTargets", awsfake.Fault{Status: 200,
		Body: `{"FailedEntryCount":1,"FailedEntries":[{"TargetId":"tail","ErrorCode":"ResourceNotFoundException","ErrorMessage":"gone"}]}`, After: true})
	d.aws.Fail("DeleteQueue", awsfake.Fault{Status: 400, Code: "com.amazonaws.sqs#QueueDoesNotExist", After: true})
	d.aws.Fail("DeleteRule", awsfake.Fault{Status: 400, Code: "ResourceNotFoundException", After: true})
	d.follows = func() { d.publish(1) }
	d.after = enoughAt(1)
	report, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	require.Zero(t, report)
	require.Empty(t, d.said)
	d.leavesNothing()
}

// leftOver was made a day before the start.
const leftOver = "outflow-tail-shop-prod-1795170600-00000001"

func TestTailRemovesWhatKilledTailsLeft(t *testing.T) {
	kept := []string{
		"outflow-tail-shop-prod-1795170601-00000002",    // younger than a day
		"outflow-tail-shop-prod-eu-1700000000-00000003", // another deployment's
		"outflow-tail-shop-prod-1700000000-mine",        // not a tail's name
		"shop-prod-orders",
	}
	d := newDesk(t)
	for _, rule := range append(kept, leftOver) {
		d.aws.PutRule(busName, rule)
		d.aws.MakeQueue(rule)
	}
	d.aws.PutRule(busName, "outflow-tail-shop-prod-1700000000-00000004") // whose queue has gone
	d.follows = func() { d.publish(1) }
	d.after = enoughAt(1)
	report, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	require.Zero(t, report)
	require.ElementsMatch(t, kept, d.aws.Rules(busName))
	require.ElementsMatch(t, kept, d.aws.Queues())
	require.Contains(t, d.said, "removed the rule and the queue "+leftOver+", left behind by a tail of 2026-11-20T")
	require.Equal(t, 2, strings.Count(d.said, "\n"), d.said)
}

// A tail goes on where it cannot look for, or remove, what others have left.
func TestTailCannotRemoveLeftOvers(t *testing.T) {
	for operation, says := range map[string]string{
		"ListRules": "could not look for what killed tails may have left behind", "GetQueueUrl": "could not remove all of the rule and the queue " + leftOver,
	} {
		d := newDesk(t)
		d.aws.PutRule(busName, leftOver)
		d.aws.MakeQueue(leftOver)
		d.aws.Fail(operation, awsfake.Denied())
		d.follows = func() { d.publish(1) }
		d.after = enoughAt(1)
		report, err := d.tail.Run(t.Context())
		require.ErrorIs(t, err, errEnough)
		require.Zero(t, report)
		require.Contains(t, d.said, says)
		require.Contains(t, d.said, "--help")
		require.Equal(t, []string{leftOver}, d.aws.Rules(busName))
	}
}

// All of a long list is looked at.
func TestTailLooksAtAllPages(t *testing.T) {
	d := newDesk(t)
	d.aws.PutRule(busName, leftOver)
	d.aws.Fail("ListRules", awsfake.Fault{Status: 200, Body: `{"Rules":[],"NextToken":"more"}`}, awsfake.Fault{Status: 200,
		Body: `{"Rules":[{"Name":"` + leftOver + `"}]}`})
	d.follows = func() { d.publish(1) }
	d.after = enoughAt(1)
	_, err := d.tail.Run(t.Context())
	require.ErrorIs(t, err, errEnough)
	d.leavesNothing()
}

// Whatever fails, and however often: what stays is named.
func TestTailLeavesNothingUnsaid(t *testing.T) {
	operations := []string{"PutRule", "CreateQueue", "ReceiveMessage", "PutTargets", "DeleteMessageBatch", "RemoveTargets", "GetQueueUrl",
		"DeleteQueue", "DeleteRule"}
	rapid.Check(t, func(r *rapid.T) {
		d := newDesk(t)
		for range rapid.IntRange(1, 4).Draw(r, "operations") {
			fault := awsfake.Denied()
			if rapid.Bool().Draw(r, "down") {
				fault = awsfake.Fault{Status: 500, Code: "InternalFailure", After: rapid.Bool().Draw(r, "after")}
			}
			operation := rapid.SampledFrom(operations).Draw(r, "operation")
			for range rapid.IntRange(1, 3).Draw(r, "times") {
				d.aws.Fail(operation, fault)
			}
		}
		d.follows = func() { d.publish(1) }
		d.after = enoughAt(1)
		report, err := d.tail.Run(t.Context())
		require.Error(r, err)
		for _, rule := range d.aws.Rules(busName) {
			require.Contains(r, d.said, "delete-rule --region us-east-1 --event-bus-name shop-prod --name "+rule, "%v", err)
		}
		for _, queue := range d.aws.Queues() {
			require.Contains(r, d.said, "--queue-name "+queue, "%v", err)
		}
		require.Equal(r, strings.Contains(d.said, "To remove it now"), report.Left)
	})
}
