package local_test

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/console"
	"github.com/outflow-dev/outflow/pkg/local/engine"
)

func buildSubscriber(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	output, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "./testdata/subscriber").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return path
}

// A subscriber gets the events of the rules that have its ARN as their target; the publisher does not wait for it, and
// what it fails at comes twice more.
func TestASubscriberGetsEvents(t *testing.T) {
	options := engine.Options{Endpoints: map[engine.Name]string{
		engine.DynamoDB: enginetest.URL(t, enginetest.DynamoDB), engine.OpenSearch: enginetest.URL(t, enginetest.OpenSearch),
		engine.S3: enginetest.URL(t, enginetest.S3),
	}}
	access, secret := enginetest.Credentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	dir := t.TempDir()
	p, err := local.Start(t.Context(), local.Config{
		Dir: dir, Model: shop(t), Stage: "sub-" + strings.ToLower(rand.Text()[:8]), Consumer: "/bin/sh", Engines: options, Out: io.Discard,
		Subscribers: []local.Subscriber{{Name: "mailer", Binary: buildSubscriber(t)}, {Name: "idle", Binary: "/bin/sh"}},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Stop(context.WithoutCancel(t.Context()))) }()
	log := filepath.Join(dir, "logs", "subscriber-mailer.log")
	arn := "arn:aws:lambda:us-east-1:000000000000:function:mailer"
	require.Equal(t, []console.Subscriber{
		{Name: "mailer", ARN: arn, Log: log},
		{Name: "idle", ARN: "arn:aws:lambda:us-east-1:000000000000:function:idle", Log: filepath.Join(dir, "logs", "subscriber-idle.log")},
	}, p.Status(t.Context()).Subscribers)

	publish(t, p, arn, `{"order":"o1"}`, `{"fail":true}`)
	require.NoError(t, p.Stop(t.Context())) // which makes the deliveries that are pending
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), `"detail":{"order":"o1"}} from `+p.Target.Events), "%s", text)
	require.Equal(t, 3, strings.Count(string(text), `"detail":{"fail":true}}`), "%s", text)
	letters, err := os.ReadFile(filepath.Join(dir, "dead-letters.ndjson"))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(letters), "\n"), "%s", letters)
	require.Contains(t, string(letters), "it was told to fail")
}

// publish makes the function the target of a rule for the test's events, and publishes one with each detail.
func publish(t *testing.T, p *local.Pipeline, arn string, details ...string) {
	t.Helper()
	client := eventbridge.New(eventbridge.Options{
		Region: p.Target.Region, BaseEndpoint: &p.Target.Events,
		Credentials: credentials.NewStaticCredentialsProvider(p.Target.AccessKeyID, p.Target.SecretAccessKey, ""),
	})
	rule, bus := aws.String("mails"), &p.Target.Bus
	_, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: rule, EventBusName: bus, EventPattern: aws.String(`{"source":["test"]}`)})
	require.NoError(t, err)
	answer, err := client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: rule, EventBusName: bus, Targets: []types.Target{{Id: aws.String("1"), Arn: &arn}},
	})
	require.NoError(t, err)
	require.Zero(t, answer.FailedEntryCount, "%v", answer.FailedEntries)
	entries := make([]types.PutEventsRequestEntry, len(details))
	for i := range details {
		entries[i] = types.PutEventsRequestEntry{EventBusName: bus, Source: aws.String("test"), DetailType: aws.String("Test"), Detail: &details[i]}
	}
	put, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries})
	require.NoError(t, err)
	require.Zero(t, put.FailedEntryCount, "%v", put.Entries)
}

func TestFaultsOfSubscribersAreKnownBeforeAnythingStarts(t *testing.T) {
	dir := openDir(t)
	plain := filepath.Join(dir, "plain")
	require.NoError(t, os.WriteFile(plain, nil, 0o644))
	for _, row := range []struct {
		name        string
		subscribers []local.Subscriber
		says        []string
	}{
		{"missing", []local.Subscriber{{Name: "mailer", Binary: filepath.Join(dir, "none")}},
			[]string{`subscriber: function "mailer"`, filepath.Join(dir, "none"), "build the function first"}},
		{"not executable", []local.Subscriber{{Name: "mailer", Binary: plain}}, []string{plain, "not an executable file"}},
		{"a folder", []local.Subscriber{{Name: "mailer", Binary: dir}}, []string{dir, "not an executable file"}},
		{"a name that is none", []local.Subscriber{{Name: "a b", Binary: "/bin/sh"}}, []string{`"a b"`, "1 to 64 letters"}},
		{"two faults", []local.Subscriber{{Name: "a", Binary: plain}, {Name: "a", Binary: "/bin/sh"}},
			[]string{"two subscribers are named a", "not an executable file"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := local.Start(t.Context(), local.Config{
				Dir: filepath.Join(dir, "run"), Model: shop(t), Stage: "dev", Consumer: "/bin/sh", Out: io.Discard, Subscribers: row.subscribers,
			})
			for _, says := range row.says {
				require.ErrorContains(t, err, says)
			}
			require.NoDirExists(t, filepath.Join(dir, "run"))
		})
	}
}
