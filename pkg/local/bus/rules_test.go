package bus_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/bus"
)

func TestTheLifeOfARule(t *testing.T) {
	ctx := t.Context()
	c := client(t, open(t, config(t.TempDir())))
	name, pattern := aws.String("orders"), aws.String(`{"source":["com.example.shop"]}`)
	made, err := c.PutRule(ctx, &eventbridge.PutRuleInput{Name: name, EventPattern: pattern, Description: aws.String("all")})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:events:us-east-1:000000000000:rule/orders", *made.RuleArn)

	seen, err := c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: name})
	require.NoError(t, err)
	require.Equal(t, *pattern, *seen.EventPattern)
	require.Equal(t, "all", *seen.Description)
	require.Equal(t, types.RuleStateEnabled, seen.State)
	require.Equal(t, "default", *seen.EventBusName)

	_, err = c.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: name})
	require.NoError(t, err)
	list, err := c.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: aws.String("ord")})
	require.NoError(t, err)
	require.Len(t, list.Rules, 1)
	require.Equal(t, types.RuleStateDisabled, list.Rules[0].State)
	_, err = c.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: name})
	require.NoError(t, err)

	targets := []types.Target{{Id: aws.String("q"), Arn: aws.String(queueARN + "q")}}
	_, err = c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: name, Targets: targets})
	require.NoError(t, err)
	_, err = c.PutRule(ctx, &eventbridge.PutRuleInput{Name: name, EventPattern: aws.String(`{"source":["x"]}`)})
	require.NoError(t, err, "replacing a rule keeps its targets")
	_, err = c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: name})
	fails(t, err, "ValidationException", "since it has targets")
	_, err = c.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: name, Ids: []string{"q", "unknown"}})
	require.NoError(t, err)
	for range 2 {
		_, err = c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: name})
		require.NoError(t, err, "also when it is gone")
	}
	_, err = c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: name})
	var missing *types.ResourceNotFoundException
	require.ErrorAs(t, err, &missing)
	require.Contains(t, *missing.Message, "Rule orders does not exist on EventBus default")
}

func TestBuses(t *testing.T) {
	ctx := t.Context()
	c := client(t, open(t, config(t.TempDir())))
	made, err := c.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("other")})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:events:us-east-1:000000000000:event-bus/other", *made.EventBusArn)
	for _, name := range []*string{nil, aws.String("shop-dev"), aws.String("other"), made.EventBusArn} {
		seen, err := c.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: name})
		require.NoError(t, err)
		require.Equal(t, "arn:aws:events:us-east-1:000000000000:event-bus/"+*seen.Name, *seen.Arn)
	}
	_, err = c.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("other")})
	fails(t, err, "ResourceAlreadyExistsException", "other already exists")
	_, err = c.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("a b")})
	fails(t, err, "ValidationException", "Value 'a b' at 'name' failed to satisfy constraint")
	_, err = c.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String("none")})
	fails(t, err, "ResourceNotFoundException", "none does not exist")
	in := &eventbridge.PutRuleInput{
		Name: aws.String("r"), EventBusName: made.EventBusArn, EventPattern: aws.String(`{"version":["0"]}`),
	}
	rule, err := c.PutRule(ctx, in)
	require.NoError(t, err)
	require.Equal(t, "arn:aws:events:us-east-1:000000000000:rule/other/r", *rule.RuleArn)
}

func TestListsComeInPages(t *testing.T) {
	ctx := t.Context()
	c := client(t, open(t, config(t.TempDir())))
	var want, got, ids []string
	for n := range 7 {
		name := fmt.Sprintf("rule-%d", n)
		want = append(want, name)
		_, err := c.PutRule(ctx, &eventbridge.PutRuleInput{Name: &name, EventPattern: aws.String(`{"version":["0"]}`)})
		require.NoError(t, err)
	}
	in := &eventbridge.ListRulesInput{Limit: aws.Int32(3)}
	for pages := 1; ; pages++ {
		out, err := c.ListRules(ctx, in)
		require.NoError(t, err)
		for _, r := range out.Rules {
			got = append(got, *r.Name)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			require.Equal(t, 3, pages)
			break
		}
	}
	require.Equal(t, want, got)
	var targets []types.Target
	for n := range 3 {
		targets = append(targets, types.Target{Id: aws.String(strconv.Itoa(n)), Arn: aws.String(queueARN + "q")})
	}
	_, err := c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &want[0], Targets: targets})
	require.NoError(t, err)
	page := &eventbridge.ListTargetsByRuleInput{Rule: &want[0], Limit: aws.Int32(2)}
	for {
		out, err := c.ListTargetsByRule(ctx, page)
		require.NoError(t, err)
		for _, target := range out.Targets {
			ids = append(ids, *target.Id)
		}
		if page.NextToken = out.NextToken; page.NextToken == nil {
			break
		}
	}
	require.Equal(t, []string{"0", "1", "2"}, ids)
}

func TestRulesThatAreRefused(t *testing.T) {
	rows := []struct{ name, body, want string }{
		{"no pattern", `{"Name":"r"}`, "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified"},
		{"schedule", `{"Name":"r","ScheduleExpression":"rate(1 day)"}`, "runs no schedules"},
		{"bad pattern", `{"Name":"r","EventPattern":"{"}`, "InvalidEventPatternException: Event pattern is not valid. Reason: "},
		{"bad name", `{"Name":"a b","EventPattern":"{}"}`, "ValidationException: 1 validation error detected: Value 'a b' at 'name' failed"},
		{"no name", `{"EventPattern":"{}"}`, "Value null at 'name' failed to satisfy constraint: Member must not be null"},
		{"long pattern", `{"Name":"r","EventPattern":"` + strings.Repeat("x", 4097) + `"}`,
			"at 'eventPattern' failed to satisfy constraint: Member must have length less than or equal to 4096"},
		{"what the local bus does not keep", `{"Name":"r","EventPattern":"` + everything + `","Tags":[]}`,
			"ValidationException: The local bus does not support Tags here: leave it out."},
		{"bad state", `{"Name":"r","EventPattern":"` + everything + `","State":"MAYBE"}`, `State "MAYBE"`},
		{"no such bus", `{"Name":"r","EventPattern":"` + everything + `","EventBusName":"x"}`, "ResourceNotFoundException: Event bus x"},
		{"not JSON", `{"Name":`, "SerializationException"},
	}
	b := open(t, config(t.TempDir()))
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			require.Contains(t, call(t, b, "PutRule", row.body, nil), row.want)
		})
	}
	for n := range 300 {
		require.Empty(t, call(t, b, "PutRule", fmt.Sprintf(`{"Name":"r%d","EventPattern":"%s"}`, n, everything), nil))
	}
	require.Contains(t, call(t, b, "PutRule", `{"Name":"more","EventPattern":"`+everything+`"}`, nil), "LimitExceededException")
	require.Empty(t, call(t, b, "PutRule", `{"Name":"r0","EventPattern":"`+everything+`"}`, nil), "replacing one is no addition")
}

func TestTestEventPattern(t *testing.T) {
	const event = `{\"id\":\"1\",\"account\":\"1\",\"source\":\"s\",\"time\":\"t\",\"region\":\"r\",\"resources\":[],` +
		`\"detail-type\":\"d\"}`
	rows := []struct{ name, pattern, event, want string }{
		{"matches", `{\"source\":[\"s\"]}`, event, "true"},
		{"does not", `{\"source\":[\"x\"]}`, event, "false"},
		{"bad pattern", `{`, event, "InvalidEventPatternException"},
		{"bad event", everything, `{`, "ValidationException: Parameter Event is not valid"},
		{"not a whole event", everything, `{\"id\":\"1\"}`, `it has no field "account"`},
	}
	b := open(t, config(t.TempDir()))
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var out struct{ Result bool }
			got := call(t, b, "TestEventPattern", `{"EventPattern":"`+row.pattern+`","Event":"`+row.event+`"}`, &out)
			if got == "" {
				got = strconv.FormatBool(out.Result)
			}
			require.Contains(t, got, row.want)
		})
	}
}

func TestWhatIsNoOperation(t *testing.T) {
	b := open(t, config(t.TempDir()))
	require.Contains(t, call(t, b, "CreateArchive", `{}`, nil),
		"400 UnknownOperationException: the local bus has no CreateArchive, only CreateEventBus, DeleteEventBus, DeleteRule")
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Contains(t, w.Body.String(), "this is an EventBridge endpoint")
}

func TestRulesOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	first := open(t, config(dir))
	subscribe(t, client(t, first), "all", types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + "q")})
	require.NoError(t, first.Close(t.Context()))
	second := open(t, config(dir))
	put(t, client(t, second), placed("o1"))
	eventually(t, func() bool { return second.Counts().Delivered == 1 })
	require.Equal(t, lines(t, dir, "events.ndjson"), lines(t, dir, "queues", "q.ndjson"))
}

func TestADirectoryThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.json")
	for name, content := range map[string]string{
		"unexpected end": `{`, "has version 9": `{"version":9}`,
		"rule r: ": `{"version":1,"buses":{"default":{"rules":{"r":{"pattern":"{"}}}}}`,
	} {
		require.NoError(t, os.WriteFile(rules, []byte(content), 0o600))
		_, err := bus.New(config(dir))
		require.ErrorContains(t, err, rules)
		require.ErrorContains(t, err, name)
	}
	_, err := bus.New(config(rules))
	require.ErrorContains(t, err, "not a directory")
	_, err = bus.New(bus.Config{MaxEntryBytes: -1, Buses: []string{"a b"}})
	for _, part := range []string{"no directory", "-1", `"a b"`} {
		require.ErrorContains(t, err, part)
	}
}
