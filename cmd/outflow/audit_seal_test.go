package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
)

func TestAuditSeal(t *testing.T) {
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp), record(2, userKey, "", user))
	status, stdout, stderr := f.run("audit", "seal")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "1 digests made, of 1 segments with 2 lines (0 faults)")
	require.FileExists(t, filepath.Join(filepath.Dir(f.path), "signing-key.pem"), "the pipeline's own key")
	anchor, err := audit.ParseAnchor(strings.Split(stdout, "\n")[0])
	require.NoError(t, err)
	require.Equal(t, "shop-test", anchor.Log)
	body := f.audit.Objects()[audit.DigestKey("shop-test", 1)].Body
	d, err := audit.ReadDigest(body)
	require.NoError(t, err)
	require.Equal(t, anchor, audit.AnchorOf(&d, body))

	other := filepath.Join(t.TempDir(), "other.pem")
	status, _, stderr = f.run("audit", "seal", "--key", other)
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "OUTFLOW_SIGNING_KEY=new,old")
	status, stdout, stderr = f.run("audit", "seal", "--key", other+","+filepath.Join(filepath.Dir(f.path), "signing-key.pem"), "--json")
	require.Equal(t, exitFine, status, stderr)
	var report audit.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.Len(t, report.Anchors, 1)
	d, err = audit.ReadDigest(f.audit.Objects()[audit.DigestKey("shop-test", 2)].Body)
	require.NoError(t, err)
	require.NotNil(t, d.NextKey, "the key is rotated")
}

func TestAuditSealSaysWhatIsWrong(t *testing.T) {
	f := newShopFloor(t)
	for name, args := range map[string][]string{
		"retention": {"--retention", "forever"},
		"--key":     {"--key", "arn:aws:kms:eu-west-1:123456789012:alias/x"},
	} {
		status, _, stderr := f.run(append([]string{"audit", "seal"}, args...)...)
		require.Equal(t, exitUsage, status)
		require.Contains(t, stderr, name)
	}
	f.audit.Set("audit/v1/shop-test/dt=2026-11-02/hour=09/x", []byte("x"))
	status, stdout, _ := f.run("audit", "seal")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "FAULT  audit/v1/shop-test/dt=2026-11-02/hour=09/x")
	f.audit.Set(audit.DigestKey("shop-test", 1), []byte("{}"))
	status, _, stderr := f.run("audit", "seal")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, audit.ErrTampered.Error())
	f.target.AccessKeyID = ""
	f.save()
	status, _, stderr = f.run("audit", "seal")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "--key")
}
