package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// world is a running pipeline of the shop and clients that go past the proxies.
type world struct {
	*local.Pipeline
	dir, stage, consumer string
	model                *model.Model
	items                *dynamodb.Client
	streams              *dynamodbstreams.Client
	objects              *s3.Client
	table                *table.Table
}

// start brings up a pipeline with a stage of its own; env is the consumer's, beside its usual one.
func start(t *testing.T, env map[string]string) *world {
	options := engines(t)
	w := &world{dir: t.TempDir(), stage: "e2e-" + strings.ToLower(rand.Text()[:8]), consumer: build(t), model: shop(t)}
	var err error
	w.Pipeline, err = local.Start(t.Context(), local.Config{
		Dir: w.dir, Model: w.model, Stage: w.stage, Consumer: w.consumer, Engines: options, Out: io.Discard, Env: env,
	})
	require.NoError(t, err)
	t.Cleanup(func() { w.stop(t) })
	w.connect(t)
	return w
}

// stop shows the logs of a failed test, since its folder goes.
func (w *world) stop(t *testing.T) {
	if err := w.Stop(context.Background()); err != nil {
		t.Errorf("stop the pipeline: %v", err)
	}
	for _, name := range []string{"mapping.log", "consumer.log"} {
		content, err := os.ReadFile(filepath.Join(w.dir, "logs", name))
		if t.Failed() && err == nil {
			t.Logf("the end of %s:\n%s", name, content[max(0, len(content)-4<<10):])
		}
	}
}

func (w *world) connect(t *testing.T) {
	config := aws.Config{
		Region:      w.Target.Region,
		Credentials: credentials.NewStaticCredentialsProvider(w.Target.AccessKeyID, w.Target.SecretAccessKey, ""),
	}
	w.items = dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.BaseEndpoint = &w.Target.DynamoDB })
	w.streams = dynamodbstreams.NewFromConfig(config, func(o *dynamodbstreams.Options) { o.BaseEndpoint = &w.Target.DynamoDB })
	var err error
	w.objects, err = awsclients.S3(config, w.Target.S3)
	require.NoError(t, err)
	w.table = table.New(w.items, w.model, w.Target.Table)
}

// engines are those of the environment, or none, so that the pipeline starts its own; where engines are not required, a
// machine on which they cannot run, or have never been fetched, is a reason to skip.
func engines(t *testing.T) engine.Options {
	if testing.Short() {
		t.Skip("needs engines, which -short leaves out")
	}
	given := map[engine.Name]string{}
	for name, variable := range map[engine.Name]string{
		engine.DynamoDB: enginetest.DynamoDB, engine.OpenSearch: enginetest.OpenSearch, engine.S3: enginetest.S3,
	} {
		given[name] = os.Getenv(variable)
	}
	if id, secret := enginetest.Credentials(t); id != "" {
		t.Setenv("AWS_ACCESS_KEY_ID", id)
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	}
	options := engine.Options{Endpoints: given}
	plan, err := engine.Preflight(t.Context(), options)
	require.NoError(t, err)
	if os.Getenv(enginetest.Required) != "" {
		return options
	}
	if err := plan.Err(); err != nil {
		t.Skipf("the engines cannot run here: %v", err)
	}
	for _, item := range plan.Items {
		if item.Source == engine.Download {
			t.Skipf("%s has to be downloaded: make test does that", item.Name)
		}
	}
	return options
}

// build builds the consumer as it is deployed.
func build(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "bootstrap")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary,
		"github.com/outflow-dev/outflow/functions/consumer").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

func shop(t *testing.T) *model.Model {
	const path = "../../examples/shop/model.yaml"
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	m, faults := model.Parse(path, content)
	require.NoError(t, faults.Err())
	return m
}

// patience is how long something is waited for that must come; it ends a test that has failed already.
const patience = 2 * time.Minute

// until asks again and again until it is so.
func (w *world) until(ctx context.Context, what string, so func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := so(ctx)
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w; the mapping is at %+v", what, ctx.Err(), w.Mapping())
		case <-tick.C:
		}
	}
}

// opensearch makes one call to the real server.
func (w *world) opensearch(ctx context.Context, method, path, body string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, w.Target.OpenSearch+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	return answer.StatusCode, content, err
}
