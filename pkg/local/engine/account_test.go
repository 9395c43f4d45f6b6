package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// TestFolderThatOnlyRootMayEnter runs OpenSearch, as another user, for a folder in one that is closed to it.
func TestFolderThatOnlyRootMayEnter(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("OpenSearch runs as this user unless that is root")
	}
	plan := prepare(t, engine.OpenSearch)
	dir := filepath.Join(openDir(t), "closed", "dir")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	first := start(t, plan, dir)
	outside, err := os.Readlink(filepath.Join(dir, "opensearch"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(outside)) })
	ask(t, first, "PUT", "/orders/_doc/1?refresh=true", `{"status":"PAID"}`)
	require.NoError(t, first.Stop(t.Context()))
	requireNothingRuns(t, outside)

	second := start(t, plan, dir)
	require.Contains(t, ask(t, second, "GET", "/orders/_search", ""), `"status":"PAID"`)
	require.NoError(t, second.Stop(t.Context()))

	require.NoError(t, os.RemoveAll(dir)) // a new folder of the same name starts empty
	require.NoError(t, os.MkdirAll(dir, 0o700))
	third := start(t, plan, dir)
	require.NotContains(t, ask(t, third, "GET", "/_cat/indices", ""), "orders")
}

func TestRemoveTakesWhatItsLinksLeadTo(t *testing.T) {
	dir, other := filepath.Join(t.TempDir(), "engines"), t.TempDir()
	outside, err := os.MkdirTemp("/var/tmp", "outflow-test-")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "logs"), 0o755))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "opensearch")))
	require.NoError(t, os.Symlink(other, filepath.Join(dir, "somebody's")))
	require.NoError(t, engine.Remove(dir))
	require.NoDirExists(t, dir)
	require.NoDirExists(t, outside)
	require.DirExists(t, other, "made by nobody here")
}
