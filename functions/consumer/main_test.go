package main_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/model"
)

// The binary under test is built once for all tests, as `make build` does; TestMain sets its path.
var bootstrap string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "consumer")
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

// shopModel is the example's model, parsed.
func shopModel(t testing.TB) *model.Model {
	t.Helper()
	src, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", src)
	require.NoError(t, faults.Err())
	return m
}

// compiled is the path of the example's compiled model.
func compiled(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, os.WriteFile(path, shopModel(t).Marshal(), 0o600))
	return path
}

// environment is that of a consumer with all outlets, and no endpoint but those that are given.
func environment(t testing.TB, more map[string]string) map[string]string {
	t.Helper()
	env := map[string]string{
		"OUTFLOW_MODEL": compiled(t), "OUTFLOW_STAGE": "test", "OUTFLOW_OUTLETS": "search,audit,events",
		"OUTFLOW_OPENSEARCH_URL": "http://127.0.0.1:9", "OUTFLOW_BUS": "shop-test",
		"OUTFLOW_AUDIT_BUCKET": "shop-test-audit", "OUTFLOW_FAILURES_BUCKET": "shop-test-failures",
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	}
	maps.Copy(env, more)
	return env
}

// host returns the binary as a function that is stopped at the test's end.
func host(t testing.TB, cfg lambda.Config) *lambda.Function {
	t.Helper()
	if cfg.Binary == "" {
		cfg.Binary = bootstrap
	}
	cfg.Name = "shop-test-consumer"
	cfg.Timeout, cfg.InitTimeout = 5*time.Minute, time.Minute // a loaded machine must not look like a hanging function
	f, err := lambda.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Stop(context.Background())) })
	return f
}

// invoke runs the function once and requires that nothing of the batch is left to do.
func invoke(t testing.TB, f *lambda.Function, event []byte) lambda.Result {
	t.Helper()
	r, err := f.Invoke(t.Context(), event)
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.JSONEq(t, `{"batchItemFailures":[]}`, string(r.Payload))
	return r
}
