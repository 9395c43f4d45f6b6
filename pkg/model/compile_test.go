package model_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

const shopModel = "../../examples/shop/model.yaml"

func TestCompile(t *testing.T) {
	for _, path := range goldenFiles(t, "testdata/compiled") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			src, want := readGolden(t, path)
			m, faults := model.Parse("model.yaml", src)
			require.NoError(t, faults.Err())
			got := string(m.Marshal())
			if len(faults) > 0 {
				got = faults.String() + "\n" + got
			}
			if *update {
				writeGolden(t, path, src, got)
				want = got
			}
			require.Equal(t, want, got)
			requireRoundTrip(t, m)
		})
	}
}

func TestCompileShop(t *testing.T) {
	m := shop(t)
	path := "testdata/compiled/shop.json"
	if *update {
		require.NoError(t, os.WriteFile(path, m.Marshal(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(m.Marshal()))
	requireRoundTrip(t, m)
}

// requireRoundTrip checks that a model comes back from its bytes as it was, rules and lookups included.
func requireRoundTrip(t *testing.T, m *model.Model) {
	t.Helper()
	loaded, err := model.Load(m.Marshal())
	require.NoError(t, err)
	require.Equal(t, m, loaded)
	require.Equal(t, string(m.Marshal()), string(loaded.Marshal()))
}

func shop(t *testing.T) *model.Model {
	t.Helper()
	src, err := os.ReadFile(shopModel)
	require.NoError(t, err)
	m, faults := model.Parse(shopModel, src)
	require.Empty(t, faults)
	return m
}
