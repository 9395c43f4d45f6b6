package audit_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
)

const formatPage = "../../docs/audit-format.md"

const exampleMark = "<!-- example: written by go test ./pkg/audit -run TestFormatExample -update -->\n"

// The page's example is what the program writes.
func TestFormatExample(t *testing.T) {
	page, err := os.ReadFile(formatPage)
	require.NoError(t, err)
	head, kept, found := strings.Cut(string(page), exampleMark)
	require.True(t, found)
	example := formatExample(t)
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile(formatPage, []byte(head+exampleMark+example), 0o644))
		return
	}
	require.Equal(t, example, kept, "the page's example is stale: go test ./pkg/audit -run TestFormatExample -update")
}

// formatExample is a whole log: a baseline line, three changes of two items and a raw line, and two digests, the second
// empty. Every byte of every object is shown.
func formatExample(t *testing.T) string {
	t.Helper()
	bucket := auditlog.NewMemory()
	log, err := auditlog.Write(auditlog.Config{Seed: 1, Log: "shop-prod", Items: 2, Adopted: 1, Changes: 4, Raw: 4, Span: 4 * time.Minute}, bucket)
	require.NoError(t, err)
	var out strings.Builder
	fmt.Fprintf(&out, "\nThe log `%s`: a baseline line of an item that is older than the log, three changes of two items, a record that did\n"+
		"not decode, and two digests; every object, byte for byte (those in JSON end without a newline). Checked at\n"+
		"2026-11-02T09:45:00Z with this key it has one finding, `raw` (exit status 2).\n", log.Name)
	fmt.Fprintf(&out, "The public key, id `%s`:\n\n```\n%s```\n", log.Keys[0].ID, log.Keys[0].PEM())
	for _, key := range slices.Sorted(maps.Keys(bucket.Objects)) {
		body := bucket.Objects[key]
		fmt.Fprintf(&out, "\n`%s`, %d bytes", key, len(body))
		if strings.HasSuffix(key, ".gz") {
			fmt.Fprintf(&out, ", in base64 and then its text:\n\n```\n%s\n```\n\n```\n%s```\n", wrapped(body), unzipped(t, body))
			continue
		}
		fmt.Fprintf(&out, ":\n\n```\n%s\n```\n", strings.TrimSuffix(string(body), "\n"))
	}
	out.WriteString("\nTheir anchors:\n\n```\n")
	for _, anchor := range log.Anchors {
		fmt.Fprintln(&out, anchor)
	}
	out.WriteString("```\n")
	return out.String()
}

func wrapped(body []byte) string {
	text := base64.StdEncoding.EncodeToString(body)
	var lines []string
	for line := range slices.Chunk([]byte(text), 110) {
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n")
}

func unzipped(t *testing.T, body []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return text
}
