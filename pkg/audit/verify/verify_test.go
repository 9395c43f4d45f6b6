package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

func TestCleanLog(t *testing.T) {
	g := generate(t, everything)
	r := g.verify(t, g.anchored)
	require.Empty(t, r.Findings)
	require.Equal(t, verify.Fine, r.Status)
	require.Equal(t, g.log.Lines, r.Lines)
	require.Equal(t, g.log.Segments, r.Segments)
	require.Equal(t, g.log.Digests, r.Digests)
	require.Equal(t, g.log.Changes+int64(everything.Adopted), r.Records)
	require.EqualValues(t, everything.Items, r.Items)
	require.Equal(t, g.log.Anchors[len(g.log.Anchors)-1], *r.Last)
}

// The log of docs/audit-format.md, section 10, has the finding that the page says.
func TestExampleOfThePage(t *testing.T) {
	g := generate(t, auditlog.Config{Seed: 1, Log: "shop-prod", Items: 2, Adopted: 1, Changes: 4, Raw: 4, Span: 4 * time.Minute})
	r := g.verify(t)
	require.Len(t, r.Findings, 1)
	require.Equal(t, verify.Raw, r.Findings[0].Class)
	require.Equal(t, 4, r.Findings[0].Line)
	require.Equal(t, verify.Unproven, r.Status)
	require.Nil(t, r.First, "nothing is wrong")
}
