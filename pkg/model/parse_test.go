package model_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

var update = flag.Bool("update", false, "write the golden files and docs/model.schema.json anew")

// separator stands between the model and the expected result in a golden file.
const separator = "-- want --\n"

func TestParseFaults(t *testing.T) {
	for _, path := range goldenFiles(t, "testdata/faults") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			src, want := readGolden(t, path)
			m, faults := model.Parse("model.yaml", src)
			got := faults.String() + "\n"
			if *update {
				writeGolden(t, path, src, got)
				want = got
			}
			require.Equal(t, want, got)
			require.Error(t, faults.Err())
			require.Nil(t, m)
		})
	}
}

func goldenFiles(t testing.TB, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	return paths
}

func readGolden(t testing.TB, path string) (src []byte, want string) {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	src, rest, found := bytes.Cut(file, []byte(separator))
	require.True(t, found, "%s has no line %q", path, separator)
	return src, string(rest)
}

func writeGolden(t *testing.T, path string, src []byte, want string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, append(append(bytes.Clone(src), separator...), want...), 0o644))
}
