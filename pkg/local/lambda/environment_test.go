package lambda_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

type described struct {
	Env       []string
	Folder    string
	Pid       int
	RequestID string `json:"requestId"`
	ARN       string
	Left      int64
	Trace     string
}

func TestWhatAFunctionSees(t *testing.T) {
	t.Setenv("SECRET", "of the host")
	t.Setenv("AWS_PROFILE", "of the host")
	t.Setenv("TMPDIR", t.TempDir())
	f := start(t, lambda.Config{
		Name: "shop-search", Memory: 256,
		Env: map[string]string{"OUTFLOW_STAGE": "dev", "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local"},
	})
	r := invoke(t, f, `{"Do":"describe"}`)
	require.Equal(t, lambda.Succeeded, r.Outcome, "%s", r.Payload)
	var seen described
	require.NoError(t, json.Unmarshal(r.Payload, &seen))

	env := map[string]string{}
	for _, pair := range seen.Env {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, env["AWS_LAMBDA_RUNTIME_API"])
	require.Regexp(t, `^\d{4}/\d\d/\d\d/\[\$LATEST\]`, env["AWS_LAMBDA_LOG_STREAM_NAME"])
	for _, name := range []string{"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME", "PATH", "HOME", "TMPDIR"} {
		delete(env, name)
	}
	folder := filepath.Dir(bootstrap)
	require.Equal(t, map[string]string{
		"OUTFLOW_STAGE": "dev", "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1",
		"AWS_ACCESS_KEY_ID": "local", "TZ": ":UTC", "LANG": "en_US.UTF-8", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
		"AWS_LAMBDA_FUNCTION_NAME": "shop-search", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop-search", "LAMBDA_TASK_ROOT": folder, "LAMBDA_RUNTIME_DIR": folder,
		"_HANDLER": "bootstrap", "_X_AMZN_TRACE_ID": seen.Trace,
	}, env)
	require.Equal(t, folder, seen.Folder)
	require.Equal(t, r.PID, seen.Pid)
	require.Equal(t, r.RequestID, seen.RequestID)
	require.Equal(t, "arn:aws:lambda:eu-central-1:000000000000:function:shop-search", seen.ARN)
	require.Equal(t, f.ARN(), seen.ARN)
	require.Positive(t, seen.Left)
	require.LessOrEqual(t, seen.Left, int64(60_000))
	require.Regexp(t, regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`), seen.Trace)
}

func TestTheRuntimeAPIKeepsItsRules(t *testing.T) {
	log := &journal{}
	f := start(t, lambda.Config{Env: map[string]string{"MODE": "rude"}, Log: log})
	for range 2 {
		require.Equal(t, "next 403, other id 400, error of another id 400", text(t, invoke(t, f, `{}`)))
	}
	require.Equal(t, 2, count(log.String(), "answer 202\nsecond answer 403\n"), "%s", log)
}

func TestEveryFaultOfAConfigurationIsNamed(t *testing.T) {
	_, err := lambda.New(lambda.Config{
		Name: "a b", Binary: "testdata/handler/main.go", Timeout: -1, InitTimeout: -1, Memory: 64, Concurrency: -1,
		Env: map[string]string{
			"_HANDLER": "x", "AWS_LAMBDA_RUNTIME_API": "x", "FINE": strings.Repeat("x", 4093), "X": "x", "1ST": "x", "A-B": "x",
			"AWS_SESSION_TOKEN": strings.Repeat("x", 5000),
		},
	})
	for _, part := range []string{
		`function "a b"`, "letters, digits", "main.go: not an executable file", "time-out -1ns", "init time-out", "64 MiB",
		"concurrency -1", "_HANDLER: Lambda sets it", "AWS_LAMBDA_RUNTIME_API: Lambda sets it",
		`"X": two or more`, `"1ST": two or more`, `"A-B": two or more`, "4097 bytes of names and values; Lambda takes 4096",
	} {
		require.ErrorContains(t, err, part)
	}
	require.NotContains(t, err.Error(), "FINE")
	_, err = lambda.New(lambda.Config{Name: "f", Binary: bootstrap, Env: map[string]string{"FINE": strings.Repeat("x", 4092)}})
	require.NoError(t, err, "4 KB are not too many")
	_, err = lambda.New(lambda.Config{Name: "f", Binary: "testdata/none"})
	require.ErrorContains(t, err, "build the function first")
	_, err = lambda.New(lambda.Config{Name: "f"})
	require.ErrorContains(t, err, "none given")
}
