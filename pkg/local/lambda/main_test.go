package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// The function under test is a real binary, built once for all tests; TestMain sets its path.
var bootstrap string

func TestMain(m *testing.M) {
	if binary := os.Getenv("HOST_OF"); binary != "" {
		host(binary)
	}
	folder, err := os.MkdirTemp("", "lambda")
	if err != nil {
		panic(err)
	}
	bootstrap = filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-o", bootstrap, "./testdata/handler")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v: %s", err, out))
	}
	m.Run()
	if err := os.RemoveAll(folder); err != nil {
		panic(err)
	}
}

// host runs a function in a process that the test then kills. It prints the instance's pid and never stops it.
func host(binary string) {
	f, err := lambda.New(lambda.Config{Name: "orphan", Binary: binary, Timeout: time.Minute})
	if err == nil {
		_, err = f.Invoke(context.Background(), []byte(`{"Do":"echo"}`))
	}
	if err != nil {
		panic(err)
	}
	go func() {
		_, err := f.Invoke(context.Background(), []byte(`{"Do":"hang"}`))
		panic(err)
	}()
	fmt.Println(f.Instances()[0])
	select {}
}

// journal is the log of a function under test.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// start returns a function that is stopped, and found without processes, at the end of the test.
func start(t testing.TB, cfg lambda.Config) *lambda.Function {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = "consumer"
	}
	if cfg.Binary == "" {
		cfg.Binary = bootstrap
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Minute // a loaded machine must not look like a hanging function
	}
	f, err := lambda.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		pids := f.Instances()
		require.NoError(t, f.Stop(ctx))
		require.Empty(t, f.Instances())
		for _, pid := range pids {
			requireGone(t, pid)
		}
	})
	return f
}

func requireGone(t testing.TB, pid int) {
	t.Helper()
	require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH, "process %d still runs", pid)
}

func invoke(t testing.TB, f *lambda.Function, format string, args ...any) lambda.Result {
	t.Helper()
	r, err := f.Invoke(t.Context(), fmt.Appendf(nil, format, args...))
	require.NoError(t, err)
	require.NotEmpty(t, r.RequestID)
	return r
}

func text(t testing.TB, r lambda.Result) string {
	t.Helper()
	require.Equal(t, lambda.Succeeded, r.Outcome, "%s", r.Payload)
	require.NoError(t, r.Err())
	var s string
	require.NoError(t, json.Unmarshal(r.Payload, &s))
	return s
}

// background invokes the function and returns a channel with what becomes of it.
func background(ctx context.Context, f *lambda.Function, payload string) <-chan ended {
	done := make(chan ended, 1)
	go func() {
		r, err := f.Invoke(ctx, []byte(payload))
		done <- ended{r, err}
	}()
	return done
}

type ended struct {
	lambda.Result
	err error
}

// hanging starts an invocation that never answers, and waits until the function has it.
func hanging(ctx context.Context, t *testing.T, f *lambda.Function) <-chan ended {
	t.Helper()
	arrived := filepath.Join(t.TempDir(), "arrived")
	done := background(ctx, f, fmt.Sprintf(`{"Do":"hang","File":%q}`, arrived))
	require.Eventually(t, func() bool {
		_, err := os.Stat(arrived)
		return err == nil
	}, time.Minute, time.Millisecond)
	return done
}

func count(s, part string) int { return strings.Count(s, part) }
