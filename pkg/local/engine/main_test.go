package engine_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// prepare makes sure that the engines are in the user's cache, and skips where they cannot be brought.
func prepare(t *testing.T, only ...engine.Name) engine.Plan {
	t.Helper()
	if testing.Short() {
		t.Skip("starts engines, which -short leaves out")
	}
	plan, err := engine.Preflight(t.Context(), engine.Options{Only: only})
	require.NoError(t, err)
	if plan.Err() != nil {
		t.Skip("this machine cannot run the engines:\n" + plan.String())
	}
	var progress bytes.Buffer
	require.NoError(t, engine.Fetch(t.Context(), plan, &progress), "%s", &progress)
	return plan
}

// start starts engines and stops them at the end of the test, which fails if any process is left.
func start(t *testing.T, plan engine.Plan, dir string) *engine.Engines {
	t.Helper()
	engines, err := engine.Start(t.Context(), plan, dir)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, engines.Stop(context.WithoutCancel(t.Context())))
		requireNothingRuns(t, dir)
	})
	return engines
}

// openDir is a folder that every user may enter, which Go's own are not.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "outflow-engine-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return dir
}

// requireNothingRuns looks for processes that name the folder on their command line.
func requireNothingRuns(t *testing.T, dir string) {
	t.Helper()
	require.Empty(t, processesOf(t, dir))
}

func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	all, err := exec.Command("/bin/ps", "-axww", "-o", "pid=", "-o", "stat=", "-o", "command=").Output()
	require.NoError(t, err)
	var found []string
	for line := range strings.Lines(string(all)) {
		if strings.Contains(line, dir) && !strings.HasPrefix(strings.Fields(line)[1], "Z") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// program builds scripts/engines/cmd/engines, for tests that interrupt or kill it.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "engines")
	output, err := exec.Command("go", "build", "-o", path, "github.com/outflow-dev/outflow/scripts/engines/cmd/engines").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return path
}
