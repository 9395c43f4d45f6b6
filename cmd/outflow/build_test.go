package main

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/pack"
	"github.com/outflow-dev/outflow/pkg/model"
)

// emptyCheckout looks like Outflow's source, with functions that do nothing: the real ones take minutes to build.
func emptyCheckout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"go.mod": "module " + pack.Module + "\n\ngo 1.26\n"}
	for _, name := range pack.Functions() {
		files[filepath.Join("functions", name, "main.go")] = "package main\n\nfunc main() {}\n"
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return folder
}

// A package is what Terraform asks for, and the same from wherever it is built.
func TestBuildWritesThePackage(t *testing.T) {
	source, first, again := emptyCheckout(t), t.TempDir(), t.TempDir()
	status, _, stderr := outflow(t, "build", shop, "--source", source, "-o", first)
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stderr, "built with Go from "+source)
	from, err := filepath.Abs(shop)
	require.NoError(t, err)
	t.Chdir(source)
	status, _, stderr = outflow(t, "build", from, "-o", again)
	require.Equal(t, exitFine, status, stderr)
	for _, name := range []string{"model.json", "consumer.zip", "digester.zip", "operator.zip", "sbom.cdx.json", "SHA256SUMS"} {
		one, err := os.ReadFile(filepath.Join(first, name))
		require.NoError(t, err)
		other, err := os.ReadFile(filepath.Join(again, name))
		require.NoError(t, err)
		require.True(t, string(one) == string(other), name)
	}
	requireModelIn(t, filepath.Join(first, "digester.zip"))
}

func requireModelIn(t *testing.T, path string) {
	t.Helper()
	r, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer r.Close()
	f, err := r.Open("model.json")
	require.NoError(t, err)
	content, err := io.ReadAll(f)
	require.NoError(t, err)
	m, err := model.Load(content)
	require.NoError(t, err)
	require.Equal(t, "shop", m.Name)
}

func TestBuildWithoutFunctionsSaysWhereToTakeThem(t *testing.T) {
	from, err := filepath.Abs(shop)
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"build", from, "-o", "package"}, {"build", from, "-o", "package", "--source", "."}} {
		status, _, stderr := outflow(t, args...)
		require.Equal(t, exitBlind, status)
		for _, said := range []string{"release archive", "--source", "--model-only"} {
			require.Contains(t, stderr, said)
		}
		require.NoDirExists(t, "package")
	}
	status, _, stderr := outflow(t, "build", from, "-o", "package", "--arch", "mips")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "arm64")
}

// As a release is unpacked, the functions lie beside outflow; no source is needed, and a bad one is not passed over.
func TestBuildTakesTheFunctionsBesideOutflow(t *testing.T) {
	release, source := t.TempDir(), emptyCheckout(t)
	own, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Link(own, filepath.Join(release, "outflow")))
	require.NoError(t, pack.Build(t.Context(), source, pack.ARM64, filepath.Join(release, "functions", pack.ARM64)))
	from, err := filepath.Abs(shop)
	require.NoError(t, err)
	build := func() (string, error) {
		cmd := exec.Command(filepath.Join(release, "outflow"), "build", from, "-o", "package")
		cmd.Dir, cmd.Env = release, append(os.Environ(), asOutflow+"=1")
		said, err := cmd.CombinedOutput()
		return string(said), err
	}
	said, err := build()
	require.NoError(t, err, said)
	require.Contains(t, said, "functions: those in "+filepath.Join(release, "functions", pack.ARM64))
	require.FileExists(t, filepath.Join(release, "package", "operator.zip"))

	require.NoError(t, os.Remove(filepath.Join(release, "functions", pack.ARM64, "operator", "bootstrap")))
	said, err = build()
	require.Error(t, err)
	require.Contains(t, said, "function operator: ")
}
