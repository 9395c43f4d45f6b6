package main_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/model"
)

// The binary under test is built once for all tests, as `make build` does; TestMain sets its path.
var bootstrap string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "digester")
	if err != nil {
		panic(err)
	}
	bootstrap = filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", bootstrap, ".")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v: %s", err, out))
	}
	m.Run()
	if err := os.RemoveAll(folder); err != nil {
		panic(err)
	}
}

func environment(t *testing.T, more map[string]string) map[string]string {
	t.Helper()
	source, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", source)
	require.NoError(t, faults.Err())
	folder := t.TempDir()
	path := filepath.Join(folder, "model.json")
	require.NoError(t, os.WriteFile(path, m.Marshal(), 0o600))
	env := map[string]string{
		"OUTFLOW_MODEL": path, "OUTFLOW_STAGE": "test", "OUTFLOW_AUDIT_BUCKET": "shop-test-audit", "OUTFLOW_AUDIT_RETENTION": "compliance:1",
		"OUTFLOW_FAILURES_BUCKET": "shop-test-failures", "OUTFLOW_SIGNING_KEY": "file:" + filepath.Join(folder, "key.pem"),
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	}
	maps.Copy(env, more)
	return env
}

// A bad environment ends the process with status 1 before it asks the Runtime API for work.
func TestBadEnvironmentIsNamed(t *testing.T) {
	env := environment(t, map[string]string{"OUTFLOW_SIGNING_KEY": "alias/x", "OUTFLOW_STAGE": "", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"})
	cmd := exec.Command(bootstrap)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 1, exit.ExitCode())
	for _, said := range []string{"digester: ", "OUTFLOW_STAGE is not set", `OUTFLOW_SIGNING_KEY names "alias/x"`} {
		require.Contains(t, string(out), said)
	}
	require.NotContains(t, string(out), "goroutine")
}

// The real binary, under the runtime host and on the real store, in compliance mode.
func TestDigesterOnTheEngine(t *testing.T) {
	client, bucket := s3test.Bucket(t)
	_, failures := s3test.Bucket(t)
	access, secret := enginetest.Credentials(t)
	env := environment(t, map[string]string{
		"OUTFLOW_AUDIT_BUCKET": bucket, "OUTFLOW_FAILURES_BUCKET": failures, "AWS_ENDPOINT_URL_S3": enginetest.URL(t, enginetest.S3),
		"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret,
	})
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &failures, Key: aws.String("aws/lambda/m/s/2026/11/02/x"),
		Body: bytes.NewReader([]byte("{}"))})
	require.NoError(t, err)
	var log bytes.Buffer
	fn, err := lambda.New(lambda.Config{Name: "digester", Binary: bootstrap, Env: env, Timeout: time.Minute, InitTimeout: time.Minute, Log: &log})
	require.NoError(t, err)
	for range 2 {
		result, err := fn.Invoke(t.Context(), []byte("{}"))
		require.NoError(t, err)
		require.NoError(t, result.Err())
		require.Contains(t, string(result.Payload), `"batches":{"count":1`)
	}
	require.NoError(t, fn.Stop(context.Background()))
	require.Contains(t, log.String(), "outflow-anchor-1 shop-test 2 ")
	require.Contains(t, log.String(), `"UnresolvedBatches":1`)
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String(audit.SignatureKey("shop-test", 2))})
	require.NoError(t, err)
	require.EqualValues(t, "COMPLIANCE", head.ObjectLockMode)
}
