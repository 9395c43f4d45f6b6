package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/local/console"
)

// pipelineWith serves a status as a running pipeline does, and returns the folder with its target file.
func pipelineWith(t *testing.T, s console.Status) string {
	t.Helper()
	s.Judge()
	server, err := console.Start(console.Config{Look: func(context.Context) console.Status { return s }, Refresh: time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	return folderWith(t, server.URL)
}

func folderWith(t *testing.T, url string) string {
	t.Helper()
	dir := t.TempDir()
	file := target.Target{Stage: "dev", Region: "us-east-1", Table: "shop-dev", IndexPrefix: "shop-dev-", Console: url}
	require.NoError(t, file.Save(filepath.Join(dir, "dev.json")))
	return dir
}

func seen() console.Status {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	oldest := at.Add(-95 * time.Second)
	return console.Status{
		At: at, Since: at.Add(-time.Hour), Stage: "dev", Table: "shop-dev",
		Mappings: []console.Mapping{{
			Function: "shop-dev-consumer", Enabled: true, Lag: console.Lag{Records: 4, AtLeast: true, Oldest: &oldest},
			Counts: map[string]int{"PolledEventCount": 12},
		}},
		Outlets: []console.Outlet{{Name: "search", Counts: map[string]int{"Written": 9}}, {Name: "events"}},
		Engines: []console.Engine{{Name: "OpenSearch", Endpoint: "http://127.0.0.1:9200", PID: 7}},
	}
}

func TestStatusOfAHealthyPipeline(t *testing.T) {
	dir := pipelineWith(t, seen())
	status, stdout, stderr := outflow(t, "dev", "status", "--dir", dir)
	require.Equal(t, exitFine, status, stderr)
	require.Equal(t, `shop-dev: healthy, up for 1h0m

mapping  shop-dev-consumer  at least 4 records wait, the oldest for 1m35s
                            PolledEventCount 12
outlet   search             Written 9
outlet   events             nothing yet
parked                      0 records, 0 batches
engine   OpenSearch         up at http://127.0.0.1:9200
`, stdout)
	status, again, _ := outflow(t, "status", "--target", filepath.Join(dir, "dev.json"))
	require.Equal(t, exitFine, status)
	require.Equal(t, stdout, again)
}

func TestStatusOfAPipelineInTrouble(t *testing.T) {
	s := seen()
	s.Engines[0].Down = "connection refused"
	s.Parked.Records = 1
	dir := pipelineWith(t, s)
	status, stdout, _ := outflow(t, "dev", "status", "--dir", dir)
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "something is wrong")
	require.Contains(t, stdout, "WRONG  OpenSearch does not answer")
	require.Contains(t, stdout, "WRONG  1 records and 0 batches are parked")
	require.Contains(t, stdout, "down at http://127.0.0.1:9200")
	status, stdout, _ = outflow(t, "dev", "status", "--dir", dir, "--json")
	require.Equal(t, exitWrong, status)
	var got console.Status
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Len(t, got.Wrong, 2)
}

func TestStatusWhereNothingRuns(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	strange := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }))
	defer strange.Close()
	for _, row := range []struct{ name, dir, says string }{
		{"no target file", t.TempDir(), "outflow dev is not running, or not ready yet"},
		{"of a pipeline that was killed", folderWith(t, gone.URL), "outflow dev is not running"},
		{"of a deployment", folderWith(t, ""), "has no console"},
		{"another server", folderWith(t, other.URL), "404 Not Found: is it that of outflow dev?"},
		{"another answer", folderWith(t, strange.URL), "its answer is no status"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, _, stderr := outflow(t, "dev", "status", "--dir", row.dir)
			require.Equal(t, exitBlind, status)
			require.Contains(t, stderr, row.says)
		})
	}
}

func TestDevTakesAModelOrStatus(t *testing.T) {
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"neither", []string{"dev"}, exitUsage, `expected "<model>"`},
		{"a model, the word up left out", []string{"dev", "nowhere.yaml"}, exitBlind, "read model: open nowhere.yaml"},
		{"a model", []string{"dev", "up", "nowhere.yaml"}, exitBlind, "read model: open nowhere.yaml"},
		{"a wrong flag", []string{"dev", "status", "--model", "x"}, exitUsage, "unknown flag --model"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, _, stderr := outflow(t, row.args...)
			require.Equal(t, row.status, status)
			require.Contains(t, stderr, row.says)
		})
	}
}
