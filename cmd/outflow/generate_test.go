package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGenerateWritesWhatIsInTheExample(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "events")
	status, out, errs := outflow(t, "generate", shop, "-o", folder)
	require.Equal(t, exitFine, status, errs)
	require.Contains(t, out, "contracts of 5 events in")
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		require.NoError(t, err)
		made, err := os.ReadFile(path)
		require.NoError(t, err)
		kept, err := os.ReadFile(filepath.Join("../../examples/shop/events", name))
		require.NoError(t, err)
		require.Equal(t, string(kept), string(made), "%s is stale: run make generate", name)
		return nil
	}))
}

func TestGenerateRemovesWhatTheModelNoLongerMakes(t *testing.T) {
	folder := t.TempDir()
	status, _, errs := outflow(t, "generate", shop, "-o", folder)
	require.Equal(t, exitFine, status, errs)
	fewer := write(t, "model.yaml", edited(t, "      OrderDeleted: {change: remove, data: [user_id]}\n", ""))
	status, out, _ := outflow(t, "generate", fewer, "-o", folder)
	require.Equal(t, exitFine, status)
	require.Contains(t, out, "removed schemas/OrderDeleted.v1.json")
	require.NoFileExists(t, filepath.Join(folder, "registry", "com.example.shop@OrderDeleted.json"))

	status, out, _ = outflow(t, "generate", "--json", fewer, "-o", folder)
	require.Equal(t, exitFine, status)
	var done struct {
		Files, Changed, Unchanged int
		Removed                   []string
	}
	require.NoError(t, json.Unmarshal([]byte(out), &done))
	require.Equal(t, done.Files, done.Unchanged)
	require.Zero(t, done.Changed+len(done.Removed))
}

func TestGenerateRefuses(t *testing.T) {
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "samples.json"), []byte("{}"), 0o644))
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"no folder named", []string{"generate", shop}, exitUsage, "--out"},
		{"a wrong model", []string{"generate", write(t, "model.yaml", "outflow: 1\nname: Shop\n"), "-o", t.TempDir()}, exitWrong, "model.yaml:2:7: "},
		{"no model", []string{"generate", "nowhere.yaml", "-o", t.TempDir()}, exitBlind, "nowhere.yaml"},
		{"files of others", []string{"generate", shop, "-o", foreign}, exitBlind, "samples.json is not a file that outflow generate wrote"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, out, errs := outflow(t, row.args...)
			require.Equal(t, row.status, status, errs)
			require.Contains(t, out+errs, row.says)
		})
	}
}

// edited is the shop's model with one text replaced.
func edited(t *testing.T, text, replacement string) string {
	t.Helper()
	src, err := os.ReadFile(shop)
	require.NoError(t, err)
	require.Contains(t, string(src), text)
	return strings.Replace(string(src), text, replacement, 1)
}
