package contract_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/contract"
)

func filesOf(t *testing.T, path string) []contract.File {
	t.Helper()
	files, err := readContract(t, path).Files()
	require.NoError(t, err)
	return files
}

// generate writes the contract of a model into a folder of the test.
func generate(t *testing.T, path string) string {
	t.Helper()
	folder := t.TempDir()
	_, err := contract.Write(folder, readModel(t, path).Name, filesOf(t, path))
	require.NoError(t, err)
	return folder
}

func TestEveryFileHasTheMarkerAndEndsWithANewline(t *testing.T) {
	for _, path := range models {
		for _, f := range filesOf(t, path) {
			require.Contains(t, string(f.Content[:min(300, len(f.Content))]), contract.Marker, f.Path)
			require.Equal(t, byte('\n'), f.Content[len(f.Content)-1], f.Path)
		}
	}
}

func TestWritingTwiceChangesNothing(t *testing.T) {
	for _, path := range models {
		folder, files := generate(t, path), filesOf(t, path)
		long := time.Unix(1e9, 0)
		for _, f := range files {
			require.NoError(t, os.Chtimes(filepath.Join(folder, f.Path), long, long))
		}
		done, err := contract.Write(folder, readModel(t, path).Name, files)
		require.NoError(t, err)
		require.Equal(t, contract.Written{Files: len(files), Unchanged: len(files), Removed: []string{}}, done)
		for _, f := range files {
			info, err := os.Stat(filepath.Join(folder, f.Path))
			require.NoError(t, err)
			require.True(t, info.ModTime().Equal(long), "%s was touched", f.Path)
		}
	}
}

func TestWriteRemovesOnlyWhatItWrote(t *testing.T) {
	folder := generate(t, shop)
	put := func(name, content string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644))
	}
	put("schemas/OrderLost.v1.json", `{"$comment": "`+contract.Marker+`"}`)
	put("schemas/notes.txt", "mine")
	put("notes.md", "what "+string(make([]byte, 300))+contract.Marker+" means")
	put("elsewhere/old.json", `{"$comment": "`+contract.Marker+`"}`)

	files := filesOf(t, shop)
	var kept []contract.File
	for _, f := range files {
		if filepath.Dir(f.Path) != "typescript" {
			kept = append(kept, f)
		}
	}
	done, err := contract.Write(folder, "shop", kept)
	require.NoError(t, err)
	require.Equal(t, []string{"schemas/OrderLost.v1.json", "typescript/events.ts"}, done.Removed)
	require.NoDirExists(t, filepath.Join(folder, "typescript"))
	for _, name := range []string{"schemas/notes.txt", "notes.md", "elsewhere/old.json", "schemas/OrderShipped.v1.json"} {
		require.FileExists(t, filepath.Join(folder, name))
	}
}

func TestWriteRefusesAFolderOfOthersAndWritesNothing(t *testing.T) {
	folder := t.TempDir()
	readme := filepath.Join(folder, "README.md")
	require.NoError(t, os.WriteFile(readme, []byte("# Mine"), 0o644))
	_, err := contract.Write(folder, "shop", filesOf(t, shop))
	require.ErrorIs(t, err, contract.ErrForeign)
	require.ErrorContains(t, err, "README.md")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	other := generate(t, shop)
	_, err = contract.Write(other, "told", filesOf(t, "testdata/told.yaml"))
	require.ErrorContains(t, err, "is the contract of model shop, not of told")
	require.FileExists(t, filepath.Join(other, "go", "events.go"))
}

func TestEventsThatShareAFileAreRefused(t *testing.T) {
	c, err := contract.Of(parseModel(t, `
outflow: 1
name: twins
event_source: com.example.twins
table: {key: [PK]}
entities:
  A: {key: {PK: "A#{id}"}, events: {Sent: {data: []}, sent: {data: []}}}
`))
	require.NoError(t, err)
	_, err = c.Files()
	require.ErrorContains(t, err, "schemas/Sent.v1.json and schemas/sent.v1.json")
}
