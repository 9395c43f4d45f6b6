package nearest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/nearest"
)

func TestHint(t *testing.T) {
	known := []string{"status", "total", "tags", "created_at", "ab"}
	for name, row := range map[string]struct {
		given string
		want  string
	}{
		"a letter too few":      {"totl", "; did you mean total?"},
		"a letter too many":     {"totall", "; did you mean total?"},
		"another letter":        {"tota1", "; did you mean total?"},
		"neighbours swapped":    {"ba", "; did you mean ab?"},
		"swapped in a long one": {"craeted_ta", "; did you mean created_at?"},
		"three of ten":          {"creatd_at__", "; did you mean created_at?"},
		"too far":               {"description", ""},
		"nothing given":         {"", ""},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, nearest.Hint(row.given, known)) })
	}
	require.Equal(t, "; did you mean Order?", nearest.Hint("Ordre", []string{"User", "Order"}))
	require.Equal(t, "; did you mean a1?", nearest.Hint("a", []string{"a2", "a1"}), "of two as near the first by name")
	require.Empty(t, nearest.Hint("total", nil))
}
