package subscribers_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// The subscribers of all three languages, on a running pipeline: each mails once, ends with the last price, and takes a
// replay for what it is.
func TestSubscribers(t *testing.T) {
	python := toolbox.Python(t, "python/requirements.txt")
	node := toolbox.Node(t, "typescript")
	p := start(t)
	p.createHandled(t)
	all := []*subscriber{
		p.subscribe(t, "go", build(t, "./go")),
		p.subscribe(t, "typescript", "node", compile(t, node)),
		p.subscribe(t, "python", python, "python/subscriber.py"),
	}
	p.route(t, all)

	orders := table.New(p.items, p.model, p.Table)
	require.NoError(t, orders.Put(t.Context(), table.Put{Entity: "Order",
		Fields: table.Item{"order_id": "o1", "user_id": "u1", "status": "NEW", "total": "10", "created_at": "2026-11-02T09:20:01Z"}}))
	for _, total := range []string{"20.50", "30.75"} {
		require.NoError(t, orders.Update(t.Context(), table.Update{Entity: "Order", Key: table.Item{"order_id": "o1"},
			Set: table.Item{"total": total}}))
	}
	for _, s := range all {
		s.await(t, "mail to u1: order o1 is placed", 1)
		s.await(t, "order o1 costs 30.75", 1)
	}

	outflow := commandLine(t, p)
	replayed := outflow("events", "replay", "--from", "2020-01-01", "--yes")
	require.Contains(t, replayed, "3 events of 3 changes")
	require.Contains(t, replayed, "all sent")
	for _, s := range all {
		s.await(t, "again ", 1)
		s.await(t, "late ", 2)
		require.Equal(t, 1, s.count("mail to "), "%s mails once", s.name)
		require.LessOrEqual(t, s.count("order o1 costs 20.5"), 1, "%s goes back to no price", s.name)
		t.Logf("%s got\n%s", s.name, s)
	}
	tailed := outflow("events", "tail", `{"detail": {"metadata": {"replayed": [true]}}}`, "--all", "--count", "3")
	require.Equal(t, 3, strings.Count(tailed, "  replayed  "))
}

// pipeline is a running pipeline of the shop.
type pipeline struct {
	target.Target
	file  string
	model *model.Model
	items *dynamodb.Client
	aws   aws.Config
}

func start(t *testing.T) *pipeline {
	t.Helper()
	endpoints := map[engine.Name]string{
		engine.DynamoDB: enginetest.URL(t, enginetest.DynamoDB), engine.OpenSearch: enginetest.URL(t, enginetest.OpenSearch),
		engine.S3: enginetest.URL(t, enginetest.S3),
	}
	id, secret := enginetest.Credentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	source, err := os.ReadFile("../model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", source)
	require.NoError(t, faults.Err())
	p := &pipeline{model: m}
	dir := t.TempDir()
	running, err := local.Start(t.Context(), local.Config{
		Dir: dir, Model: m, Stage: "subscribers-" + strings.ToLower(rand.Text()[:8]), Consumer: build(t, "../../../functions/consumer"),
		Engines: engine.Options{Endpoints: endpoints}, Out: io.Discard,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop(context.Background())) })
	p.file = filepath.Join(dir, local.TargetFile)
	p.Target, err = target.Load(p.file)
	require.NoError(t, err)
	p.aws = aws.Config{Region: p.Region, Credentials: credentials.NewStaticCredentialsProvider(p.AccessKeyID, p.SecretAccessKey, "")}
	p.items = dynamodb.NewFromConfig(p.aws, func(o *dynamodb.Options) { o.BaseEndpoint = &p.DynamoDB })
	return p
}

// build builds a program and returns its path.
func build(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary, folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

// compile compiles the TypeScript subscriber, in a copy that has the packages above it, and returns the program's path.
func compile(t *testing.T, node string) string {
	t.Helper()
	shop := t.TempDir()
	require.NoError(t, os.Symlink(filepath.Join(node, "node_modules"), filepath.Join(shop, "node_modules")))
	for _, name := range []string{"subscribers/typescript/subscriber.ts", "subscribers/typescript/tsconfig.json",
		"subscribers/typescript/package.json", "events/typescript/events.ts"} {
		content, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(shop, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(shop, name), content, 0o600))
	}
	folder := filepath.Join(shop, "subscribers/typescript")
	out, err := exec.CommandContext(t.Context(), filepath.Join(node, "node_modules/.bin/tsc"), "-p", folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return filepath.Join(folder, "out/subscribers/typescript/subscriber.js")
}

// handled is the name of the table in which subscribers keep what they have handled.
func (p *pipeline) handled() string { return "handled-" + p.Table }

func (p *pipeline) createHandled(t *testing.T) {
	t.Helper()
	_, err := p.items.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String(p.handled()), BillingMode: dynamodbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamodbtypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dynamodbtypes.ScalarAttributeTypeS}},
		KeySchema:            []dynamodbtypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dynamodbtypes.KeyTypeHash}},
	})
	require.NoError(t, err)
}

// route has the bus post the shop's events to the subscribers.
func (p *pipeline) route(t *testing.T, all []*subscriber) {
	t.Helper()
	client := eventbridge.NewFromConfig(p.aws, func(o *eventbridge.Options) { o.BaseEndpoint = &p.Events })
	_, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("subscribers"), EventBusName: &p.Bus,
		EventPattern: aws.String(`{"source": ["com.example.shop"]}`)})
	require.NoError(t, err)
	in := &eventbridge.PutTargetsInput{Rule: aws.String("subscribers"), EventBusName: &p.Bus}
	for _, s := range all {
		in.Targets = append(in.Targets, types.Target{Id: &s.name, Arn: &s.url})
	}
	out, err := client.PutTargets(t.Context(), in)
	require.NoError(t, err)
	require.Empty(t, out.FailedEntries)
}

// commandLine builds outflow, and returns what runs it on the pipeline.
func commandLine(t *testing.T, p *pipeline) func(args ...string) string {
	t.Helper()
	binary := build(t, "../../../cmd/outflow")
	return func(args ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), binary, append(args, "--target", p.file)...)
		var faults strings.Builder
		command.Stderr = &faults
		out, err := command.Output()
		require.NoError(t, err, "%s%s", out, &faults)
		return string(out)
	}
}

// subscriber is a running subscriber and what it has printed.
type subscriber struct {
	name, url string

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and made anew with every line
	ended chan struct{} // closed with the last
}

// subscribe starts a subscriber and waits until it listens.
func (p *pipeline) subscribe(t *testing.T, name, program string, args ...string) *subscriber {
	t.Helper()
	s := &subscriber{name: name, more: make(chan struct{}), ended: make(chan struct{})}
	command := exec.Command(program, args...)
	command.Env = append(os.Environ(), "HANDLED_TABLE="+p.handled(), "AWS_REGION="+p.Region, "AWS_DEFAULT_REGION="+p.Region,
		"AWS_ACCESS_KEY_ID="+p.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+p.SecretAccessKey, "AWS_ENDPOINT_URL_DYNAMODB="+p.DynamoDB)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	command.Stderr = os.Stderr
	require.NoError(t, command.Start())
	go func() {
		defer close(s.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.add(lines.Text())
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, command.Process.Kill())
		<-s.ended
		require.Error(t, command.Wait(), "it was killed")
		if t.Failed() {
			t.Logf("%s printed\n%s", name, s)
		}
	})
	s.await(t, "listening on ", 1)
	s.url = strings.TrimPrefix(s.lines[0], "listening on ")
	return s
}

func (s *subscriber) add(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	close(s.more)
	s.more = make(chan struct{})
}

func (s *subscriber) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// count is how many lines begin so.
func (s *subscriber) count(start string) int { return strings.Count("\n"+s.String(), "\n"+start) }

// await waits until n lines begin so; its time ends a test that has failed already.
func (s *subscriber) await(t *testing.T, start string, n int) {
	t.Helper()
	timeout := time.NewTimer(2 * time.Minute)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		more := s.more
		s.mu.Unlock()
		if s.count(start) >= n {
			return
		}
		select {
		case <-more:
		case <-s.ended:
			t.Fatalf("%s has ended and not printed %q %d times:\n%s", s.name, start, n, s)
		case <-timeout.C:
			t.Fatalf("%s has not printed %q %d times:\n%s", s.name, start, n, s)
		}
	}
}
