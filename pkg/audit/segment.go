package audit

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Segment is one write-once object of the log.
type Segment struct {
	Key   string // audit/v1/<log>/dt=YYYY-MM-DD/hour=HH/<label>-<first seq>-<last seq>-<hash16>.ndjson.gz
	Lines []byte // in sequence order, each ending in a newline; hashes and identity are over these
	Count int
}

// Cut makes the segments of a batch: the lines in sequence order, cut per UTC hour of the records' creation. log is
// "<name>-<stage>". A record whose time could not be read goes to hour 00 of 1970-01-01.
func Cut(m *model.Model, log string, changes []change.Change) []Segment {
	byHour := map[time.Time][]*change.Change{}
	for i := range changes {
		hour := creation(&changes[i]).Truncate(time.Hour)
		byHour[hour] = append(byHour[hour], &changes[i])
	}
	segments := make([]Segment, 0, len(byHour))
	for hour, records := range byHour {
		segments = append(segments, segment(m, log, hour, records))
	}
	slices.SortFunc(segments, func(a, b Segment) int { return cmp.Compare(a.Key, b.Key) })
	return segments
}

func creation(c *change.Change) time.Time {
	if c.At.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return c.At.UTC()
}

func segment(m *model.Model, log string, hour time.Time, records []*change.Change) Segment {
	slices.SortStableFunc(records, func(a, b *change.Change) int { return cmp.Compare(a.Version, b.Version) })
	s := Segment{Count: len(records)}
	for _, c := range records {
		s.Lines = append(AppendLine(s.Lines, m, c), '\n')
	}
	sum := sha256.Sum256(s.Lines)
	first, last := records[0], records[len(records)-1]
	s.Key = fmt.Sprintf("audit/v1/%s/dt=%s/hour=%02d/%s-%s-%s-%s.ndjson.gz", log, hour.Format(time.DateOnly), hour.Hour(),
		orUnknown(last.Stream.Label), orUnknown(first.Sequence), orUnknown(last.Sequence), hex.EncodeToString(sum[:8]))
	return s
}

// orUnknown stands in for what could not be read of a record.
func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// Compressed is the segment's body: its lines in gzip. Its bytes are not part of the segment's identity.
func (s *Segment) Compressed() ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(s.Lines); err != nil {
		return nil, fmt.Errorf("compress segment %s: %w", s.Key, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress segment %s: %w", s.Key, err)
	}
	return out.Bytes(), nil
}
