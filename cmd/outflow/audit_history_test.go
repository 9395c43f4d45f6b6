package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ownCache keeps what the command keeps out of the user's own folder.
func ownCache(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir) // of which a Mac makes the folder
	t.Setenv("XDG_CACHE_HOME", dir)
}

func TestAuditHistory(t *testing.T) {
	ownCache(t)
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp), record(2, userKey, "", user))
	status, _, stderr := f.run("audit", "seal")
	require.Equal(t, exitFine, status, stderr)
	f.write(record(3, lampKey, lamp, cheapLamp))
	f.write(record(3, lampKey, lamp, cheapLamp), record(4, userKey, user, ""))

	status, stdout, stderr := f.run("audit", "history", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "+ price: ")
	require.Regexp(t, `~ price: \S+ -> \S+`, stdout)
	require.Contains(t, stdout, "2 changes in 3 segments, found by the key indexes of 1 digests; 2 of the segments are not sealed yet")
	require.NotContains(t, stdout, "\x1b", "no terminal, no colour")

	status, stdout, stderr = f.run("audit", "history", "USER#u1", "PROFILE", "--json")
	require.Equal(t, exitFine, status, stderr)
	rows := strings.Split(strings.TrimSpace(stdout), "\n")
	require.Len(t, rows, 3)
	var last step
	require.NoError(t, json.Unmarshal([]byte(rows[1]), &last))
	require.Equal(t, "remove", last.Op)
	require.Nil(t, last.Actor, "a delete's old image is no evidence")
	require.Contains(t, rows[2], `"summary"`)

	status, _, stderr = f.run("audit", "history", "USER#u2", "PROFILE")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stderr, "no line of this item")
	status, _, stderr = f.run("audit", "history", "USER#u2")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "write its 2 values")
}

func TestAuditHistorySaysWhatIsMissing(t *testing.T) {
	ownCache(t)
	f := newShopFloor(t)
	f.write(record(3, lampKey, lamp, cheapLamp))
	status, stdout, stderr := f.run("audit", "history", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stdout, "! start-unproven")
	require.Contains(t, stdout, "note: the log has no digest")
	require.Contains(t, stderr, "not all of it is proven")

	f.write(record(5, lampKey, lamp, ""))
	status, stdout, _ = f.run("audit", "history", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "! chain-broken")
	f.write(`{"eventID":"e9","eventName":"INSERT","dynamodb":{}}`)
	status, stdout, _ = f.run("audit", "history", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stdout, "! chain-unproven")

	for key := range f.audit.Objects() {
		f.audit.Set(key, []byte("altered"))
	}
	status, stdout, _ = f.run("audit", "history", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "FAULT")
}

func TestAuditAsOf(t *testing.T) {
	ownCache(t)
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp), record(2, userKey, "", user), record(3, lampKey, lamp, cheapLamp))
	after := time.Now().Add(1000 * time.Hour).UTC().Format(time.RFC3339)
	status, stdout, stderr := f.run("audit", "as-of", after, "PRODUCT#p1", "METADATA")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, `"proof":"change"`)
	require.Contains(t, stdout, `"item":`+cheapLamp)
	status, stdout, stderr = f.run("audit", "as-of", after, "--entity", "Product")
	require.Equal(t, exitFine, status, stderr)
	require.Equal(t, 1, strings.Count(stdout, "\n"))
	status, stdout, stderr = f.run("audit", "as-of", "2020-01-01", "--entity", "User")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, `"item":null,"at":null,"proof":"not-yet"`)

	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"nothing asked", []string{after}, exitUsage, "say of what"},
		{"both", []string{after, "a", "b", "--entity", "User"}, exitUsage, "say of what"},
		{"no entity", []string{after, "--entity", "Usr"}, exitUsage, "it has"},
		{"no time", []string{"soon", "a", "b"}, exitUsage, "is no time"},
		{"unknown", []string{after, "USER#u9", "PROFILE"}, exitUnproven, "no line of it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, _, stderr := f.run(append([]string{"audit", "as-of"}, row.args...)...)
			require.Equal(t, row.status, status)
			require.Contains(t, stderr, row.says)
		})
	}
}

func TestAuditDDL(t *testing.T) {
	f := newShopFloor(t)
	status, stdout, stderr := f.run("audit", "ddl")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "s3://audit/audit/v1/shop-test/dt=${dt}/hour=${hour}/")
	status, stdout, stderr = outflow(t, "audit", "ddl", "--bucket", "my-audit", "--log", "shop-prod")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "`shop_prod_audit`")
	status, _, _ = outflow(t, "audit", "ddl", "--bucket", "my-audit")
	require.Equal(t, exitUsage, status)
}
