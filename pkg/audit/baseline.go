package audit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// MaxLanes is the most parts that a baseline reads beside each other; DynamoDB takes a million.
const MaxLanes = 1000

// Baseline writes one baseline line for each item of the table, as consistent reads find it, so that the history of an
// item that is older than the log has a start.
//
// It is safe beside live traffic, and twice. A read states no place among the changes, since no clock could tell it: the
// line holds a state, by its hash, and readers ask whether that is one of the item's states (docs/audit-format.md,
// section 3). A change that overtakes the read, or is overtaken, leaves a state that its own line shows. An item that is
// put and deleted between two pages has its changes and no baseline line. A second run writes second lines.
type Baseline struct {
	Model     *model.Model
	Log       string // "<name>-<stage>"
	Client    S3
	Bucket    string
	Retention Retention
	Scanner   Scanner
	Table     string
	Stream    string // ARN of the table's stream
	Now       func() time.Time
	Retry     consume.Retry
	// Keep is called after each page, by one goroutine at a time, with all that another run needs to go on. An error
	// ends the run.
	Keep func(Progress) error
}

// Scanner is the part of *dynamodb.Client that reads a table.
type Scanner interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Progress is how far a baseline has come.
type Progress struct {
	Format int       `json:"format"` // ProgressFormat
	Log    string    `json:"log"`
	Table  string    `json:"table"`
	Stream string    `json:"stream"`
	Began  time.Time `json:"began"`
	Lanes  []Lane    `json:"lanes"`
	Items  int       `json:"items"`  // with a line in the log
	Pages  int       `json:"pages"`  // read and written
	Raised int       `json:"raised"` // segments that were put; the others were there
}

// ProgressFormat is the version of Progress; a run goes on from no other.
const ProgressFormat = 1

// Lane is one of the parts in which the table is read.
type Lane struct {
	After string `json:"after,omitempty"` // key after which it goes on, in DynamoDB's JSON; "" for the beginning
	Done  bool   `json:"done,omitempty"`
}

// ErrOtherBaseline says that a progress is of another baseline: finish that one, or begin without it.
var ErrOtherBaseline = errors.New("the progress is not of this baseline")

// Start is the progress of a baseline of which nothing is done.
func (b *Baseline) Start(lanes int) Progress {
	return Progress{Format: ProgressFormat, Log: b.Log, Table: b.Table, Stream: b.Stream, Began: b.Now().UTC(), Lanes: make([]Lane, lanes)}
}

// Run goes on from a progress until all items have a line, and returns how far it came, also beside an error. A page is
// done when its lines are in the log: a run that dies in between writes them again, with another time.
func (b *Baseline) Run(ctx context.Context, p Progress) (Progress, error) {
	if p.Format != ProgressFormat || p.Log != b.Log || p.Table != b.Table || p.Stream != b.Stream {
		return p, fmt.Errorf("%w: it is of log %s, table %s and stream %s (format %d), and this is of log %s, table %s and stream %s",
			ErrOtherBaseline, p.Log, p.Table, p.Stream, p.Format, b.Log, b.Table, b.Stream)
	}
	p.Lanes = slices.Clone(p.Lanes)
	r := &baselining{Baseline: b, progress: p}
	err := parallel(ctx, len(p.Lanes), func(lane int) error { return r.lane(ctx, lane) })
	return r.progress, err
}

// baselining is one run.
type baselining struct {
	*Baseline
	mu       sync.Mutex
	progress Progress
}

func (r *baselining) lane(ctx context.Context, number int) error {
	r.mu.Lock()
	lane, lanes := r.progress.Lanes[number], len(r.progress.Lanes)
	r.mu.Unlock()
	for !lane.Done {
		in := &dynamodb.ScanInput{TableName: &r.Table, ConsistentRead: aws.Bool(true),
			Segment: aws.Int32(int32(number)), TotalSegments: aws.Int32(int32(lanes))} //nolint:gosec // at most MaxLanes
		if err := startAt(in, lane.After); err != nil {
			return err
		}
		at := r.Now().UTC()
		out, err := r.Scanner.Scan(ctx, in)
		if err != nil {
			return fmt.Errorf("scan table %s: %w (the caller's IAM policy must allow dynamodb:Scan on it)", r.Table, err)
		}
		if err := r.page(ctx, at, out); err != nil {
			return err
		}
		if lane, err = after(out); err != nil {
			return err
		}
		if err := r.done(number, lane, len(out.Items)); err != nil {
			return err
		}
	}
	return nil
}

func startAt(in *dynamodb.ScanInput, after string) error {
	if after == "" {
		return nil
	}
	key, err := attributevalue.UnmarshalMapJSON([]byte(after))
	if err != nil {
		return fmt.Errorf("%w: %q is no place in a table: %w", ErrOtherBaseline, after, err)
	}
	in.ExclusiveStartKey = key
	return nil
}

func after(out *dynamodb.ScanOutput) (Lane, error) {
	if len(out.LastEvaluatedKey) == 0 {
		return Lane{Done: true}, nil
	}
	place, err := attributevalue.MarshalMapJSON(out.LastEvaluatedKey)
	return Lane{After: string(place)}, err
}

func (r *baselining) done(number int, lane Lane, items int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Lanes[number] = lane
	r.progress.Items += items
	r.progress.Pages++
	p := r.progress
	p.Lanes = slices.Clone(p.Lanes)
	return r.Keep(p)
}

// page writes the segment of one page.
func (r *baselining) page(ctx context.Context, at time.Time, out *dynamodb.ScanOutput) error {
	if len(out.Items) == 0 {
		return nil
	}
	lines := make([][]byte, len(out.Items))
	for i, attributes := range out.Items {
		item, err := attributevalue.MarshalMapJSON(attributes)
		if err == nil {
			lines[i], err = AppendBaseline(nil, r.Model, Read{Item: item, Stream: r.Stream, At: at})
		}
		if err != nil {
			return fmt.Errorf("make a baseline line: %w", err)
		}
	}
	slices.SortFunc(lines, bytes.Compare)
	s := baselineSegment(r.Log, r.Stream, at, lines)
	outlet := NewOutlet(OutletConfig{Model: r.Model, Log: r.Log, Client: r.Client, Bucket: r.Bucket, Retention: r.Retention,
		Now: r.Now, Retry: r.Retry})
	repeated := false
	err := r.Retry.Do(ctx, func() (err error) {
		repeated, err = outlet.write(ctx, &s)
		return err
	})
	if err != nil {
		return fmt.Errorf("write segment %s: %w", s.Key, err)
	}
	if !repeated {
		r.mu.Lock()
		r.progress.Raised++
		r.mu.Unlock()
	}
	return nil
}

// baselineSegment is the segment of the lines of one read.
func baselineSegment(log, stream string, at time.Time, lines [][]byte) Segment {
	text := append(bytes.Join(lines, []byte("\n")), '\n')
	label := cmp.Or(change.LabelOf(stream), unknown)
	key := fmt.Sprintf("%s%s%s-%s-%s-%s%s", Prefix(log), hourFolder(at), label, baselineSeq, baselineSeq, linesHash(text), segmentSuffix)
	return Segment{Key: key, Lines: text, Count: len(lines)}
}
