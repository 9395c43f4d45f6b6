package audit

import (
	"time"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// Names of the digester's metrics, in the namespace of all others and with the dimensions Stage and Function.
const (
	MetricDigests        = "Digests"          // made
	MetricCompleted      = "DigestsCompleted" // signed for a digester that died
	MetricOvertaken      = "DigestsOvertaken" // made by another digester first
	MetricSealedSegments = "SealedSegments"
	MetricSealedLines    = "SealedLines"
	MetricSealFaults     = "SealFaults"        // objects among the segments that are not valid ones
	MetricUnresolved     = "UnresolvedRecords" // parked records that nobody has brought in
	MetricBatches        = "UnresolvedBatches" // batches that the event source mapping gave up: the log may lack their changes
	MetricUnsealed       = "SecondsUnsealed"   // since the digest before
)

// Report is what a seal did.
type Report struct {
	Anchors    []Anchor   `json:"anchors"` // of the digests that it made
	Segments   int64      `json:"segments"`
	Lines      int64      `json:"lines"`
	Faults     []Fault    `json:"faults"`
	Completed  int        `json:"completed"` // digests signed for a digester that died
	Overtaken  int        `json:"overtaken"` // times that another digester was first
	Unresolved Unresolved `json:"unresolved"`
	Lag        int64      `json:"secondsUnsealed"` // since the digest before; 0 for the first
}

func (r *Report) begin(last *link, at time.Time, waiting Unresolved) {
	r.Unresolved, r.Lag = waiting, 0
	if last != nil {
		r.Lag = int64(at.Sub(last.digest.At).Seconds())
	}
}

func (r *Report) add(l *link) {
	r.Anchors = append(r.Anchors, AnchorOf(&l.digest, l.body))
	r.Segments += int64(len(l.digest.Segments))
	r.Lines += l.digest.Lines
	r.Faults = append(r.Faults, l.digest.Faults...)
}

// Counts are the report's figures by name of metric.
func (r *Report) Counts() consume.Counts {
	return consume.Counts{
		MetricDigests: len(r.Anchors), MetricCompleted: r.Completed, MetricOvertaken: r.Overtaken,
		MetricSealedSegments: int(r.Segments), MetricSealedLines: int(r.Lines), MetricSealFaults: len(r.Faults),
		MetricUnresolved: int(r.Unresolved.Records.Count), MetricBatches: int(r.Unresolved.Batches.Count), MetricUnsealed: int(r.Lag),
	}
}
