package consume

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Names of metrics. Those of a batch have the dimension Function, those of an outlet Function and Outlet.
const (
	MetricRecords    = "Records"       // in the batch
	MetricFaults     = "DecodeFaults"  // records that did not decode
	MetricUnmatched  = "Unmatched"     // records that no entity of the model matches
	MetricPending    = "Pending"       // records from the checkpoint on
	MetricIterator   = "RecordAge"     // milliseconds from the creation of the oldest record to the end of the batch
	MetricDuration   = "BatchDuration" // milliseconds
	MetricParked     = "Parked"        // records parked
	MetricWritten    = "Written"       // documents, events or segments written
	MetricStale      = "Stale"         // operations that the guard answered with nothing to do
	MetricReread     = "Reread"        // items read from the table, since it was not known whether a change is older than what shows
	MetricDropped    = "DroppedFields" // fields left out of documents
	MetricUnlisted   = "UnlistedValues"
	MetricRuleFaults = "RuleFaults" // evaluations of rules that failed and counted as false
	MetricRejected   = "Rejected"   // answers that were errors and were tried again
	MetricClaims     = "Claims"     // events whose body went to a claim
	MetricRepeated   = "Repeated"   // segments that were there already
)

// Namespace is the CloudWatch namespace of all metrics.
const Namespace = "Outflow"

// Metrics writes metrics in CloudWatch's embedded metric format, a JSON line each, from which Lambda's log makes
// metrics without a call.
type Metrics struct {
	Out      io.Writer
	Function string // dimension of every metric
	Stage    string
}

// directive is the member _aws of a line (CloudWatch embedded metric format specification).
type directive struct {
	Timestamp         int64       // milliseconds
	CloudWatchMetrics []metricSet `json:"CloudWatchMetrics"`
}

type metricSet struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metricName
}

type metricName struct {
	Name string
	Unit string `json:",omitempty"`
}

// Write writes one line with the values, for an outlet or, where that is "", for the batch.
func (m *Metrics) Write(at time.Time, outlet string, values Counts) error {
	if len(values) == 0 {
		return nil
	}
	dimensions := []string{"Stage", "Function"}
	line := map[string]any{"Stage": m.Stage, "Function": m.Function}
	if outlet != "" {
		dimensions = append(dimensions, "Outlet")
		line["Outlet"] = outlet
	}
	set := metricSet{Namespace: Namespace, Dimensions: [][]string{dimensions}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		set.Metrics = append(set.Metrics, metricName{Name: name, Unit: unit(name)})
		line[name] = values[name]
	}
	line["_aws"] = directive{Timestamp: at.UnixMilli(), CloudWatchMetrics: []metricSet{set}}
	content, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	_, err = m.Out.Write(append(content, '\n'))
	return err
}

func unit(name string) string {
	if name == MetricIterator || name == MetricDuration {
		return "Milliseconds"
	}
	return "Count"
}

// report writes the batch's figures, and says why records come again.
func (c *Consumer) report(ctx context.Context, b *batch, took time.Duration) {
	now := c.Now()
	figures := Counts{
		MetricRecords: len(b.changes), MetricFaults: b.faults, MetricUnmatched: b.unmatched,
		MetricPending: len(b.changes) - b.pending, MetricDuration: int(took.Milliseconds()),
	}
	if age := b.age(now); age > 0 {
		figures[MetricIterator] = int(age.Milliseconds())
	}
	err := c.Metrics.Write(now, "", figures)
	for _, outlet := range slices.Sorted(maps.Keys(b.counts)) {
		err = cmp.Or(err, c.Metrics.Write(now, outlet, b.counts[outlet]))
	}
	if err != nil {
		c.Log.ErrorContext(ctx, "metrics were not written", "error", err)
	}
	for _, err := range b.errs {
		c.Log.ErrorContext(ctx, "records come again", "from", b.changes[b.pending].Sequence, "error", err)
	}
}

// age is how long ago the oldest record of the batch was created.
func (b *batch) age(now time.Time) time.Duration {
	var oldest time.Time
	for _, one := range b.changes {
		if !one.At.IsZero() && (oldest.IsZero() || one.At.Before(oldest)) {
			oldest = one.At
		}
	}
	if oldest.IsZero() {
		return 0
	}
	return now.Sub(oldest)
}
