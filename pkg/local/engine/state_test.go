package engine_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

func TestWhileFree(t *testing.T) {
	dir := t.TempDir()
	done := 0
	do := func() error { done++; return nil }
	require.NoError(t, engine.WhileFree(filepath.Join(dir, "missing"), do))
	require.Zero(t, done, "there is nothing to do in a folder that is not there")
	require.NoError(t, engine.WhileFree(dir, do))
	require.NoError(t, engine.WhileFree(dir, do), "the folder is free again")
	require.Equal(t, 2, done)
	broken := errors.New("broken")
	require.ErrorIs(t, engine.WhileFree(dir, func() error { return broken }), broken)
	err := engine.WhileFree(dir, func() error { return engine.WhileFree(dir, do) })
	var busy *engine.BusyError
	require.ErrorAs(t, err, &busy)
	require.Equal(t, os.Getpid(), busy.PID)
	require.Equal(t, 2, done)
}

func TestLookTellsWhichEnginesAnswer(t *testing.T) {
	bare(t, nil)
	var broken atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`{"name":"n","version":{"number":"3.5.0"}}`))
	}))
	defer server.Close()
	plan := preflight(t, engine.Options{
		Only: []engine.Name{engine.OpenSearch}, Endpoints: map[engine.Name]string{engine.OpenSearch: server.URL},
	})
	engines := start(t, plan, openDir(t))
	states := engines.Look(t.Context())
	require.Equal(t, []engine.State{{Name: engine.OpenSearch, Title: "OpenSearch", Endpoint: server.URL}}, states)
	broken.Store(true)
	require.ErrorContains(t, engines.Look(t.Context())[0].Err, "answer 503 is not that of OpenSearch")
}
