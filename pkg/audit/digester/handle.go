package digester

import (
	"context"
	"log/slog"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// Digester is the function's handler.
type Digester struct {
	Sealer  *audit.Sealer
	Log     *slog.Logger
	Metrics *consume.Metrics
	Now     func() time.Time
}

// Handle seals the log once. The event that asks for it does not matter. What was made is logged, each digest by its
// anchor, and counted also where the seal failed; then it is asked for again by Lambda, which does no harm.
func (d *Digester) Handle(ctx context.Context) (audit.Report, error) {
	r, err := d.Sealer.Seal(ctx)
	for _, anchor := range r.Anchors {
		d.Log.InfoContext(ctx, "digest made", "anchor", anchor.String())
	}
	for i := range r.Faults {
		d.Log.ErrorContext(ctx, "an object among the segments is not a valid one", "key", r.Faults[i].Key, "reason", r.Faults[i].Reason)
	}
	if err != nil {
		d.Log.ErrorContext(ctx, "the log was not sealed", "error", err)
	}
	if failed := d.Metrics.Write(d.Now(), "", r.Counts()); failed != nil {
		d.Log.ErrorContext(ctx, "metrics were not written", "error", failed)
	}
	return r, err
}
