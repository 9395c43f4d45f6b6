package engine_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// TestKilledProgram is the life of a folder: one program runs the engines, a second one is refused, the first is
// killed, and the next finds its engines, ends them, and carries on with their data.
func TestKilledProgram(t *testing.T) {
	plan, dir := prepare(t), openDir(t)
	first := run(t, dir)
	first.await("ready; ")
	engines := read(t, dir)
	require.Len(t, engines, 3)
	var running engine.Engines
	first.endpoints(&running)
	createTable(t, &running)
	require.NoError(t, put(t, &running, "ORDER#1", "before"))
	createLockedBucket(t, &running)
	putObject(t, &running, "line", "written once")
	ask(t, &running, "PUT", "/orders/_doc/1?refresh=true", `{"status":"PAID"}`)

	_, err := engine.Start(t.Context(), plan, dir)
	var busy *engine.BusyError
	require.ErrorAs(t, err, &busy)
	require.Equal(t, first.cmd.Process.Pid, busy.PID)
	require.ErrorContains(t, err, dir+" is in use by process")

	require.NoError(t, first.cmd.Process.Kill())
	require.Error(t, first.cmd.Wait())
	require.Len(t, processesOf(t, dir), 3, "the engines outlive a killed program")

	restarted := start(t, plan, dir)
	for _, old := range engines {
		_, _, err := look(old.PID)
		require.ErrorIs(t, err, engine.ErrGone, "%s", old.Engine)
	}
	requireItem(t, restarted, "ORDER#1", "before")
	requireObject(t, restarted, "line", "written once")
	require.Contains(t, ask(t, restarted, "GET", "/orders/_search", ""), `"status":"PAID"`)
	require.Contains(t, ask(t, restarted, "GET", "/_cluster/settings?include_defaults=true&flat_settings=true", ""),
		`"cluster.routing.allocation.disk.threshold_enabled":"false"`)
	report(t, restarted)
}

// report prints the figures that people ask for.
func report(t *testing.T, engines *engine.Engines) {
	t.Helper()
	for _, r := range engines.Running() {
		memory, err := exec.Command("ps", "-o", "rss=", "-p", itoa(r.PID)).Output()
		require.NoError(t, err)
		t.Logf("%-10s ready after %5.1f s, %s KiB resident", r.Name, r.Took.Seconds(), strings.TrimSpace(string(memory)))
	}
}

// TestInterruptedStart sends Ctrl-C while OpenSearch is coming up, which takes longest.
func TestInterruptedStart(t *testing.T) {
	prepare(t)
	dir := openDir(t)
	cmd := run(t, dir)
	require.Eventually(t, func() bool { return len(read(t, dir)) == 3 }, waitAtMost, lookEvery)
	require.NoError(t, cmd.cmd.Process.Signal(os.Interrupt))
	said, err := io.ReadAll(cmd.output)
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.cmd.Wait(), &exit, "%s", said)
	require.Equal(t, 1, exit.ExitCode())
	require.Contains(t, string(said), "interrupted")
	requireNothingRuns(t, filepath.Join(dir, "opensearch"))
	requireNothingRuns(t, dir)
}

// TestUnrecordedEngineNeverRuns makes the record impossible to write: the engine must then not run either.
func TestUnrecordedEngineNeverRuns(t *testing.T) {
	plan, dir := prepare(t, engine.S3), openDir(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "engines.json.new"), 0o755))
	_, err := engine.Start(t.Context(), plan, dir)
	require.ErrorContains(t, err, "record process")
	requireNothingRuns(t, dir)
	log, err := os.ReadFile(filepath.Join(dir, "logs", "s3.log"))
	require.NoError(t, err)
	require.Empty(t, log)
}

func TestOtherProcessesAreNotStopped(t *testing.T) {
	plan := prepare(t, engine.S3)
	dir := openDir(t)
	innocent := exec.Command("/bin/sh", "-c", "read -r line", "outflow-test-marker")
	stdin, err := innocent.StdinPipe()
	require.NoError(t, err)
	innocent.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, innocent.Start())
	now, _, err := look(innocent.Process.Pid)
	require.NoError(t, err)

	for name, left := range map[string]entry{
		"the id of an engine that is gone": {PID: innocent.Process.Pid, Started: "earlier", Marker: "outflow-test-marker"},
		"another command line":             {PID: innocent.Process.Pid, Started: now.Started, Marker: "another-marker"},
		"an id that nobody has":            {PID: 1 << 30, Started: "earlier", Marker: "outflow-test-marker"},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := json.Marshal([]entry{left})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "engines.json"), content, 0o644))
			start(t, plan, dir)
			still, _, err := look(innocent.Process.Pid)
			require.NoError(t, err)
			require.Equal(t, now, still)
		})
	}
	require.NoError(t, stdin.Close())
	var exit *exec.ExitError
	require.ErrorAs(t, innocent.Wait(), &exit)
	require.True(t, exit.Exited(), "it ended by itself: %v", exit)
}

func TestDamagedRecordIsNotGuessedAt(t *testing.T) {
	plan, dir := prepare(t, engine.S3), openDir(t)
	path := filepath.Join(dir, "engines.json")
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o644))
	_, err := engine.Start(t.Context(), plan, dir)
	require.ErrorContains(t, err, path)
	require.FileExists(t, path)
}

type entry struct {
	Engine  engine.Name `json:"engine"`
	PID     int         `json:"pid"`
	Started string      `json:"started"`
	Marker  string      `json:"marker"`
}

// read returns the engines on record; none while there is no record yet.
func read(t *testing.T, dir string) []entry {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "engines.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	var entries []entry
	require.NoError(t, json.Unmarshal(content, &entries))
	return entries
}

// running is a program under test.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	output *bufio.Reader
	lines  []string
}

func run(t *testing.T, dir string) *running {
	t.Helper()
	cmd := exec.Command(program(t), "start", "-dir", dir)
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { // it has ended, unless the test failed before
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	return &running{t: t, cmd: cmd, output: bufio.NewReader(output)}
}

func (r *running) await(text string) {
	r.t.Helper()
	for {
		line, err := r.output.ReadString('\n')
		r.lines = append(r.lines, line)
		require.NoError(r.t, err, "%s", r.lines)
		if strings.Contains(line, text) {
			return
		}
	}
}

// endpoints reads the table that the program prints.
func (r *running) endpoints(engines *engine.Engines) {
	r.t.Helper()
	for _, line := range r.lines {
		_, rest, found := strings.Cut(line, "  http://")
		if !found {
			continue
		}
		endpoint := "http://" + strings.Fields(rest)[0]
		switch {
		case strings.HasPrefix(line, "DynamoDB"):
			engines.DynamoDB = endpoint
		case strings.HasPrefix(line, "OpenSearch"):
			engines.OpenSearch = endpoint
		default:
			engines.S3 = endpoint
		}
	}
	engines.AccessKeyID, engines.SecretAccessKey = "outflow", "outflowlocal"
}
