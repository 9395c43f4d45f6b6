package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

func TestSearchBackfillArguments(t *testing.T) {
	f := newShopFloor(t)
	bad := write(t, "keys", "PRODUCT#p1 METADATA\nPRODUCT#p2\n\n{\"PK\":1}\n")
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"no segment", []string{"--segments", "0"}, exitUsage, []string{"--segments 0 is not between 1 and 1000"}},
		{"too many segments", []string{"--segments", "1001"}, exitUsage, []string{"from 1 to 1000"}},
		{"a negative rate", []string{"--rcu=-1"}, exitUsage, []string{"rcu is -1"}},
		{"an entity that is no root", []string{"--entity", "OrderLine"}, exitUsage, []string{`"OrderLine"; documents have Order, Product, User`}},
		{"keys and a prefix", []string{"--keys", bad, "--prefix", "X"}, exitUsage, []string{"--keys says which items"}},
		{"a function and a folder", []string{"--function", "f", "--from-export", "dir"}, exitUsage, []string{"s3://bucket/prefix"}},
		{"no list of keys", []string{"--keys", "nowhere.txt"}, exitBlind, []string{"read keys: open nowhere.txt"}},
		{"lines that are no keys", []string{"--keys", bad}, exitBlind, []string{bad, "line 2: ", "line 4: "}},
		{"lines that are no keys, for a function", []string{"--keys", bad, "--function", "f"}, exitBlind, []string{bad, "line 2: ", "line 4: "}},
		{"an export that is none", []string{"--from-export", t.TempDir()}, exitBlind, []string{"manifest-summary.json", "name the folder that holds it"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, _, stderr := f.run(append([]string{"search", "backfill"}, row.args...)...)
			require.Equal(t, row.status, status, stderr)
			for _, said := range row.says {
				require.Contains(t, stderr, said)
			}
		})
	}
	f.target.DynamoDB = "http://127.0.0.1:1"
	f.save()
	status, _, stderr := f.run("search", "backfill")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "does outflow dev still run?")
}

func TestFunctionsThatDoNotGetOn(t *testing.T) {
	f := newShopFloor(t)
	for _, row := range []struct {
		name, answer string
		header       string // X-Amz-Function-Error
		http         int
		status       int
		says         string
	}{
		{"another function", `{"statusCode":200}`, "", http.StatusOK, exitBlind, "function f answers what no operator function does"},
		{"no JSON", `"hello"`, "", http.StatusOK, exitBlind, "function f answers what no operator function does"},
		{"an error", `{"errorMessage":"backfill: no search outlet","errorType":"x"}`, "Unhandled", http.StatusOK, exitBlind, "function f: backfill: no search outlet"},
		{"no such function", `{"Message":"Function not found: f"}`, "", http.StatusNotFound, exitBlind, "invoke function f: "},
		{"too little time", `{"job":"backfill","done":false,"counts":{}}`, "", http.StatusOK, exitUnproven, "5 invocations have not moved anything"},
		{"an answer without a state", `{"job":"backfill","done":false,"plan":{}}`, "", http.StatusOK, exitUnproven, "no state to go on from"},
		{"stopped", `{"job":"backfill","done":false,"plan":{},"cursor":{},"stopped":"access denied"}`, "", http.StatusOK, exitUnproven, "access denied"},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if row.header != "" {
					w.Header().Set("X-Amz-Function-Error", row.header)
				}
				w.WriteHeader(row.http)
				_, _ = w.Write([]byte(row.answer))
			}))
			defer server.Close()
			t.Setenv("AWS_ENDPOINT_URL_LAMBDA", server.URL)
			status, _, stderr := f.run("search", "backfill", "--function", "f", "--state", filepath.Join(t.TempDir(), "s.json"))
			require.Equal(t, row.status, status, stderr)
			require.Contains(t, stderr, row.says)
		})
	}
}

func TestParkedRetryByAFunctionIsForAll(t *testing.T) {
	status, _, stderr := newShopFloor(t).run("parked", "retry", "--all", "--function", "f")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "--function with --all and --yes")
}

// brokenDisk takes so many bytes.
type brokenDisk struct{ left int }

func (d *brokenDisk) Write(b []byte) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

func TestBackfillProgress(t *testing.T) {
	plan := &backfill.Plan{Of: backfill.Identity{Table: "shop-test", Source: "scan in 8 segments", Entity: "Order", Prefix: "ORDER#"}, Items: 1000, Bytes: 4096e3}
	var out, errs bytes.Buffer
	p := newBackfillProgress(&out, &errs, false).of(plan)
	require.NoError(t, p.begin())
	require.Contains(t, out.String(), `reads    shop-test: scan in 8 segments, of documents of Order, partition keys that begin with "ORDER#"`)
	require.Contains(t, out.String(), "items    about 1000, 4.1 MB, so about 1001 read units")
	p.began = time.Now().Add(-10 * time.Second)
	p.pass(&backfill.Counts{Seen: 250, Poison: 3})
	require.Regexp(t, `^250 items  25/s  25%  (29|30)s left  3 refused\n$`, errs.String())
	errs.Reset()
	p.pass(&backfill.Counts{Seen: 2000})
	require.Contains(t, errs.String(), " 99%", "an estimate never says that all is done")

	errs.Reset()
	p.screen = true
	p.pass(&backfill.Counts{Seen: 300})
	p.pass(&backfill.Counts{Seen: 400})
	require.Regexp(t, `^\r\x1b\[K300 items  30/s[^\n]*\r\x1b\[K400 items  40/s[^\n]*$`, errs.String(), "a terminal's line is written over")

	var items []backfill.Poison
	for range 30 {
		items = append(items, backfill.Poison{Key: json.RawMessage(`{"PK":{"S":"x"}}`), Reason: "too long"})
	}
	require.NoError(t, p.poison(items))
	require.NoError(t, p.poison(items))
	out.Reset()
	state := backfill.State{Counts: backfill.Counts{Poison: 60}}
	require.NoError(t, p.end(&state, errors.New("x"), func() string { return "list.ndjson" }))
	require.Equal(t, poisonRows, strings.Count(out.String(), "REFUSED  "), "the file has all")
	require.Contains(t, out.String(), "60 refused, listed in list.ndjson")
	require.Contains(t, out.String(), "so far: 0 items")

	p = newBackfillProgress(&brokenDisk{100}, &errs, true).of(plan)
	require.ErrorContains(t, p.begin(), "no space left")
	require.ErrorContains(t, p.poison(items), "no space left", "an event that is lost ends the run")
}

func TestBackfillFiles(t *testing.T) {
	dir := t.TempDir()
	f := backfillFiles{state: filepath.Join(dir, "b.json"), note: func([]backfill.Poison) error { return nil }}
	require.Empty(t, f.poison())
	item := backfill.Poison{Key: json.RawMessage(`{"PK":{"S":"x"}}`), Reason: "too long"}
	require.NoError(t, f.poisoned([]backfill.Poison{item}))
	require.NoError(t, f.poisoned([]backfill.Poison{item, item}))
	require.Equal(t, filepath.Join(dir, "b.poison.ndjson"), f.poison())
	listed, err := os.ReadFile(f.poison())
	require.NoError(t, err)
	require.Equal(t, 3, bytes.Count(listed, []byte(`{"key":{"PK":{"S":"x"}},"reason":"too long"}`+"\n")))

	state := backfill.NewState(backfill.Identity{Table: "t"}, 1, time.Now())
	require.NoError(t, f.keep(state))
	content, err := f.read()
	require.NoError(t, err)
	_, err = backfill.ReadState(content, backfill.Identity{Table: "t"}, 1)
	require.NoError(t, err)
	require.NotEmpty(t, f.poison(), "what goes on keeps its list")
	require.NoError(t, f.close())
	_, err = f.read()
	require.NoError(t, err)
	require.Empty(t, f.poison(), "what begins anew has none")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	f.state = filepath.Join(dir, "file", "b.json")
	require.ErrorContains(t, f.keep(state), "name a file that can be written with --state")
}
