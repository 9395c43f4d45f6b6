package engine_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// disk mounts a file system of a size such as 300m, or skips where this may not.
func disk(t *testing.T, size string) string {
	t.Helper()
	folder := openDir(t)
	if output, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=755,size="+size, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small file system here (it takes root on Linux): %s", output)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", folder).Run()) })
	return folder
}

// fill writes zeros until the disk is full, and returns what frees it again.
func fill(t *testing.T, folder string) func() {
	t.Helper()
	path := filepath.Join(folder, "filler")
	file, err := os.Create(path)
	require.NoError(t, err)
	_, err = io.Copy(file, zeros{})
	require.ErrorContains(t, err, "no space left")
	require.NoError(t, file.Close())
	return func() { require.NoError(t, os.Remove(path)) }
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestFullDiskForData(t *testing.T) {
	plan := prepare(t, engine.DynamoDB)
	dir := disk(t, "300m")
	engines := start(t, plan, dir)
	createTable(t, engines)
	require.NoError(t, put(t, engines, "a", "before"))

	free := fill(t, dir)
	var failed error
	for i := 0; failed == nil && i < 1000; i++ { // SQLite has some pages left
		failed = put(t, engines, "filler"+itoa(i), strings.Repeat("x", 10_000))
	}
	require.Error(t, failed)
	require.NoError(t, engines.Stop(t.Context()), "a full disk does not keep engines running")
	requireNothingRuns(t, dir)

	_, err := engine.Start(t.Context(), plan, dir)
	require.ErrorContains(t, err, dir+": too little disk: 256 MB are needed, ")
	require.ErrorContains(t, err, " MB are free; free some, or choose a folder on another disk")
	requireNothingRuns(t, dir)

	free()
	again := start(t, plan, dir)
	requireItem(t, again, "a", "before")
	require.NoError(t, put(t, again, "b", "after"))
	requireItem(t, again, "b", "after")
}

func TestFullDiskForTheCache(t *testing.T) {
	prepare(t, engine.DynamoDB)
	folder := disk(t, "100m")
	o := engine.Options{Only: []engine.Name{engine.DynamoDB}, Cache: filepath.Join(folder, "cache")}
	plan, err := engine.Preflight(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, plan.Err())
	free := fill(t, folder)

	full, err := engine.Preflight(t.Context(), o)
	require.NoError(t, err)
	require.ErrorContains(t, full.Err(), "too little disk: 60 MB are needed, ")
	require.ErrorContains(t, full.Err(), " MB are free; free some, or set OUTFLOW_CACHE")
	require.ErrorContains(t, engine.Fetch(t.Context(), plan, io.Discard), "no space left on device", "room when it was planned")
	require.NoDirExists(t, plan.Items[0].Path)

	free()
	var progress bytes.Buffer
	require.NoError(t, engine.Fetch(t.Context(), plan, &progress), "%s", &progress)
	require.DirExists(t, plan.Items[0].Path)
}
