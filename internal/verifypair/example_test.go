package verifypair_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	exampleObject = regexp.MustCompile("(?s)\n`(audit/v1/[^`]+)`, (\\d+) bytes(, in base64 and then its text)?:\n\n```\n(.*?)\n```\n")
	exampleKey    = regexp.MustCompile("(?s)-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n")
	exampleAnchor = regexp.MustCompile(`(?m)^outflow-anchor-1 shop-prod .*$`)
)

// example is the worked example of the page as a folder, and the file of its key.
func example(t *testing.T) (dir, key, page string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/audit-format.md")
	require.NoError(t, err)
	page = string(text)
	objects := map[string][]byte{}
	for _, match := range exampleObject.FindAllStringSubmatch(page, -1) {
		body := []byte(match[4])
		if match[3] != "" {
			body, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(match[4], "\n", ""))
			require.NoError(t, err, match[1])
		} else if strings.HasSuffix(match[1], ".txt") {
			body = append(body, '\n')
		}
		require.Equal(t, match[2], strconv.Itoa(len(body)), match[1])
		objects[match[1]] = body
	}
	require.Len(t, objects, 7)
	dir = folder(t, objects)
	key = filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(key, []byte(exampleKey.FindString(page)), 0o600))
	return dir, key, page
}

// What the page says of its example: one finding, raw, and exit status 2.
func TestExampleOfThePage(t *testing.T) {
	p := startPython(t)
	dir, key, page := example(t)
	args := []string{"--dir", dir, "--key", key, "--at", "2026-11-02T09:45:00Z"}
	anchors := exampleAnchor.FindAllString(page, -1)
	require.Len(t, anchors, 2)
	for _, anchor := range anchors {
		args = append(args, "--anchor", anchor)
	}
	r := p.verify(t, args...)
	require.Equal(t, 2, r.Status)
	require.Len(t, r.Findings, 1, "%+v", r.Findings)
	require.Equal(t, "raw", r.Findings[0].Class)
	require.EqualValues(t, 5, r.Lines)
	require.EqualValues(t, 2, r.Digests)

	a := p.run(t, args...)
	require.Equal(t, 2, a.Status)
	require.Contains(t, a.Out, "not proven  raw ")
	require.Contains(t, a.Out, "log shop-prod: 2 digests, 2 segments, 5 lines: status 2")
}
