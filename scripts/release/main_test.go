package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/pack"
)

// An archive holds what people and outflow build look for, and is the same from another checkout.
func TestRelease(t *testing.T) {
	first, again := released(t), released(t)
	require.Equal(t, first["SHA256SUMS"], again["SHA256SUMS"])
	require.True(t, bytes.Equal(first["outflow_linux_arm64.tar.gz"], again["outflow_linux_arm64.tar.gz"]))

	folder := t.TempDir()
	unpack(t, first["outflow_linux_arm64.tar.gz"], folder)
	for _, arch := range []string{pack.ARM64, pack.AMD64} {
		functions, err := pack.Read(filepath.Join(folder, "outflow_linux_arm64", "functions", arch), arch)
		require.NoError(t, err)
		require.Len(t, functions, len(pack.Functions()))
	}
	for _, name := range []string{"outflow", "functions/consumer/bootstrap", "functions/digester/bootstrap"} {
		info, err := os.Stat(filepath.Join(folder, "outflow_linux_arm64", name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
	}
}

func TestReleaseSaysWhatIsMissing(t *testing.T) {
	require.ErrorContains(t, run(t.Context(), nil, io.Discard), "name the folder")
	t.Chdir(checkout(t))
	require.ErrorContains(t, run(t.Context(), []string{"dist", "linux"}, io.Discard), "OS/ARCH")
	require.ErrorContains(t, run(t.Context(), []string{"dist", "plan9000/arm64"}, io.Discard), "unsupported GOOS/GOARCH")
	t.Chdir(t.TempDir())
	require.ErrorIs(t, run(t.Context(), []string{"dist"}, io.Discard), pack.ErrNoSource)
}

// checkout looks like Outflow's source, with commands that do nothing.
func checkout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"go.mod": "module " + pack.Module + "\n\ngo 1.26\n", "cmd/outflow/main.go": "package main\n\nfunc main() {}\n",
		"LICENSE": "l", "README.md": "r", "CHANGELOG.md": "c"}
	for _, name := range pack.Functions() {
		files["functions/"+name+"/main.go"] = "package main\n\nfunc main() {}\n"
	}
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644))
	}
	return folder
}

// released are the files of a release from a checkout of its own.
func released(t *testing.T) map[string][]byte {
	t.Helper()
	t.Chdir(checkout(t))
	require.NoError(t, run(t.Context(), []string{"dist", "linux/arm64"}, io.Discard))
	files := map[string][]byte{}
	for _, name := range []string{"outflow_linux_arm64.tar.gz", "SHA256SUMS"} {
		content, err := os.ReadFile(filepath.Join("dist", name))
		require.NoError(t, err)
		files[name] = content
	}
	return files
}

func unpack(t *testing.T, archive []byte, folder string) {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	require.NoError(t, err)
	r := tar.NewReader(zipped)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		path := filepath.Join(folder, header.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, content, header.FileInfo().Mode()))
	}
}
