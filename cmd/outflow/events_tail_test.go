package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// event is a line of events.ndjson.
func event(name string, n int) string {
	return fmt.Sprintf(`{"detail-type":%q,"source":"com.example.shop","detail":{"metadata":{"id":"id-%d","type":%[1]q,"time":"2026-11-02T09:20:01Z",`+
		`"entity":"Order","key":{"order_id":"o%[2]d"},"itemVersion":"v/%[2]d","actor":"ann","replayed":false},"data":{"user_id":"u1"}}}`, name, n)
}

func (f *shopFloor) events(lines ...string) string {
	path := filepath.Join(filepath.Dir(f.path), "events.ndjson")
	require.NoError(f.t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644))
	return path
}

func TestEventsTail(t *testing.T) {
	f := newShopFloor(t)
	f.events(event("OrderPlaced", 1)+"\n", `{"detail-type":"Other","source":"x","detail":{}}`+"\n", event("OrderShipped", 2)+"\n")
	status, stdout, stderr := f.run("events", "tail", "--all", "--count", "3")
	require.Equal(t, exitFine, status, stderr)
	require.Equal(t, `2026-11-02T09:20:01.000Z  OrderPlaced  Order {"order_id":"o1"}  by ann  {"user_id":"u1"}  id id-1`+"\n"+
		`{"detail-type":"Other","source":"x","detail":{}}`+"\n"+
		`2026-11-02T09:20:01.000Z  OrderShipped  Order {"order_id":"o2"}  by ann  {"user_id":"u1"}  id id-2`+"\n", stdout)
	status, stdout, _ = f.run("events", "tail", `{"detail-type":["OrderShipped"]}`, "--all", "--count", "1", "--json")
	require.Equal(t, exitFine, status)
	require.Equal(t, event("OrderShipped", 2)+"\n", stdout)
}

func TestEventsTailRefuses(t *testing.T) {
	f := newShopFloor(t)
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"a wrong pattern", []string{`{"detail-type":"x"}`}, exitUsage, "PATTERN:1:"},
		{"a pattern that is not there", []string{"nowhere.json"}, exitBlind, "nowhere.json"},
		{"less than nothing", []string{"--count", "-1"}, exitUsage, "--count"},
		{"no file", nil, exitBlind, "events.ndjson"},
	} {
		status, _, stderr := f.run(append([]string{"events", "tail"}, row.args...)...)
		require.Equal(t, row.status, status, row.name)
		require.Contains(t, stderr, row.says, row.name)
	}
	f.target.Events = "http://127.0.0.1:1"
	f.save()
	status, _, stderr := f.run("events", "tail")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "does outflow dev still run?")
}

// A file is followed while it grows by pieces of lines, and when it is replaced.
func TestFollowerTakesWholeLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.ndjson")
	file, err := os.Create(path)
	require.NoError(t, err)
	write := func(text string) {
		_, err := io.WriteString(file, text)
		require.NoError(t, err)
	}
	write("old\n")
	f := &follower{path: path}
	require.NoError(t, f.begin(false))
	defer f.close()
	var got []string
	read := func() []string {
		got = nil
		_, err := f.lines(func(line []byte) error { got = append(got, string(line)); return nil })
		require.NoError(t, err)
		return got
	}
	require.Empty(t, read())
	write("one\ntw")
	require.Equal(t, []string{"one"}, read())
	require.NoError(t, file.Truncate(int64(len("old\none\n")))) // as a bus does that finds half a line
	require.Empty(t, read())
	_, err = file.Seek(0, io.SeekEnd)
	require.NoError(t, err)
	long := strings.Repeat("x", 600<<10)
	write("three\n" + long + "\n")
	require.Equal(t, []string{"three", long}, read())

	require.NoError(t, os.Remove(path))
	require.Empty(t, read())
	require.NoError(t, os.WriteFile(path, []byte("anew\n"), 0o644))
	require.Empty(t, read(), "it is opened")
	require.Equal(t, []string{"anew"}, read())
}

func TestTailEndsWithTheBus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(event("OrderPlaced", 1)+"\n"), 0o644))
	f := &follower{path: path}
	require.NoError(t, f.begin(true))
	defer f.close()
	var out bytes.Buffer
	err := (&tail{command: &eventsTailCommand{}, out: &out}).follow(t.Context(), f, func() error { return io.ErrClosedPipe })
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.Contains(t, out.String(), "id-1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, (&tail{command: &eventsTailCommand{}, out: &out}).follow(ctx, f, nil), context.Canceled)
}
