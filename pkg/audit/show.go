package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Log is a log to read from.
type Log struct {
	Client Reader
	Bucket string
	Name   string // "<name>-<stage>"
}

// Reader is the part of *s3.Client that a log is read with.
type Reader interface {
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Query says which lines to show.
type Query struct {
	From, To time.Time // of the records' creation, To not included; zero for no bound
	Key      []byte    // as ParseKey makes it: only lines of this item; nil for all
}

// Summary counts what Show has met. It is complete when the iteration is.
type Summary struct {
	Segments int // read
	Faults   int // objects that could not be read, and records whose lines differ
	Lines    int // read
	Shown    int
	Repeated int // lines of records that were shown already
	Nameless int // lines that name no item, so that they may be of the one asked for
}

// Show yields the lines that the query asks for, each record once, in order of their versions; lines without a version
// come first. What goes wrong is yielded as an error beside an empty line: an object that cannot be read, or a record
// with two lines that differ (ErrDiffers), after which it goes on; or a listing that fails, which is the last.
//
// It keeps the names of the segments of two hours, and the lines of segments whose ranges of sequence numbers overlap:
// about a batch for each shard. That suffices for the order as long as creation times, which are approximate, are not
// wrong by an hour. Lines without a readable time are shown whatever the bounds are.
func (l *Log) Show(ctx context.Context, q Query, summary *Summary) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		s := &showing{log: l, query: q, summary: summary, yield: yield}
		err := s.run(ctx)
		if err != nil && !errors.Is(err, errStopped) {
			yield(Line{}, err)
		}
	}
}

// errStopped says that whoever ranges over the lines wants no more.
var errStopped = errors.New("stopped")

// showing is one iteration.
type showing struct {
	log     *Log
	query   Query
	summary *Summary
	yield   func(Line, error) bool

	waiting []reference // not yet read, by first version
	open    [][]Line    // what is left of segments that are read
	version string      // of the records below
	seen    map[string]Identity
}

// run reads hour by hour, and emits what no later hour can precede.
func (s *showing) run(ctx context.Context) error {
	bound := "" // the highest version of the hours before the last
	for hour, err := range s.log.hours(ctx, s.query) {
		if err != nil {
			return err
		}
		highest, err := s.list(ctx, hour)
		if err != nil {
			return err
		}
		if err := s.drain(ctx, bound); err != nil {
			return err
		}
		bound = max(bound, highest)
	}
	return s.drain(ctx, maxVersion)
}

// maxVersion is above all versions, which start with a time.
const maxVersion = "~"

// drain emits all lines up to the version.
func (s *showing) drain(ctx context.Context, bound string) error {
	for {
		i := s.lowest()
		switch {
		case len(s.waiting) > 0 && (i < 0 || s.waiting[0].first <= s.open[i][0].version):
			if s.waiting[0].first > bound {
				return nil
			}
			if err := s.read(ctx); err != nil {
				return err
			}
		case i < 0 || s.open[i][0].version > bound:
			return nil
		default:
			if err := s.emit(&s.open[i][0]); err != nil {
				return err
			}
			s.advance(i)
		}
	}
}

// lowest is the open segment with the lowest line, -1 if none is open.
func (s *showing) lowest() int {
	lowest := -1
	for i, lines := range s.open {
		if lowest < 0 || lines[0].version < s.open[lowest][0].version {
			lowest = i
		}
	}
	return lowest
}

func (s *showing) advance(i int) {
	if s.open[i] = s.open[i][1:]; len(s.open[i]) == 0 {
		s.open[i] = s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
	}
}

// read opens the first waiting segment.
func (s *showing) read(ctx context.Context) error {
	key := s.waiting[0].key
	s.waiting = s.waiting[1:]
	body, err := readObject(ctx, s.log.Client, s.log.Bucket, key)
	var lines []Line
	if err == nil {
		lines, err = ReadSegment(key, body)
	}
	if err != nil {
		return s.fault(err)
	}
	s.summary.Segments++
	s.summary.Lines += len(lines)
	if lines = s.wanted(lines); len(lines) > 0 {
		s.open = append(s.open, lines)
	}
	return nil
}

func (s *showing) wanted(lines []Line) []Line {
	var wanted []Line
	for i := range lines {
		line := &lines[i]
		inTime := line.At == nil || !line.At.Before(s.query.From) && (s.query.To.IsZero() || line.At.Before(s.query.To))
		nameless := line.IsRaw()
		if inTime && nameless {
			s.summary.Nameless++
		}
		if inTime && (s.query.Key == nil || !nameless && string(line.Keys) == string(s.query.Key)) {
			wanted = append(wanted, *line)
		}
	}
	return wanted
}

// emit yields a line, unless one of its record was: lines of one record have one version, and so follow each other.
func (s *showing) emit(line *Line) error {
	if s.seen == nil || line.version != s.version {
		s.version, s.seen = line.version, map[string]Identity{}
	}
	identity := line.Identity()
	id := line.ID + "\n" + identity.Raw
	if line.version != "" && line.ID != "" {
		id = line.ID
	}
	known, repeated := s.seen[id]
	if repeated && known == identity {
		s.summary.Repeated++
		return nil
	}
	if repeated {
		if err := s.fault(fmt.Errorf("record %s: %w: segment %s", line.ID, ErrDiffers, line.segment)); err != nil {
			return err
		}
	}
	s.seen[id] = identity
	s.summary.Shown++
	if !s.yield(*line, nil) {
		return errStopped
	}
	return nil
}

func (s *showing) fault(err error) error {
	s.summary.Faults++
	if !s.yield(Line{}, err) {
		return errStopped
	}
	return nil
}
