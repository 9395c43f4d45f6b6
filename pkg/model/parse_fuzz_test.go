package model_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Whatever the file, Parse comes back with a model that Load takes, or with faults inside of the file.
func FuzzParse(f *testing.F) {
	shop, err := os.ReadFile(shopModel)
	require.NoError(f, err)
	f.Add(shop)
	for _, dir := range []string{"testdata/faults", "testdata/compiled"} {
		for _, path := range goldenFiles(f, dir) {
			src, _ := readGolden(f, path)
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, faults := model.Parse("model.yaml", src)
		require.Equal(t, m == nil, faults.Err() != nil)
		for _, fault := range faults {
			requireInside(t, src, fault)
		}
		if m == nil {
			return
		}
		loaded, err := model.Load(m.Marshal())
		require.NoError(t, err)
		require.Equal(t, string(m.Marshal()), string(loaded.Marshal()))
	})
}

func requireInside(t require.TestingT, src []byte, fault model.Fault) {
	require.NotEmpty(t, fault.String())
	require.Positive(t, fault.Width)
	if fault.Line == 0 {
		return
	}
	require.LessOrEqual(t, fault.Line, len(src)+1)
	require.Positive(t, fault.Column)
	require.LessOrEqual(t, fault.Column, len([]rune(fault.Source))+1, fault.String())
}
