package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// oldTable is a DynamoDB with one table of two items, which ends a scan of it after the first page once.
type oldTable struct {
	stream string
	fails  bool
	scans  []string
}

func (s *oldTable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); {
	case operation == "DescribeTable":
		fmt.Fprintf(w, `{"Table":{"TableStatus":"ACTIVE"%s}}`, s.stream)
	case operation == "Scan" && strings.Contains(string(body), "ExclusiveStartKey"):
		s.scans = append(s.scans, string(body))
		if s.fails {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"AccessDeniedException","message":"no more"}`)
			return
		}
		fmt.Fprintf(w, `{"Items":[%s],"Count":1,"ScannedCount":1}`, user)
	case operation == "Scan":
		s.scans = append(s.scans, string(body))
		fmt.Fprintf(w, `{"Items":[%s],"Count":1,"ScannedCount":1,"LastEvaluatedKey":%s}`, lamp, lampKey)
	}
}

func TestAuditBaseline(t *testing.T) {
	ownCache(t)
	f := newShopFloor(t)
	table := &oldTable{stream: `,"LatestStreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/shop-test/stream/2026-11-01T00:00:00.000"`, fails: true}
	server := httptest.NewServer(table)
	t.Cleanup(server.Close)
	f.target.DynamoDB = server.URL
	f.save()
	state := filepath.Join(filepath.Dir(f.path), "baseline.json")

	status, _, stderr := f.run("audit", "baseline", "--segments", "1", "--retention", "none")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "1 items have their line; the same command goes on from there")
	require.Contains(t, stderr, "dynamodb:Scan")
	require.FileExists(t, state)
	table.fails = false
	status, stdout, stderr := f.run("audit", "baseline", "--segments", "1", "--retention", "none")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "2 items have a baseline line, in 2 segments of 2 pages")
	require.NoFileExists(t, state)
	require.Contains(t, table.scans[0], `"ConsistentRead":true`)
	require.Contains(t, table.scans[len(table.scans)-1], "ExclusiveStartKey", "the second run goes on")

	f.write(record(3, lampKey, lamp, cheapLamp))
	status, stdout, stderr = f.run("audit", "history", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "baseline  the state that a read found")
	require.NotContains(t, stdout, "start-unproven")

	require.NoError(t, os.WriteFile(state, []byte(`{"format":1,"log":"other"}`), 0o600))
	status, _, stderr = f.run("audit", "baseline")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "not of this baseline")
	table.stream = ""
	status, _, stderr = f.run("audit", "baseline")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "has no stream")
	for _, args := range [][]string{{"--segments", "0"}, {"--retention", "x"}} {
		status, _, _ = f.run(append([]string{"audit", "baseline"}, args...)...)
		require.Equal(t, exitUsage, status)
	}
}
