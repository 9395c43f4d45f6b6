package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// One of the largest batches that Lambda delivers: 10,000 records, one hour.
func BenchmarkDeliver(b *testing.B) {
	w := newWorld(b, small, nil, audit.Retention{})
	records := make([]record, 10_000)
	for i := range records {
		records[i] = record{i, 0, "a"}
	}
	changes := w.changes(b, records...)
	b.ReportAllocs()
	for b.Loop() {
		for key := range w.bucket.Objects() {
			w.bucket.Delete(key)
		}
		require.Empty(b, w.outlet.Deliver(b.Context(), changes).Pending)
	}
}
