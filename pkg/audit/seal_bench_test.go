package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// What a digester does with a segment that it reads back: 1,000 lines.
func BenchmarkReadSealed(b *testing.B) {
	bucket := auditlog.NewMemory()
	log, err := auditlog.Write(auditlog.Config{Changes: 1000, SegmentLines: 1000, Span: 10 * time.Minute}, bucket)
	require.NoError(b, err)
	require.EqualValues(b, 1, log.Segments)
	for key, body := range bucket.Objects {
		if !strings.Contains(key, "/dt=") {
			continue
		}
		b.ReportAllocs()
		for b.Loop() {
			_, err := audit.ReadSealed(key, body)
			require.NoError(b, err)
		}
		b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	}
}
