package operator

import (
	"context"
	"errors"
	"time"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/search"
)

// Names of a purge's metrics, of the outlet search.
const (
	MetricPurgeSeen      = "PurgeSeen"      // documents with a tombstone older than the horizon
	MetricPurgeDeleted   = "PurgeDeleted"   // documents of which nothing was left
	MetricPurgeTrimmed   = "PurgeTrimmed"   // documents that lost old tombstones
	MetricPurgeConflicts = "PurgeConflicts" // documents that were written meanwhile
	MetricPurgeForeign   = "PurgeForeign"   // documents that no outlet wrote, or that the domain refuses
)

// purgePause leaves the domain to readers and writers between two requests.
const purgePause = 200 * time.Millisecond

// purge takes old tombstones out. It needs no cursor: what it has purged is not found again.
func (o *Operator) purge(ctx context.Context, a *Answer) error {
	if o.Outlet == nil {
		return errNoSearch
	}
	purged, err := o.Outlet.Purge(ctx, search.PurgeOptions{Pause: purgePause})
	a.Counts, a.Done = purgeCounts(purged), err == nil
	written := o.Metrics.Write(o.Now(), consume.Search, purgeCounts(purged))
	if err != nil && isCut(ctx) {
		err = nil
	}
	return errors.Join(err, written)
}

func purgeCounts(p search.Purged) consume.Counts {
	return consume.Counts{
		MetricPurgeSeen: p.Seen, MetricPurgeDeleted: p.Deleted, MetricPurgeTrimmed: p.Trimmed, MetricPurgeConflicts: p.Conflicts,
		MetricPurgeForeign: p.Foreign,
	}
}
