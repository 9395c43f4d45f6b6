package engine_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/scripts/engines"
)

// TestFetch interrupts a real fetch, has two more run at once, and looks that only whole engines are in the cache.
func TestFetch(t *testing.T) {
	prepare(t, engine.DynamoDB) // skips without Java and Maven, and fills Maven's own repository
	cache := filepath.Join(openDir(t), "cache")
	plan, err := engine.Preflight(t.Context(), engine.Options{Cache: cache, Only: []engine.Name{engine.DynamoDB}})
	require.NoError(t, err)
	if plan.Err() != nil {
		t.Skip("this machine cannot fetch:\n" + plan.String())
	}

	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, engine.Fetch(ctx, plan, onWrite(cancel)), context.Canceled)
	require.Equal(t, []string{"lock"}, list(t, cache))

	require.NoError(t, os.Mkdir(filepath.Join(cache, ".unfinished-1"), 0o755)) // of a killed program
	var progress [2]bytes.Buffer
	var both sync.WaitGroup
	var failed [2]error
	for i := range progress {
		both.Go(func() { failed[i] = engine.Fetch(t.Context(), plan, &progress[i]) })
	}
	both.Wait()
	require.NoError(t, failed[0])
	require.NoError(t, failed[1])
	said := progress[0].String() + progress[1].String()
	require.Equal(t, 1, strings.Count(said, "DynamoDB Local 3.1.0: ready"), said)
	require.Equal(t, []string{filepath.Base(plan.Items[0].Path), "lock"}, list(t, cache))
	require.NoError(t, engine.Fetch(t.Context(), plan, onWrite(func() { t.Error("nothing is to be said") })))
}

func TestFetchSaysWhatTheToolSaid(t *testing.T) {
	bare(t, map[string]string{"go": "echo 'go: example.com/module: checksum mismatch' >&2; exit 1"})
	plan := preflight(t, engine.Options{Only: []engine.Name{engine.S3}})
	require.NoError(t, plan.Err())
	err := engine.Fetch(t.Context(), plan, io.Discard)
	require.ErrorContains(t, err, "fetch versitygw (S3) 1.8.0: run ")
	require.ErrorContains(t, err, "checksum mismatch")
	require.Equal(t, []string{"lock"}, list(t, plan.Cache))
}

func TestFetchRefusesOtherFiles(t *testing.T) {
	// the tool copies a file of its own into the folder it is given
	bare(t, map[string]string{"mvn": `for a; do case $a in -Doutflow.to=*) echo fake > "${a#-Doutflow.to=}/guava-33.4.0-jre.jar";; esac; done`})
	plan := preflight(t, engine.Options{Only: []engine.Name{engine.DynamoDB}, JavaFolders: []string{jdk(t, "21", true)}})
	require.NoError(t, plan.Err())
	require.ErrorContains(t, engine.Fetch(t.Context(), plan, io.Discard), "guava-33.4.0-jre.jar has SHA-256")
	require.Equal(t, []string{"lock"}, list(t, plan.Cache))
}

type onWrite func()

func (f onWrite) Write(p []byte) (int, error) { f(); return len(p), nil }

func list(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestVerify(t *testing.T) {
	const abc, empty = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	tests := []struct {
		name, want string
		files      map[string]string
	}{
		{name: "as recorded", files: map[string]string{"a": "abc", "b": ""}},
		{name: "changed", files: map[string]string{"a": "abd", "b": ""}, want: "a has SHA-256"},
		{name: "one more", files: map[string]string{"a": "abc", "b": "", "c": ""}, want: "c is not in checksums.txt"},
		{name: "one less", files: map[string]string{"a": "abc"}, want: "1 files came, checksums.txt has 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			for name, content := range test.files {
				require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644))
			}
			err := engine.Verify(folder, map[string]string{"a": abc, "b": empty})
			if test.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.want)
			}
		})
	}
}

func TestRecordedChecksums(t *testing.T) {
	sums, err := engine.Recorded(engines.Checksums)
	require.NoError(t, err)
	for _, name := range []string{"DynamoDBLocal-3.1.0.jar", "jetty-xml-12.0.14.jar", "opensearch-3.5.0.zip"} {
		require.Len(t, sums[name], 64, name)
	}
	_, err = engine.Recorded("# fine\nabc file\n")
	require.ErrorContains(t, err, `"abc file" is not a SHA-256 and a file name`)
}

func TestEmbeddedModuleIsTheOneInItsFolder(t *testing.T) {
	for name, embedded := range map[string]string{"go.mod": engines.VersitygwMod, "go.sum": engines.VersitygwSum} {
		content, err := os.ReadFile(filepath.Join("../../../scripts/engines/versitygw", name))
		require.NoError(t, err)
		require.Equal(t, string(content), embedded, "run go generate ./scripts/engines")
	}
}

func TestUnzip(t *testing.T) {
	tests := []struct{ name, entry, want string }{
		{name: "inside", entry: "opensearch-3.5.0/bin/opensearch"},
		{name: "outside", entry: "opensearch-3.5.0/../../evil", want: "leads out of the archive"},
		{name: "absolute", entry: "opensearch-3.5.0//etc/evil", want: "leads out of the archive"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var content bytes.Buffer
			archive := zip.NewWriter(&content)
			file, err := archive.Create(test.entry)
			require.NoError(t, err)
			_, err = file.Write([]byte("hello"))
			require.NoError(t, err)
			require.NoError(t, archive.Close())
			path, folder := filepath.Join(t.TempDir(), "a.zip"), filepath.Join(t.TempDir(), "to")
			require.NoError(t, os.WriteFile(path, content.Bytes(), 0o644))
			err = engine.Unzip(t.Context(), path, folder)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(folder, "bin", "opensearch"))
			require.NoError(t, err)
			require.Equal(t, "hello", string(got))
		})
	}
}

func TestToolOutput(t *testing.T) {
	output := "Downloading from r: there/x.zip\nProgress (1): 9.9/194 MB\rProgress (1): 20/194 MB\rProgress (1): 21/194 MB\r" +
		"Progress (1): 3/6.5 MB\rDownloaded from r: there/x.zip (194 MB at 9 MB/s)\nDownloaded from r: there/y.pom (2 kB at 1 kB/s)\n[ERROR] no"
	var said strings.Builder
	last := engine.Tell(strings.NewReader(output), &said, engine.MavenLine)
	require.Equal(t, "  00 % of 194 MB\n  10 % of 194 MB\n  x.zip (194 MB)\n", said.String())
	require.Equal(t, "[ERROR] no", last[len(last)-1])
	require.Len(t, last, 4)
}
