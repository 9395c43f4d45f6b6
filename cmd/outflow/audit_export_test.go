package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAuditExport(t *testing.T) {
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp), record(2, userKey, "", user), record(3, lampKey, lamp, cheapLamp))
	dir := filepath.Join(t.TempDir(), "copy")
	status, stdout, stderr := f.run("audit", "export", "--entity", "Product", "-o", dir)
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "Product.parquet: 2 rows")
	before, err := os.ReadFile(filepath.Join(dir, "Product.parquet"))
	require.NoError(t, err)
	require.Equal(t, "PAR1", string(before[:4]))

	status, _, stderr = f.run("audit", "export", "--entity", "Usr", "-o", dir)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "no entity Usr")
	status, _, stderr = f.run("audit", "export", "--entity", "Order", "-o", dir, "--json")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stderr, "no line of Order")

	for key := range f.audit.Objects() {
		f.audit.Set(key, []byte("altered"))
	}
	status, stdout, _ = f.run("audit", "export", "--entity", "Product", "-o", dir)
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "nothing was written")
	after, err := os.ReadFile(filepath.Join(dir, "Product.parquet"))
	require.NoError(t, err)
	require.Equal(t, before, after, "what was there stays")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "no temporary file stays")
}
