package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// ends are the items' last images by their keys.
func (c *logCopy) ends(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "audit", "v1", "shop-test", "dt=*", "hour=*", "*"))
	require.NoError(t, err)
	ends, last := map[string]string{}, map[string]string{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		key, err := filepath.Rel(c.dir, file)
		require.NoError(t, err)
		lines, err := audit.ReadSegment(filepath.ToSlash(key), body)
		require.NoError(t, err)
		for i := range lines {
			if keys := string(lines[i].Keys); lines[i].Version() > last[keys] {
				last[keys], ends[keys] = lines[i].Version(), string(lines[i].New)
			}
		}
	}
	maps.DeleteFunc(ends, func(_, image string) bool { return image == "null" })
	return ends
}

// scanned serves a consistent scan of items, two of them a page.
func scanned(t *testing.T, items map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			ConsistentRead    bool
			ExclusiveStartKey json.RawMessage
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || !request.ConsistentRead {
			http.Error(w, "no consistent Scan", http.StatusBadRequest)
			return
		}
		keys := slices.Sorted(maps.Keys(items))
		from := 0
		if request.ExclusiveStartKey != nil {
			from = slices.Index(keys, string(request.ExclusiveStartKey)) + 1
		}
		to, next := min(from+2, len(keys)), ""
		if to < len(keys) {
			next = `,"LastEvaluatedKey":` + keys[to-1]
		}
		var page []string
		for _, key := range keys[from:to] {
			page = append(page, items[key])
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, fmt.Sprintf(`{"Items":[%s]%s}`, strings.Join(page, ","), next))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAuditVerifyTable(t *testing.T) {
	c, f := newLogCopy(t), newShopFloor(t)
	items := c.ends(t)
	keys := slices.Sorted(maps.Keys(items))
	require.Greater(t, len(keys), 4)
	f.target.DynamoDB = scanned(t, items)
	f.save()
	differ := func() (int64, string) {
		status, stdout, stderr := c.verify(t, "--table", "--target", f.path, "--json")
		var report verify.Report
		require.NoError(t, json.Unmarshal([]byte(stdout), &report), stderr)
		require.NotEqual(t, exitBlind, status)
		return report.Counts[verify.TableDiffers], stdout
	}
	n, all := differ()
	require.Zero(t, n, all)
	delete(items, keys[0])
	items[keys[1]] = strings.Replace(items[keys[1]], `"n":{"N":"`, `"n":{"N":"5`, 1)
	items[`{"PK":{"S":"X"},"SK":{"S":"Y"}}`] = `{"PK":{"S":"X"},"SK":{"S":"Y"}}`
	n, all = differ()
	require.EqualValues(t, 3, n, all)
	require.Contains(t, all, "the table has no such item")
	require.Contains(t, all, "another state")
	require.Contains(t, all, "the log has no line of the item")
}
