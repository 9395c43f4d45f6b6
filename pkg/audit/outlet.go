package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// S3 is the part of *s3.Client that segments are written with.
type S3 interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// OutletConfig is what an outlet needs. All fields must be set but those whose comments say otherwise.
type OutletConfig struct {
	Model     *model.Model
	Log       string // "<name>-<stage>"
	Client    S3
	Bucket    string
	Retention Retention // the zero Retention states none
	Now       func() time.Time
	Retry     consume.Retry // the zero Retry is a good one
}

// Outlet writes changes to the audit log. It has no poison: what does not decode, or has a line that cannot be made, is
// kept raw. It may be used by one goroutine at a time.
type Outlet struct{ OutletConfig }

var _ consume.Outlet = (*Outlet)(nil)

// NewOutlet prepares an outlet and makes no call.
func NewOutlet(c OutletConfig) *Outlet { return &Outlet{c} }

// Name implements consume.Outlet.
func (o *Outlet) Name() string { return consume.Audit }

// Deliver implements consume.Outlet: it writes the segments of the batch, again and again those that failed, until all
// are there, nothing has moved for Retry.Attempts passes, or ctx is done.
func (o *Outlet) Deliver(ctx context.Context, changes []*change.Change) consume.Outcome {
	var outcome consume.Outcome
	var err error
	open := cut(o.Model, o.Log, changes)
	pauses := o.Retry.Start()
	for len(open) > 0 {
		before := len(open)
		var failed error
		open, failed = o.pass(ctx, open, &outcome.Counts)
		if err == nil || ctx.Err() == nil {
			err = failed
		}
		if len(open) < before {
			pauses.Moved()
		}
		if len(open) > 0 && !pauses.Wait(ctx) {
			break
		}
	}
	for i := range open {
		outcome.Pending = append(outcome.Pending, open[i].from...)
	}
	slices.Sort(outcome.Pending)
	if len(open) > 0 {
		outcome.Err = err
	}
	return outcome
}

// pass writes the segments once and returns those that are still open, and why.
func (o *Outlet) pass(ctx context.Context, segments []Segment, counts *consume.Counts) ([]Segment, error) {
	var open []Segment
	var errs []error
	for i := range segments {
		s := &segments[i]
		there, err := o.write(ctx, s)
		switch {
		case err != nil:
			open, errs = append(open, *s), append(errs, fmt.Errorf("write segment %s to bucket %s: %w", s.Key, o.Bucket, err))
			counts.Add(consume.MetricRejected, 1)
		case there:
			counts.Add(consume.MetricRepeated, 1)
		default:
			counts.Add(consume.MetricWritten, 1)
		}
	}
	return open, errors.Join(errs...)
}

// write makes a segment durable; there says that it was so before.
func (o *Outlet) write(ctx context.Context, s *Segment) (there bool, err error) {
	body, err := s.Compressed()
	if err != nil {
		return false, err
	}
	if err := o.note(ctx, s); err != nil {
		return false, err
	}
	input := onceInput(o.Bucket, object{s.Key, "application/gzip", body}, o.Retention, o.Now())
	_, err = o.Client.PutObject(ctx, input)
	if code(err) != "PreconditionFailed" {
		return false, explained(err, o.Log)
	}
	err = o.compare(ctx, s)
	if code(err) != "NoSuchKey" {
		return true, err
	}
	// A delete marker is on top, which S3 takes for no object but other stores for one. A version above it can hide
	// none that is not hidden already.
	input.IfNoneMatch, input.Body = nil, bytes.NewReader(body)
	_, err = o.Client.PutObject(ctx, input)
	return false, explained(err, o.Log)
}

// code is the code of an error of S3's API, "" for all others.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// explained adds to an error of a put what somebody can do.
func explained(err error, log string) error {
	switch code(err) {
	case "NoSuchBucket":
		return fmt.Errorf("there is no such bucket; create it, or name another (OUTFLOW_AUDIT_BUCKET): %w", err)
	case "AccessDenied":
		return fmt.Errorf("the role needs s3:PutObject, s3:PutObjectRetention and s3:GetObject under %s: %w", Prefix(log), err)
	case "InvalidRequest":
		return fmt.Errorf("the bucket may be without object lock, which a retention needs (OUTFLOW_AUDIT_RETENTION): %w", err)
	}
	return err
}

// ErrDiffers says that an object of the log is not what its key says. Somebody must look: it was altered, or is not
// Outflow's. The batch stays pending.
var ErrDiffers = errors.New("the log holds other lines under this key: look at the object's versions before anything else")

// compare reads the segment that is there, and checks that its lines are the same in identity.
func (o *Outlet) compare(ctx context.Context, s *Segment) error {
	body, err := readObject(ctx, o.Client, o.Bucket, s.Key)
	if err != nil {
		return fmt.Errorf("read back what is there: %w", err)
	}
	if text, err := gunzip(body); err == nil && bytes.Equal(text, s.Lines) {
		return nil // nearly always: the key holds the lines' hash
	}
	stored, err := ReadSegment(s.Key, body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDiffers, err)
	}
	ours, err := readLines(s.Lines)
	if err != nil {
		return fmt.Errorf("read own lines: %w", err)
	}
	same := func(a, b Line) bool { return a.Identity() == b.Identity() }
	if !slices.EqualFunc(stored, ours, same) {
		return ErrDiffers
	}
	return nil
}
