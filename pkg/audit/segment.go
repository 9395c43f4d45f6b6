package audit

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Segment is one write-once object of the log.
type Segment struct {
	Key   string // audit/v1/<log>/dt=YYYY-MM-DD/hour=HH/<label>-<first seq>-<last seq>-<hash16>.ndjson.gz
	Lines []byte // in sequence order, each ending in a newline; hashes and identity are over these
	Count int

	from []int // indexes of the changes in the batch
}

// Cut makes the segments of a batch: the lines in sequence order, cut per UTC hour of the records' creation. log is
// "<name>-<stage>". A record whose time could not be read goes to hour 00 of 1970-01-01.
func Cut(m *model.Model, log string, changes []change.Change) []Segment {
	pointers := make([]*change.Change, len(changes))
	for i := range changes {
		pointers[i] = &changes[i]
	}
	return cut(m, log, pointers)
}

func cut(m *model.Model, log string, changes []*change.Change) []Segment {
	byHour := map[time.Time][]int{}
	for i, c := range changes {
		hour := creation(c).Truncate(time.Hour)
		byHour[hour] = append(byHour[hour], i)
	}
	segments := make([]Segment, 0, len(byHour))
	for hour, from := range byHour {
		segments = append(segments, segment(m, log, hour, changes, from))
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

func segment(m *model.Model, log string, hour time.Time, changes []*change.Change, from []int) Segment {
	slices.SortStableFunc(from, func(a, b int) int { return cmp.Compare(changes[a].Version, changes[b].Version) })
	s := Segment{Count: len(from), from: from}
	for n, i := range from {
		s.Lines = append(appendLineSafely(s.Lines, m, changes[i]), '\n')
		if n == 0 { // lines of one batch are of like lengths, and slices that grow cost their size again and again
			s.Lines = slices.Grow(s.Lines, min(maxGuess, len(s.Lines)*(len(from)-1)*9/8))
		}
	}
	first, last := changes[from[0]], changes[from[len(from)-1]]
	s.Key = fmt.Sprintf("%s%s%s-%s-%s-%s%s", Prefix(log), hourFolder(hour), labelOf(last), sequenceOf(first),
		sequenceOf(last), linesHash(s.Lines), segmentSuffix)
	return s
}

// maxGuess bounds the room that is made for lines by the length of the first, which may be the one long one.
const maxGuess = 12 << 20

// Prefix is where a log's segments are. log is "<name>-<stage>".
func Prefix(log string) string { return "audit/v1/" + log + "/" }

const segmentSuffix = ".ndjson.gz"

func hourFolder(hour time.Time) string { return hour.UTC().Format("dt=2006-01-02/hour=15/") }

// linesHash is the part of a segment's key that its lines decide.
func linesHash(lines []byte) string {
	sum := sha256.Sum256(lines)
	return hex.EncodeToString(sum[:8])
}

// appendLineSafely keeps a record raw whose line cannot be made.
func appendLineSafely(dst []byte, m *model.Model, c *change.Change) []byte {
	out := dst
	if err := consume.Safely(func() { out = AppendLine(dst, m, c) }); err != nil {
		faulty := *c
		faulty.Fault = err
		return AppendLine(dst, m, &faulty)
	}
	return out
}

// unknown stands in for what could not be read of a record.
const unknown = "unknown"

func labelOf(c *change.Change) string { return cmp.Or(c.Stream.Label, unknown) }

// sequenceOf is the sequence number where it is one: what else stands in its place may be of any length.
func sequenceOf(c *change.Change) string {
	if c.Version == "" {
		return unknown
	}
	return c.Sequence
}

// Compressed is the segment's body: its lines in gzip. Its bytes are not part of the segment's identity.
func (s *Segment) Compressed() ([]byte, error) {
	body, err := gzipped(s.Lines)
	if err != nil {
		return nil, fmt.Errorf("compress segment %s: %w", s.Key, err)
	}
	return body, nil
}

// compressors are gzip writers to be used again: each has tables of 800 KB, and most segments are a few lines.
var compressors = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func gzipped(text []byte) ([]byte, error) {
	var out bytes.Buffer
	w := compressors.Get().(*gzip.Writer) //nolint:forcetypeassert // New makes no other
	defer compressors.Put(w)
	w.Reset(&out)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}
