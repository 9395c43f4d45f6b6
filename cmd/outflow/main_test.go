package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

const (
	shop    = "../../examples/shop/model.yaml"
	changes = "../../examples/shop/changes.json"
)

func outflow(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func TestExitStatus(t *testing.T) {
	wrong := write(t, "model.yaml", "outflow: 1\nname: Shop\n")
	none := write(t, "none.json", `{"Records":[]}`)
	broken := write(t, "broken.json", `{"Records":[`)
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "mine.txt"), []byte("mine"), 0o644))
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string // somewhere in what is printed
	}{
		{"help", []string{"--help"}, exitFine, "preview"},
		{"no command", nil, exitUsage, "check"},
		{"unknown command", []string{"chekc"}, exitUsage, "chekc"},
		{"unknown flag", []string{"preview", "--jsn", shop}, exitUsage, "--jsn"},
		{"flag of a wrong type", []string{"preview", "--seed", "x", shop}, exitUsage, "--seed"},
		{"check of a right model", []string{"check", shop}, exitFine, "5 entities, 3 search indexes, 5 events"},
		{"check of a wrong model", []string{"check", wrong}, exitWrong, "model.yaml:2:7: "},
		{"check of no file", []string{"check", "nowhere.yaml"}, exitBlind, "nowhere.yaml"},
		{"build without a folder", []string{"build", shop}, exitUsage, "--out"},
		{"build into a file", []string{"build", shop, "--model-only", "-o", wrong}, exitBlind, "model.yaml"},
		{"preview of a wrong model", []string{"preview", wrong}, exitWrong, "model.yaml:2:7: "},
		{"preview finds the records beside the model", []string{"preview", shop}, exitFine, "0 documents changed"},
		{"preview of a stage that is no name", []string{"preview", shop, "--stage", "../x"}, exitUsage, "--stage"},
		{"preview in a table too narrow", []string{"preview", shop, "--width", "-5"}, exitUsage, "--width"},
		{"preview without records", []string{"preview", shop, "nowhere.json"}, exitBlind, "nowhere.json"},
		{"preview of no records", []string{"preview", shop, none}, exitUnproven, "nothing was checked"},
		{"preview of broken records", []string{"preview", shop, broken}, exitBlind, "broken.json"},
		{"preview into a folder of somebody's", []string{"preview", shop, "--out", full}, exitBlind, "name an empty or a new one"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, stdout, stderr := outflow(t, row.args...)
			require.Equal(t, row.status, status, "%s%s", stdout, stderr)
			require.Contains(t, stdout+stderr, row.says)
		})
	}
	content, err := os.ReadFile(filepath.Join(full, "mine.txt"))
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
}

func TestBuildWritesTheCompiledModel(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "package")
	status, stdout, _ := outflow(t, "build", shop, "--model-only", "-o", dir)
	require.Equal(t, exitFine, status)
	content, err := os.ReadFile(filepath.Join(dir, "model.json"))
	require.NoError(t, err)
	m, err := model.Load(content)
	require.NoError(t, err)
	require.Contains(t, stdout, m.Hash)
}

func TestPreviewTable(t *testing.T) {
	status, stdout, _ := outflow(t, "preview", shop, changes, "--width", "140")
	require.Equal(t, exitFine, status)
	for _, line := range strings.Split(stdout, "\n") {
		if strings.Contains(line, " | ") {
			require.LessOrEqual(t, len([]rune(line)), 140)
		}
	}
	for _, said := range []string{
		"Order/o456 hidden until its root comes", "by nobody known (carries", "remove by TTL", "(unmatched)",
		"price left out", "OrderRepriced", "24 deliveries: 0 documents changed, 0 new event ids, 0 new audit ids", "Next: edit ",
	} {
		require.Contains(t, stdout, said)
	}
}

func TestPreviewJSONIsJSONBesideWarnings(t *testing.T) {
	warned := write(t, "model.yaml", "outflow: 1\nname: shop\ntable: {key: [PK]}\nentities:\n  A: {key: {PK: \"A#{id}#{b}\"}}\n")
	status, stdout, stderr := outflow(t, "preview", warned, changes, "--json")
	require.Equal(t, exitFine, status)
	require.Contains(t, stderr, "warning")
	require.True(t, json.Valid([]byte(stdout)))
}

func TestPreviewShowsNoControlCharacters(t *testing.T) {
	content, err := os.ReadFile(changes)
	require.NoError(t, err)
	records := write(t, "records.json", strings.ReplaceAll(string(content), "PRDUCT#p790", `P\u001b[2J\r\n\u202e`))
	_, stdout, _ := outflow(t, "preview", shop, records)
	require.NotContains(t, stdout, "\x1b")
	require.NotContains(t, stdout, "\u202e")
	require.Contains(t, stdout, `P\x1b[2J`)
}

func TestPreviewJSON(t *testing.T) {
	status, stdout, _ := outflow(t, "preview", shop, changes, "--json")
	require.Equal(t, exitFine, status)
	var printed struct {
		Rows []struct {
			Events []json.RawMessage
			Audit  struct{ ID string }
		}
		Again struct{ Deliveries, DocumentsChanged int }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
	require.Len(t, printed.Rows, 12)
	require.Equal(t, 24, printed.Again.Deliveries)
	require.NotEmpty(t, printed.Rows[11].Audit.ID)
}

func TestPreviewOfARecordThatDoesNotDecode(t *testing.T) {
	content, err := os.ReadFile(changes)
	require.NoError(t, err)
	records := write(t, "records.json", strings.Replace(string(content), `{"N": "84.20"}`, `{"N": "a lot"}`, 1))
	status, stdout, _ := outflow(t, "preview", shop, records)
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "parked for search")
	require.Contains(t, stdout, "kept raw, whole")
	require.NotContains(t, stdout, "a lot", "reasons hold no item data")
}

func TestPreviewWritesWhatFunctionsWouldSend(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	for range 2 { // a second run replaces what the first wrote
		status, _, stderr := outflow(t, "preview", shop, changes, "--out", dir, "--stage", "test")
		require.Equal(t, exitFine, status, stderr)
	}
	bulk, err := os.ReadFile(filepath.Join(dir, "search", "shop-test-orders-000001.bulk.ndjson"))
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(bulk), "\n"), "all changes of one order are one action")
	require.Contains(t, string(bulk), `"_index":"shop-test-orders-000001-write-0","_id":"Order/o456"`)

	call, err := os.ReadFile(filepath.Join(dir, "events", "put-events-0001.json"))
	require.NoError(t, err)
	var request struct {
		Entries []struct{ EventBusName, DetailType, Detail string }
	}
	require.NoError(t, json.Unmarshal(call, &request))
	require.Equal(t, "UserRegistered", request.Entries[0].DetailType)
	require.Equal(t, "shop-test", request.Entries[0].EventBusName)

	segments, err := filepath.Glob(filepath.Join(dir, "audit/v1/shop-test/dt=2026-11-02/hour=*/*.ndjson.gz"))
	require.NoError(t, err)
	lines := 0
	for _, segment := range segments {
		lines += strings.Count(gunzip(t, segment), "\n")
	}
	require.Equal(t, 12, lines)
}

func gunzip(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	r, err := gzip.NewReader(f)
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(content)
}
