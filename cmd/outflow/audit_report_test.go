package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAuditReport(t *testing.T) {
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp), record(2, userKey, "", user))
	page := filepath.Join(t.TempDir(), "page.html")
	period := []string{"audit", "report", "--from", "2020-01-01", "--to", time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "-o", page}
	status, stdout, stderr := f.run(append(period, "--no-verify")...)
	require.Equal(t, exitUnproven, status, stderr)
	require.Contains(t, stdout, "not proven: No digest was made")
	require.Contains(t, stdout, "not proven: Nobody verified")
	require.Contains(t, stdout, "2 records of 2 items, 0 digests")
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(content), `<th scope="row">Product</th>`)

	status, _, stderr = f.run("audit", "seal")
	require.Equal(t, exitFine, status, stderr)
	status, stdout, stderr = f.run(period...)
	require.Equal(t, exitUnproven, status, stdout+stderr)
	content, err = os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(content), "What outflow audit verify looked at")
	status, _, stderr = f.run("audit", "report", "--from", "2026-01-02", "--to", "2026-01-01", "-o", page)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "no time between")
	f.target.AccessKeyID = ""
	f.save()
	status, _, stderr = f.run(period...)
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "--no-verify")
}
