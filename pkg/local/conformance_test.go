package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/mapping"
)

// conformance is one behaviour of mapping and runtime host together, with a real process as the function: what its script
// does, and the batches that it is to get.
type conformance struct {
	name, source string
	script       []string // a step for each invocation, the last for all that follow
	records      int
	config       func(*local.Driver, *lambda.Config)
	batches      []string         // of first and last record, in order
	processes    int              // that the invocations ran in, where it matters
	check        func(*conformed) // what else holds
	kept         *keptFailure     // the destination; nil for none
}

// conformed is what a row left.
type conformed struct {
	*testing.T
	batches   []string
	events    []json.RawMessage
	processes int // that the invocations ran in
	metrics   mapping.Metrics
	log       string
	kept      *keptFailure
}

// keptFailure is a destination that keeps the last object that it got.
type keptFailure struct{ key, body string }

func (k *keptFailure) Store(_ context.Context, f mapping.Failure) error {
	body, err := f.Body("fresh")
	k.key, k.body = f.Key("6ba7b810"), string(body)
	return err
}

func TestConformanceWithAFunction(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a function")
	}
	binary := scripted(t)
	for _, row := range conformanceRows() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, row.source)
			runConformance(t, binary, row)
		})
	}
}

func scripted(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "./testdata/scripted").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

// runConformance drives the function until the mapping has nothing left to do.
func runConformance(t *testing.T, binary string, row conformance) {
	dir, log := t.TempDir(), &journal{}
	function := lambda.Config{Name: "scripted", Binary: binary, Timeout: time.Minute, Log: log, Env: map[string]string{
		"SCRIPT": strings.Join(row.script, "\n"), "JOURNAL": filepath.Join(dir, "journal"),
	}}
	d := &local.Driver{
		Mapping: conformanceMapping(), Stream: &fakeStream{records: row.records, items: row.records},
		Checkpoints: local.Checkpoints{Path: filepath.Join(dir, "checkpoints.json"), Stream: streamARN}, Log: slog.New(slog.DiscardHandler),
	}
	if row.kept != nil {
		d.Destination = row.kept
	}
	if row.config != nil {
		row.config(d, &function)
	}
	f, err := lambda.New(function)
	require.NoError(t, err)
	d.Function = f
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	require.Eventually(t, func() bool {
		shards := d.Snapshot().Shards
		return len(shards) == 1 && shards[0].Waiting == 0 && d.Snapshot().Metrics.PolledEventCount == row.records
	}, 2*time.Minute, 10*time.Millisecond, "%+v\n%s", d.Snapshot(), log)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, f.Stop(t.Context()))
	verify(t, row, &conformed{T: t, metrics: d.Snapshot().Metrics, log: log.String(), kept: row.kept}, filepath.Join(dir, "journal"))
}

func conformanceMapping() mapping.Config {
	c := mapping.Defaults()
	c.ID, c.StreamARN, c.FunctionARN = "00000000-0000-0000-0000-000000000001", streamARN, "arn:aws:lambda:x"
	c.StartingPosition, c.BatchSize, c.ReportBatchItemFailures = mapping.TrimHorizon, 10, true
	return c
}

func verify(t *testing.T, row conformance, c *conformed, journalFile string) {
	content, err := os.ReadFile(journalFile)
	if row.script[0] != "init fails" {
		require.NoError(t, err)
	}
	processes := map[int]bool{}
	for line := range bytes.Lines(content) {
		var i struct {
			PID   int
			Event json.RawMessage
		}
		require.NoError(t, json.Unmarshal(line, &i))
		processes[i.PID] = true
		c.events, c.batches = append(c.events, i.Event), append(c.batches, batchOf(t, i.Event))
	}
	c.processes = len(processes)
	if row.batches != nil {
		require.Equal(t, row.batches, c.batches)
	}
	if row.processes != 0 {
		require.Equal(t, row.processes, c.processes)
	}
	if row.check != nil {
		row.check(c)
	}
}

func batchOf(t *testing.T, event []byte) string {
	first, last, err := bounds(event)
	require.NoError(t, err)
	return first + "-" + last
}

// journal is a function's log, which several goroutines may read and write.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
