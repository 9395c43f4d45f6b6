package bus_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/bus"
)

func TestHalfALineIsCutAndReported(t *testing.T) {
	const whole = `{"id":"1"}` + "\n"
	rows := []struct {
		name, found, kept string
		reported          int
	}{
		{"nothing", "", "", 0},
		{"whole lines", whole + whole, whole + whole, 0},
		{"half a line", whole + `{"id":"2`, whole, 8},
		{"only half a line", `{"id"`, "", 5},
		{"a long half", whole + strings.Repeat("x", 200_000), whole, 200_000},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "events.ndjson")
			require.NoError(t, os.WriteFile(file, []byte(row.found), 0o600))
			var log strings.Builder
			cfg := config(dir)
			cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
			put(t, client(t, open(t, cfg)), placed("o1"))
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(content), row.kept+`{"version":"0"`), "%.200s", content)
			require.Equal(t, row.reported > 0, strings.Contains(log.String(), fmt.Sprintf("bytes=%d", row.reported)), "%s", &log)
		})
	}
}

func TestADirectoryHasOneWriter(t *testing.T) {
	dir := t.TempDir()
	open(t, config(dir))
	_, err := bus.New(config(dir))
	require.ErrorContains(t, err, "another process writes it")
}

// writeForever is a process of its own that puts events until it is killed, and prints the id of each that was
// accepted.
func writeForever(dir string) {
	b, err := bus.New(bus.Config{Dir: dir, Buses: []string{"shop-dev"}})
	if err != nil {
		panic(err)
	}
	t := &testing.T{}
	padding := strings.Repeat("x", 50_000)
	for {
		var out struct {
			Entries []struct{ EventId string }
		}
		entry := fmt.Sprintf(`{"Source":"s","DetailType":"d","Detail":"{\"p\":\"%s\"}"}`, padding)
		call(t, b, "PutEvents", `{"Entries":[`+entry+`,`+entry+`,`+entry+`]}`, &out)
		for _, e := range out.Entries {
			fmt.Println(e.EventId)
		}
	}
}

func TestAKilledWriterLosesNothingThatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "WRITE_EVENTS_TO="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		ids := bufio.NewScanner(out)
		for n := 0; ids.Scan(); n++ {
			acknowledged[ids.Text()] = true
			if n == 10*(round+1) {
				require.NoError(t, cmd.Process.Kill())
			}
		}
		require.NoError(t, ids.Err())
		require.Error(t, cmd.Wait())
	}
	require.NoError(t, open(t, config(dir)).Close(t.Context()))
	stored := map[string]bool{}
	for _, line := range lines(t, dir, "events.ndjson") {
		var event struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(line), &event))
		require.False(t, stored[event.ID], "twice: %s", event.ID)
		stored[event.ID] = true
	}
	require.Greater(t, len(acknowledged), 50)
	for id := range acknowledged {
		require.True(t, stored[id], "acknowledged and lost: %s", id)
	}
	t.Logf("%d acknowledged, %d stored", len(acknowledged), len(stored))
}

// fileSize lowers the limit on the size of files of this process, which fails a write in the middle as a full disk
// does, until the returned function is called.
func fileSize(t *testing.T, limit uint64) (restore func()) {
	t.Helper()
	var old syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old))
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: old.Max}))
	return func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old)) }
}

func TestAFullDiskIsAnErrorToTheCaller(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir))
	c := client(t, b)
	put(t, c, placed("o1"))
	info, err := os.Stat(filepath.Join(dir, "events.ndjson"))
	require.NoError(t, err)

	restore := fileSize(t, uint64(info.Size())+300) // one line and a half
	two := []types.PutEventsRequestEntry{placed("o2"), placed("o3")}
	_, err = c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: two})
	restore()
	fails(t, err, "InternalException", "no event was accepted: append to events.ndjson")
	require.Equal(t, int64(1), b.Counts().Accepted)
	require.Len(t, lines(t, dir, "events.ndjson"), 1, "nothing of the call stays")

	put(t, c, two...)
	require.Len(t, lines(t, dir, "events.ndjson"), 3)
}

func TestAFullDiskUnderTheRules(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir))
	restore := fileSize(t, 10)
	got := call(t, b, "PutRule", `{"Name":"r","EventPattern":"`+everything+`"}`, nil)
	restore()
	require.Contains(t, got, "500 InternalException: nothing was changed")
	require.Contains(t, call(t, b, "DescribeRule", `{"Name":"r"}`, nil), "does not exist")
	require.Empty(t, call(t, b, "PutRule", `{"Name":"r","EventPattern":"`+everything+`"}`, nil))
}
