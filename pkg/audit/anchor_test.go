package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
)

func TestAnchorReadsBack(t *testing.T) {
	_, log := exampleLog(t)
	for _, anchor := range log.Anchors {
		again, err := audit.ParseAnchor("  " + anchor.String() + "\n")
		require.NoError(t, err)
		require.Equal(t, anchor, again)
	}
	good := log.Anchors[0].String()
	for name, bad := range map[string]string{
		"six words": strings.Replace(good, " 1 ", " 1 2 ", 1),
		"first":     strings.Replace(good, "outflow-anchor-1", "outflow-anchor-2", 1),
		"number":    strings.Replace(good, " 1 ", " 0 ", 1),
		"RFC 3339":  strings.Replace(good, "2026-", "26-", 1),
		"no hash":   good[:len(good)-1] + "G",
	} {
		_, err := audit.ParseAnchor(bad)
		require.ErrorContains(t, err, name)
	}
}

func FuzzParseAnchor(f *testing.F) {
	_, log := exampleLog(f)
	f.Add(log.Anchors[0].String())
	f.Fuzz(func(t *testing.T, line string) {
		if a, err := audit.ParseAnchor(line); err == nil {
			again, err := audit.ParseAnchor(a.String())
			require.NoError(t, err)
			require.True(t, a.At.Equal(again.At))
			a.At, again.At = time.Time{}, time.Time{}
			require.Equal(t, a, again)
		}
	})
}
