package verify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

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
