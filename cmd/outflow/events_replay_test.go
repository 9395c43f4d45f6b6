package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
)

// far is after all records that tests make.
const far = "2999-01-01"

func TestEventsReplay(t *testing.T) {
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp), record(2, userKey, "", user))
	state := filepath.Join(filepath.Dir(f.path), "replay.json")

	status, stdout, stderr := f.run("events", "replay", "--from", "2020-01-01", "--to", far)
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "1  UserRegistered\n1 events of 2 changes before "+far)
	require.Contains(t, stdout, "nothing was sent; at 100 a second it takes 0s: send with --yes")
	require.Empty(t, f.published)
	require.NoFileExists(t, state)

	status, stdout, stderr = f.run("events", "replay", "--from", "2020-01-01", "--to", far, "--yes", "--json")
	require.Equal(t, exitFine, status, stderr)
	require.Equal(t, []string{"UserRegistered"}, f.published)
	require.NoFileExists(t, state, "what is complete needs none")
	var said struct{ Summary replaySummary }
	require.NoError(t, json.Unmarshal([]byte(stdout), &said))
	require.True(t, said.Summary.Sent && said.Summary.Complete)
	require.Equal(t, "shop-test", said.Summary.Bus)
	require.Equal(t, map[string]int{"UserRegistered": 1}, said.Summary.Counts.Events)
}

func TestEventsReplayGoesOn(t *testing.T) {
	f := newShopFloor(t)
	for n := range 120 { // more than one batch
		id := fmt.Sprintf("u%d", n)
		f.write(record(n+1, strings.Replace(userKey, "u1", id, 1), "", strings.Replace(user, "u1", id, 1)))
	}
	state := filepath.Join(filepath.Dir(f.path), "replay.json")
	open := f.target.Events
	f.target.Events = closing(t, f, 11)
	f.save()
	args := []string{"events", "replay", "--from", "2020-01-01", "--to", far, "--rate", "100000"}
	status, stdout, stderr := f.run(append(args, "--yes")...)
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stderr, "events:PutEvents")
	require.Contains(t, stderr, "goes on from "+state)
	require.Contains(t, stdout, "not complete")
	sent := len(f.published)
	require.Equal(t, 110, sent)

	f.target.Events = open
	f.save()
	status, _, stderr = f.run("events", "replay", "--from", "2021-01-01", "--to", far, "--yes")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "--from was")
	require.Contains(t, stderr, "delete it to begin anew")

	status, stdout, stderr = f.run(args...)
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stderr, "going on from")
	require.Contains(t, stdout, fmt.Sprintf("%d events of %[1]d changes", 120-sent), "a dry run counts what is left")
	status, stdout, stderr = f.run(append(args, "--yes")...)
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "120 events of 120 changes")
	require.Contains(t, stdout, "all sent")
	require.Len(t, f.published, 120)
	require.NoFileExists(t, state)
}

func TestEventsReplaySaysWhatIsWrong(t *testing.T) {
	f := newShopFloor(t)
	status, _, stderr := f.run("events", "replay", "--from", "2020-01-01")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stderr, "no change in that time")

	f.write(record(1, userKey, "", strings.Replace(user, `{"S":"Ann"}`, `{"N":"7"}`, 1)), record(2, userKey, "", user))
	f.audit.Set("audit/v1/shop-test/dt=2026-11-02/hour=09/2026-11-01T09:14:07.312-1-1-0123456789abcdef.ndjson.gz", []byte("altered"))
	status, stdout, _ := f.run("events", "replay", "--from", "2020-01-01", "--to", far, "--yes")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "FAULT")
	require.Contains(t, stdout, "1 changes have events that cannot be made")
	require.Contains(t, stdout, "1 faults of the log")
	require.Equal(t, []string{"UserRegistered"}, f.published, "the rest is sent")
	status, stdout, _ = f.run("events", "replay", "--from", "2020-01-01", "--to", far, "--json")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, `{"fault":"`)

	f.audit.Fail = func(string, string) s3fake.Fault { return s3fake.Fault{Err: s3fake.Error("AccessDenied")} }
	status, _, stderr = f.run("events", "replay", "--from", "2020-01-01")
	require.Equal(t, exitBlind, status, stderr)

	f.target.Bus = ""
	f.save()
	status, _, stderr = f.run("events", "replay", "--from", "2020-01-01")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "no bus")
}

func TestEventsReplayArguments(t *testing.T) {
	f := newShopFloor(t)
	for _, row := range []struct {
		name string
		args []string
		says string
	}{
		{"no start", nil, "--from"},
		{"no time between", []string{"--from", "2026-11-21", "--to", "2026-11-20"}, "no time between"},
		{"no rate", []string{"--from", "2026-11-21", "--rate", "0"}, "--rate"},
		{"no size of entries", []string{"--from", "2026-11-21", "--entry-bytes", "1"}, "--entry-bytes"},
		{"an entity that the model lacks", []string{"--from", "2026-11-21", "--entity", "Ordr"}, "it has Order, "},
		{"an event that the model lacks", []string{"--from", "2026-11-21", "--event", "OrderPlased"}, "OrderPlaced"},
		{"an event of another entity", []string{"--from", "2026-11-21", "--entity", "User", "--event", "OrderPlaced"}, "there are UserRegistered"},
		{"an entity without events", []string{"--from", "2026-11-21", "--entity", "Product"}, "no such events"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, _, stderr := f.run(append([]string{"events", "replay"}, row.args...)...)
			require.Equal(t, exitUsage, status, stderr)
			require.Contains(t, stderr, row.says)
		})
	}
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(f.path), "replay.json"), []byte("{"), 0o600))
	status, _, stderr := f.run("events", "replay", "--from", "2026-11-21")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "not whole")
}

// closing is the address of a bus that takes so many calls, and then none.
func closing(t *testing.T, f *shopFloor, calls int) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.busDown = calls == 0
		f.serveBus(w, r)
		f.busDown = false
		calls = max(0, calls-1)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
