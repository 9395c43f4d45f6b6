package engine_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// given runs stand-ins of the three servers; each answers 503 before its first good answer.
func given(t *testing.T) map[engine.Name]string {
	t.Helper()
	answers := map[engine.Name]string{
		engine.DynamoDB:   `{"__type":"UnrecognizedClientException"}`,
		engine.OpenSearch: `{"name":"n","version":{"number":"3.5.0"}}`,
		engine.S3:         `<?xml version="1.0"?><Error/>`,
	}
	endpoints := map[engine.Name]string{}
	for name, body := range answers {
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(server.Close)
		endpoints[name] = server.URL
	}
	return endpoints
}

func TestGivenEndpointsAreOnlyAsked(t *testing.T) {
	bare(t, nil)
	t.Setenv("AWS_ACCESS_KEY_ID", "mine")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	endpoints, dir := given(t), openDir(t)
	engines := start(t, preflight(t, engine.Options{Endpoints: endpoints}), dir)
	require.Equal(t, endpoints, map[engine.Name]string{engine.DynamoDB: engines.DynamoDB, engine.OpenSearch: engines.OpenSearch, engine.S3: engines.S3})
	require.Equal(t, "mine", engines.AccessKeyID)
	require.Empty(t, engines.Running())
	require.Empty(t, processesOf(t, dir))
}

// TestGivenEndpointOfSomethingElse stops waiting as soon as the stranger has been asked, and sees what it said.
func TestGivenEndpointOfSomethingElse(t *testing.T) {
	bare(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("hello"))
		cancel()
	}))
	t.Cleanup(stranger.Close)
	plan := preflight(t, engine.Options{Only: []engine.Name{engine.OpenSearch}, Endpoints: map[engine.Name]string{engine.OpenSearch: stranger.URL}})
	_, err := engine.Start(ctx, plan, openDir(t))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "interrupted")
}

func TestWaitTellsOfAnEngineThatDies(t *testing.T) {
	plan, dir := prepare(t, engine.S3), openDir(t)
	engines := start(t, plan, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, engines.Wait(ctx))
	require.NoError(t, syscall.Kill(engines.Running()[0].PID, syscall.SIGKILL))
	err := engines.Wait(t.Context())
	require.ErrorContains(t, err, "versitygw (S3) does not run: it ended (signal: killed); the end of "+filepath.Join(dir, "logs", "s3.log"))
	require.ErrorContains(t, err, "No IAM service configured")
}

// TestStopAndStartAgain goes on with the same data, also where a client has begun a request and says no more.
func TestStopAndStartAgain(t *testing.T) {
	plan, dir := prepare(t, engine.S3), openDir(t)
	first := start(t, plan, dir)
	createLockedBucket(t, first)
	putObject(t, first, "line", "kept")
	silent, err := net.Dial("tcp", strings.TrimPrefix(first.S3, "http://"))
	require.NoError(t, err)
	defer func() { require.NoError(t, silent.Close()) }()
	_, err = silent.Write([]byte("GET / HTTP/1.1\r\n")) // and no more
	require.NoError(t, err)
	require.NoError(t, first.Stop(t.Context()))
	requireNothingRuns(t, dir)

	second := start(t, plan, dir)
	requireObject(t, second, "line", "kept")
	require.NoError(t, first.Stop(t.Context()), "stopping twice is nothing")
	requireObject(t, second, "line", "kept")
	require.Len(t, read(t, dir), 1, "the second one's record is still there")
}
