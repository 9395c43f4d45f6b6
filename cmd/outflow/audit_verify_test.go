package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// logCopy is a copy of a log in a folder, with its key beside it.
type logCopy struct {
	log      auditlog.Log
	dir, key string
}

func newLogCopy(t *testing.T) *logCopy {
	t.Helper()
	dir := t.TempDir()
	log, err := auditlog.Write(auditlog.Config{Seed: 5, Log: "shop-test"}, auditlog.Folder(dir))
	require.NoError(t, err)
	key := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(key, log.Keys[0].PEM(), 0o600))
	return &logCopy{log, dir, key}
}

// verify runs the command; the log's time is long ago or to come, so that its age does not matter unless asked for.
func (c *logCopy) verify(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	fresh := time.Since(c.log.End).Abs() + time.Hour
	return outflow(t, append([]string{"audit", "verify", "--dir", c.dir, "--key", c.key, "--fresh", fresh.String()}, args...)...)
}

func (c *logCopy) anyFile(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "audit", "v1", "shop-test", filepath.FromSlash(pattern)))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files[0]
}

func TestAuditVerifyCopy(t *testing.T) {
	c := newLogCopy(t)
	last := c.log.Anchors[len(c.log.Anchors)-1].String()
	status, stdout, stderr := c.verify(t, "--anchor", last)
	if c.log.End.After(time.Now()) {
		require.Equal(t, exitUnproven, status, "a log of the future")
	} else {
		require.Equal(t, exitFine, status, stdout+stderr)
		require.Contains(t, stdout, "FINE")
	}
	require.Contains(t, stdout, last)
	require.Contains(t, stdout, "not proven by this:")
	require.NotContains(t, stdout, "\x1b", "colour only on a terminal")

	require.NoError(t, os.Remove(c.anyFile(t, "dt=*/hour=*/*")))
	status, stdout, _ = c.verify(t, "--json")
	require.Equal(t, exitWrong, status)
	var report verify.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.Equal(t, verify.SegmentMissing, report.First.Class)
	require.Equal(t, 1, strings.Count(stdout, "\n"), "one object on one line")
	status, stdout, _ = c.verify(t)
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "WRONG segment-missing (1)")
}

func TestAuditVerifyStatuses(t *testing.T) {
	c := newLogCopy(t)
	last := c.log.Anchors[len(c.log.Anchors)-1]
	for name, row := range map[string]struct {
		args   []string
		status int
		text   string // of either output
	}{
		"stale":                  {[]string{"--fresh", "1s"}, exitUnproven, "stale"},
		"cut":                    {[]string{"--anchor", audit.Anchor{Log: "shop-test", Number: last.Number + 1, At: last.At, SHA256: last.SHA256, SignedBy: last.SignedBy}.String()}, exitWrong, "anchor-differs"},
		"no time":                {[]string{"--from", "2020-01-01", "--to", "2020-01-02"}, exitUnproven, "no segment is of the time"},
		"no such log":            {[]string{"--log", "other"}, exitBlind, "other"},
		"no key":                 {[]string{"--key", filepath.Join(c.dir, "none.pem")}, exitBlind, "read key"},
		"no key in the file":     {[]string{"--key", c.anyFile(t, "digests/*/*1.json")}, exitBlind, "no public key in PEM"},
		"no folder":              {[]string{"--dir", filepath.Join(c.dir, "none")}, exitBlind, "aws s3 sync"},
		"no anchor":              {[]string{"--anchor", "x"}, exitUsage, "read anchor"},
		"times":                  {[]string{"--from", "2026-01-02", "--to", "2026-01-01"}, exitUsage, "--from is not before --to"},
		"table of some hours":    {[]string{"--from", "2026-01-02", "--table"}, exitUsage, "--table needs all lines"},
		"table without a target": {[]string{"--table", "--target", filepath.Join(c.dir, "none.json")}, exitBlind, "read target"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := c.verify(t, row.args...)
			require.Equal(t, row.status, status, stdout+stderr)
			require.Contains(t, stdout+stderr, row.text)
		})
	}
	status, _, stderr := outflow(t, "audit", "verify", "--dir", c.dir)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "--key")
	require.NoError(t, os.Mkdir(filepath.Join(c.dir, "audit", "v1", "shop-prod"), 0o755))
	status, _, stderr = c.verify(t)
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "--log")
}

// What cannot be read is neither fine nor wrong.
func TestAuditVerifyUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	c := newLogCopy(t)
	require.NoError(t, os.Chmod(c.anyFile(t, "dt=*/hour=*/*"), 0))
	status, stdout, stderr := c.verify(t)
	require.Equal(t, exitBlind, status, stderr)
	require.Contains(t, stdout, "COULD NOT LOOK")
}
