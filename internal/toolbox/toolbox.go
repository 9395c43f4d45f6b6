// Package toolbox brings tests the tools of other languages that they hold the product against: Python and npm
// packages, and jars from Maven. What it brings is pinned by files beside the test, made once and kept in the user's
// cache, under a lock, so that packages tested side by side do not make it twice.
//
// Like the engines, tools are brought where engines are required (make test); elsewhere, and with -short, the test
// is skipped and says so. A tool that is missing where it is required fails the test with what to install.
package toolbox

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
)

// Python returns the interpreter of a virtual environment that has the packages of a requirements file, in which
// every line pins one with ==. It needs Python 3.10 or later with venv.
func Python(t testing.TB, requirements string) string {
	t.Helper()
	need(t, "python3", "Python 3.10 or later")
	kept := keep(t, "python", []string{requirements}, func(folder string) {
		run(t, folder, "python3", "-m", "venv", folder)
		run(t, folder, filepath.Join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
			"--only-binary", ":all:", "-r", absolute(t, requirements))
	})
	return filepath.Join(kept, "bin", "python")
}

// Node returns a folder whose node_modules holds the packages of a manifest: a folder with a package.json and its
// package-lock.json, made by npm install --package-lock-only --omit-lockfile-registry-resolved, so that the lock names
// versions and hashes but no registry. It needs Node.js 20 or later.
func Node(t testing.TB, manifest string) string {
	t.Helper()
	need(t, "npm", "Node.js 20 or later")
	files := []string{filepath.Join(manifest, "package.json"), filepath.Join(manifest, "package-lock.json")}
	return keep(t, "node", files, func(folder string) {
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(file)), content, 0o600))
		}
		run(t, folder, "npm", "ci", "--silent", "--no-audit", "--no-fund")
	})
}

// Maven returns the class path (a pattern that java takes) of the runtime dependencies of a pom.xml, which pins the
// version of maven-dependency-plugin too. It needs Maven.
func Maven(t testing.TB, pom string) string {
	t.Helper()
	need(t, "mvn", "Maven 3.8 or later and a JDK")
	kept := keep(t, "maven", []string{pom}, func(folder string) {
		run(t, folder, "mvn", "-B", "-q", "-f", absolute(t, pom), "dependency:copy-dependencies",
			"-DincludeScope=runtime", "-DoutputDirectory="+folder)
	})
	return filepath.Join(kept, "*")
}

// need skips or fails the test where a command is not to be had.
func need(t testing.TB, command, what string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("%s is not brought with -short", what)
	}
	if os.Getenv(enginetest.Required) == "" {
		t.Skipf("%s and packages for it are brought by make test only", what)
	}
	if _, err := exec.LookPath(command); err != nil {
		t.Fatalf("%s is not on PATH: install %s", command, what)
	}
}

// keep returns the folder of that kind made for those files, and has it made if it is not there whole.
func keep(t testing.TB, kind string, files []string, fill func(folder string)) string {
	t.Helper()
	folder := filepath.Join(cache(t), kind+"-"+hash(t, kind, files))
	require.NoError(t, os.MkdirAll(filepath.Dir(folder), 0o755))
	lock, err := os.OpenFile(folder+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	require.NoError(t, err)
	defer func() { require.NoError(t, lock.Close()) }() // which unlocks
	require.NoError(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX))
	whole := folder + ".whole"
	if _, err := os.Stat(whole); err == nil {
		return folder
	}
	require.NoError(t, os.RemoveAll(folder))
	require.NoError(t, os.MkdirAll(folder, 0o755))
	fill(folder)
	require.NoError(t, os.WriteFile(whole, nil, 0o600))
	return folder
}

func cache(t testing.TB) string {
	t.Helper()
	user, err := os.UserCacheDir()
	require.NoError(t, err, "the user's cache folder: set HOME")
	return filepath.Join(user, "outflow", "toolbox")
}

// hash is of the files' contents, and of the interpreter where an environment is tied to it.
func hash(t testing.TB, kind string, files []string) string {
	t.Helper()
	sum := sha256.New()
	if kind == "python" {
		version, err := exec.Command("python3", "--version").Output()
		require.NoError(t, err)
		sum.Write(version)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		sum.Write(strconv.AppendInt(nil, int64(len(content)), 10))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

func absolute(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	require.NoError(t, err)
	return path
}

func run(t testing.TB, folder, name string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = folder
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s %v in %s\n%s", name, args, folder, output)
}
