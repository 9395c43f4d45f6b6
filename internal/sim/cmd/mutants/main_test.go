package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The list must fit the code also where nobody runs make mutants.
func TestListFitsTheCode(t *testing.T) {
	t.Chdir("../../../..")
	content, err := os.ReadFile("internal/sim/mutants.txt")
	require.NoError(t, err)
	mutants, err := parse(string(content))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(mutants), 40)
	names := map[string]bool{}
	for _, m := range mutants {
		_, err := m.overlay(t.TempDir())
		require.NoError(t, err, "line %d, %s", m.line, m.name)
		require.False(t, names[m.name], "line %d: two faults are called %s", m.line, m.name)
		names[m.name] = true
	}
}

func TestParse(t *testing.T) {
	for _, row := range []struct{ name, list, says string }{
		{"no name", "a.go\n- x\n+ y\n", "line 1: a fault begins with #"},
		{"no file", "# a\n- x\n+ y\n", "line 1: a lacks its file"},
		{"no line", "# a\na.go\n+ y\n\n# b\nb.go\n- x\n", "line 1: a lacks its file or the line to replace"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parse(row.list)
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestOverlayRefusesALineThatIsNotThereOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.go")
	require.NoError(t, os.WriteFile(file, []byte("x\ny\nx\n"), 0o600))
	for _, line := range []string{"x", "z"} {
		_, err := (&mutant{name: "a", file: file, old: line}).overlay(t.TempDir())
		require.ErrorContains(t, err, "not once")
	}
}
