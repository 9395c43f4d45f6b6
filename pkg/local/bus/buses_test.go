package bus_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/stretchr/testify/require"
)

func TestBusesAreListedAndDeleted(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	b := open(t, config(dir))
	c := client(t, b)
	for n := range 5 {
		_, err := c.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String(fmt.Sprint("made-", n)), Description: aws.String("of a test")})
		require.NoError(t, err)
	}
	in := &eventbridge.ListEventBusesInput{NamePrefix: aws.String("made-"), Limit: aws.Int32(3)}
	var names []string
	for pages := 1; ; pages++ {
		out, err := c.ListEventBuses(ctx, in)
		require.NoError(t, err)
		for _, made := range out.EventBuses {
			require.Equal(t, noon, made.CreationTime.UTC())
			require.Equal(t, "of a test", *made.Description)
			names = append(names, *made.Name)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			require.Equal(t, 2, pages)
			break
		}
	}
	require.Equal(t, []string{"made-0", "made-1", "made-2", "made-3", "made-4"}, names)

	rule := &eventbridge.PutRuleInput{Name: aws.String("r"), EventBusName: aws.String("made-0"), EventPattern: aws.String(`{"version":["0"]}`)}
	_, err := c.PutRule(ctx, rule)
	require.NoError(t, err)
	deletion := &eventbridge.DeleteEventBusInput{Name: aws.String("made-0")}
	_, err = c.DeleteEventBus(ctx, deletion)
	fails(t, err, "ValidationException", "EventBus can't be deleted since it has rules.")
	_, err = c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: rule.Name, EventBusName: rule.EventBusName})
	require.NoError(t, err)
	for range 2 {
		_, err = c.DeleteEventBus(ctx, deletion)
		require.NoError(t, err, "also when it is gone")
	}
	_, err = c.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: deletion.Name})
	fails(t, err, "ResourceNotFoundException", "Event bus made-0 does not exist.")
	_, err = c.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: aws.String("default")})
	fails(t, err, "ValidationException", "Cannot delete event bus default.")

	require.NoError(t, b.Close(ctx))
	again, err := client(t, open(t, config(dir))).DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String("made-1")})
	require.NoError(t, err)
	require.Equal(t, noon, again.CreationTime.UTC(), "a restart keeps it")
}
