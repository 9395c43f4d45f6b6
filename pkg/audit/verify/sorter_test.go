package verify_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

func TestSorter(t *testing.T) {
	folder, spilled := t.TempDir(), false
	rapid.Check(t, func(t *rapid.T) {
		const size = 12
		few := rapid.SampledFrom([]byte{0, 1, 255}) // so that many records have the same beginning, and some are equal
		record := rapid.SliceOfN(few, size, size)
		records := rapid.SliceOfN(record, 0, 60).Draw(t, "records")
		sorted, runs, err := verify.Sort(folder, size, rapid.IntRange(size, 30*size).Draw(t, "room"), records)
		require.NoError(t, err)
		spilled = spilled || runs > 1
		want := slices.Clone(records)
		slices.SortFunc(want, bytes.Compare)
		require.Equal(t, len(want), len(sorted))
		for i := range want {
			require.Equal(t, want[i], sorted[i])
		}
	})
	require.True(t, spilled)
}

func TestSorterWithoutDisk(t *testing.T) {
	_, _, err := verify.Sort("/nowhere/at/all", 8, 8, [][]byte{[]byte("12345678")})
	require.ErrorContains(t, err, "TMPDIR says where")
}
