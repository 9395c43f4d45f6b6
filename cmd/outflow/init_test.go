package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/tfcheck"
)

// asOutflow makes the test's binary be outflow: a project's own test starts it.
const asOutflow = "OUTFLOW_TEST_IS_OUTFLOW"

func TestMain(m *testing.M) {
	if os.Getenv(asOutflow) != "" {
		main()
	}
	m.Run()
}

func newProject(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "garden")
	status, stdout, stderr := outflow(t, "init", folder)
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "Next: cd "+folder)
	return folder
}

// What init writes is right as it is: the model, and what it makes of the recorded changes.
func TestInitWritesAProjectThatWorks(t *testing.T) {
	folder := newProject(t)
	status, stdout, _ := outflow(t, "check", filepath.Join(folder, "model.yaml"))
	require.Equal(t, exitFine, status, stdout)
	require.NotContains(t, stdout, "warning")
	status, _, stderr := outflow(t, "preview", filepath.Join(folder, "model.yaml"))
	require.Equal(t, exitFine, status, stderr)

	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not on PATH: the project's own test is not run")
	}
	own, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(python, "-B", "-m", "unittest", "discover", "tests")
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "OUTFLOW="+own, asOutflow+"=1")
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Contains(t, string(said), "Ran 5 tests")
}

func TestInitNamesTheProjectEverywhere(t *testing.T) {
	folder := newProject(t)
	for _, name := range []string{"model.yaml", "README.md", "terraform/main.tf", "subscriber/subscriber.py", "changes.json"} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.NotRegexp(t, `\bPROJECT\b`, string(content), name)
		require.Contains(t, string(content), "garden", name)
	}
	require.FileExists(t, filepath.Join(folder, ".gitignore"))
}

// The Terraform root is valid with the module beside it.
func TestInitWritesAValidTerraformRoot(t *testing.T) {
	if testing.Short() {
		t.Skip("terraform is not run with -short")
	}
	if err := tfcheck.Installed(); err != nil {
		t.Skip(err)
	}
	provider, err := tfcheck.FindProvider(t.Context(), "../..")
	if errors.Is(err, tfcheck.ErrNoStandIn) {
		t.Skip(err)
	}
	require.NoError(t, err)
	w := tfcheck.Workspace{Folder: newProject(t), Provider: provider}
	for _, step := range [][]string{
		{"fmt", "-check", "-recursive", "-no-color"}, {"init", "-backend=false", "-input=false", "-no-color"}, {"validate", "-no-color"},
	} {
		_, err := w.Terraform(t.Context(), "terraform", step...)
		require.NoError(t, err)
	}
}

func TestInitWritesOverNothing(t *testing.T) {
	folder := newProject(t)
	path := filepath.Join(folder, "model.yaml")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o644))
	status, _, stderr := outflow(t, "init", folder)
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "is not empty")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
	status, _, stderr = outflow(t, "init", path)
	require.Equal(t, exitUsage, status, "model.yaml is no name")
	require.Contains(t, stderr, "lower-case letters")

	module := filepath.Join(t.TempDir(), "module")
	status, stdout, _ := outflow(t, "init", "--module-only", module)
	require.Equal(t, exitFine, status)
	require.Contains(t, stdout, "files of the Terraform module")
	require.FileExists(t, filepath.Join(module, "modules", "function", "main.tf"))
	require.NoFileExists(t, filepath.Join(module, "model.yaml"))
}
