package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/console"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

func shop(t *testing.T) *model.Model {
	t.Helper()
	text, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", text)
	require.Empty(t, faults)
	return m
}

// openDir is a folder that every user may enter, as OpenSearch's must be.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "outflow-local-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return dir
}

// needEngines skips where the engines cannot run, or are not asked for.
func needEngines(t *testing.T) {
	t.Helper()
	enginetest.URL(t, enginetest.DynamoDB) // those of the tests are not used: these tests stop and start their own
	plan, err := engine.Preflight(t.Context(), engine.Options{})
	require.NoError(t, err)
	require.NoError(t, plan.Err())
}

// processesOf lists the running processes that name the folder on their command line.
func processesOf(t *testing.T, dir string) (found []string) {
	t.Helper()
	all, err := exec.Command("/bin/ps", "-axww", "-o", "pid=", "-o", "stat=", "-o", "command=").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(all)) {
		if strings.Contains(line, dir) && !strings.HasPrefix(strings.Fields(line)[1], "Z") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func requireNothingLeft(t *testing.T, dir string) {
	t.Helper()
	require.Empty(t, processesOf(t, dir))
	require.NoFileExists(t, filepath.Join(dir, local.TargetFile))
}

func TestPipelineCarriesOnWhereItStopped(t *testing.T) {
	needEngines(t)
	dir, consumer := openDir(t), filepath.Join(openDir(t), "bootstrap")
	output, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", consumer, "../../functions/consumer").CombinedOutput()
	require.NoError(t, err, "%s", output)
	config := local.Config{Dir: dir, Model: shop(t), Stage: "dev", Consumer: consumer, Out: io.Discard}

	p, err := local.Start(t.Context(), config)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Stop(context.WithoutCancel(t.Context()))) }()
	requireRefused(t, config)
	register(t, p, config, "u1")
	awaitEvents(t, p, dir, "u1")
	instances := p.Instances()
	require.NotEmpty(t, instances)
	require.NoError(t, p.Stop(t.Context()))
	requireNothingLeft(t, dir)
	for _, pid := range instances {
		require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, local.TargetFile), []byte(`{"stage":"killed"}`), 0o600))

	p, err = local.Start(t.Context(), config)
	require.NoError(t, err)
	register(t, p, config, "u2")
	awaitEvents(t, p, dir, "u1", "u2")
	requireStatus(t, p)
	requireParkedIsWrong(t, p)
	_, err = shopTable(p, config).Get(t.Context(), "User", table.Item{"user_id": "u1"})
	require.NoError(t, err, "the data of the first run is there")
	require.NoError(t, p.Stop(t.Context()))
	require.Equal(t, 1, p.Mapping().Metrics.InvokedEventCount, "what the first run handled does not come again")
	require.NoError(t, p.Stop(t.Context()), "a second stop does nothing")
	requireNothingLeft(t, dir)
}

// requireStatus waits until the console tells that the user is in all three outlets.
func requireStatus(t *testing.T, p *local.Pipeline) {
	t.Helper()
	var s console.Status
	require.Eventually(t, func() bool {
		answer, err := http.Get(p.Target.Console + "/status")
		require.NoError(t, err)
		defer answer.Body.Close()
		s = console.Status{}
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&s))
		return s.Mappings[0].Lag.Records == 0 && s.Outlets[3].Counts["Records"] == 1
	}, time.Minute, 50*time.Millisecond)
	require.True(t, s.Healthy, "%v", s.Wrong)
	require.Len(t, s.Engines, 3)
	for _, e := range s.Engines {
		require.NotZero(t, e.PID)
	}
	require.Equal(t, "shop-dev-consumer", s.Mappings[0].Function)
	require.Equal(t, 1, s.Mappings[0].Running)
	require.Equal(t, 1, s.Mappings[0].Counts["InvokedEventCount"])
	for i, outlet := range []string{"search", "audit", "events"} {
		require.Equal(t, outlet, s.Outlets[i].Name)
		counts := s.Outlets[i].Counts
		require.Positive(t, counts["Written"]+counts["Reread"], outlet) // the item is read again where clocks prove nothing
	}
	require.Empty(t, s.Mappings[0].Alarms)
}

// requireParkedIsWrong parks something and requires that the status tells of it.
func requireParkedIsWrong(t *testing.T, p *local.Pipeline) {
	t.Helper()
	client, err := awsclients.S3(aws.Config{
		Region:      p.Target.Region,
		Credentials: credentials.NewStaticCredentialsProvider(p.Target.AccessKeyID, p.Target.SecretAccessKey, ""),
	}, p.Target.S3)
	require.NoError(t, err)
	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &p.Target.FailuresBucket, Key: aws.String("parked/search/label/1-e.json"), Body: strings.NewReader("{}"),
	})
	require.NoError(t, err)
	s := p.Status(t.Context())
	require.False(t, s.Healthy)
	require.Equal(t, 1, s.Parked.Records)
	require.WithinDuration(t, time.Now(), *s.Parked.Oldest, time.Hour)
	require.Len(t, s.Wrong, 1)
	require.Contains(t, s.Wrong[0], "outflow parked list")
}

// requireRefused starts a second pipeline on the folder of one that runs, which must not notice.
func requireRefused(t *testing.T, config local.Config) {
	t.Helper()
	_, err := local.Start(t.Context(), config)
	var busy *engine.BusyError
	require.ErrorAs(t, err, &busy)
	require.Equal(t, os.Getpid(), busy.PID)
	saved, err := target.Load(filepath.Join(config.Dir, local.TargetFile))
	require.NoError(t, err)
	require.Equal(t, config.Stage, saved.Stage)
}

func shopTable(p *local.Pipeline, config local.Config) *table.Table {
	client := dynamodb.NewFromConfig(aws.Config{
		Region: p.Target.Region, BaseEndpoint: &p.Target.DynamoDB,
		Credentials: credentials.NewStaticCredentialsProvider(p.Target.AccessKeyID, p.Target.SecretAccessKey, ""),
	})
	return table.New(client, config.Model, p.Target.Table)
}

func register(t *testing.T, p *local.Pipeline, config local.Config, user string) {
	t.Helper()
	err := shopTable(p, config).Put(t.Context(), table.Put{
		Entity: "User", Fields: table.Item{"user_id": user, "name": user}, By: table.Stamp{Actor: "test", Request: user},
	})
	require.NoError(t, err)
}

// awaitEvents looks until the last user's event is there, and requires that each user has one.
func awaitEvents(t *testing.T, p *local.Pipeline, dir string, users ...string) {
	t.Helper()
	failed, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		if p.Wait(failed) != nil {
			cancel()
		}
	}()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		content, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
		if err == nil && bytes.Contains(content, []byte(`{"user_id":"`+users[len(users)-1]+`"}`)) && bytes.HasSuffix(content, []byte("\n")) {
			require.Equal(t, len(users), bytes.Count(content, []byte("\n")), "%s", content)
			return
		}
		select {
		case <-failed.Done():
			require.FailNow(t, "the pipeline ended before the event came")
		case <-tick.C:
		}
	}
}

// interrupter cancels a start when it is told that something is so.
type interrupter struct {
	mu     sync.Mutex
	at     string
	cancel context.CancelFunc
	text   bytes.Buffer
}

func (i *interrupter) Write(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.text.Write(p)
	if strings.Contains(i.text.String(), i.at) {
		i.cancel()
	}
	return len(p), nil
}

func TestAnInterruptedStartLeavesNothing(t *testing.T) {
	needEngines(t)
	for _, row := range []struct{ name, at string }{
		{"before the engines", "DynamoDB Local"},
		{"when the engines are up", "ready after"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := openDir(t)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := local.Start(ctx, local.Config{
				Dir: dir, Model: shop(t), Stage: "dev", Consumer: "/bin/sh", Out: &interrupter{at: row.at, cancel: cancel},
			})
			require.ErrorIs(t, err, context.Canceled)
			requireNothingLeft(t, dir)
		})
	}
}

func TestAMissingConsumerIsKnownBeforeAnythingStarts(t *testing.T) {
	dir := openDir(t)
	missing := filepath.Join(dir, "bootstrap")
	_, err := local.Start(t.Context(), local.Config{
		Dir: filepath.Join(dir, "run"), Model: shop(t), Stage: "dev", Consumer: missing, Out: io.Discard,
	})
	require.ErrorContains(t, err, missing)
	require.ErrorContains(t, err, "make build")
	require.NoDirExists(t, filepath.Join(dir, "run"))
	requireNothingLeft(t, dir)
}

func TestTheTargetFileOfAKilledRunGoesBeforeAnythingIsStarted(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, local.TargetFile)
	require.NoError(t, os.WriteFile(file, []byte(`{"stage":"killed"}`), 0o600))
	_, err := local.Start(t.Context(), local.Config{
		Dir: dir, Model: shop(t), Stage: "dev", Consumer: "/bin/sh", Out: io.Discard,
		Engines: engine.Options{Endpoints: map[engine.Name]string{engine.DynamoDB: "nowhere"}},
	})
	require.ErrorContains(t, err, "nowhere")
	require.NoFileExists(t, file)
}

func TestTheTargetFileOfARunningPipelineIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, local.TargetFile)
	require.NoError(t, os.WriteFile(file, []byte(`{"stage":"alive"}`), 0o600))
	err := engine.WhileFree(dir, func() error {
		_, err := local.Start(t.Context(), local.Config{Dir: dir, Model: shop(t), Stage: "dev", Consumer: "/bin/sh", Out: io.Discard})
		return err
	})
	var busy *engine.BusyError
	require.ErrorAs(t, err, &busy)
	require.FileExists(t, file)
}
