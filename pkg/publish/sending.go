package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// sending is one pass over the open letters of a delivery.
type sending struct {
	outlet   *Outlet
	delivery *delivery
	left     []*letter // for the next pass
	blocked  map[string]bool
}

// pass sends every open letter once, but those of an item whose earlier letter failed. Where a call fails as a whole, or
// all its entries do, the rest stays: the bus needs a pause.
func (o *Outlet) pass(ctx context.Context, d *delivery) {
	s := &sending{outlet: o, delivery: d, blocked: map[string]bool{}}
	for d.more() && ctx.Err() == nil {
		letters := s.store(ctx, s.next())
		if len(letters) > 0 && !s.call(ctx, letters) {
			break
		}
	}
	d.open = slices.Concat(s.left, d.open)
	slices.SortStableFunc(d.open, func(a, b *letter) int { return a.from - b.from })
}

// next takes the letters of the next call. There may be none when all that is left waits for others.
func (s *sending) next() []*letter {
	d := s.delivery
	letters := make([]*letter, 0, d.maxEntries)
	c := call{maxEntries: d.maxEntries, maxBytes: s.outlet.MaxBytes}
	for len(letters) < d.maxEntries && d.more() {
		l := d.open[0]
		if s.blocked[l.Item] {
			s.left, d.open = append(s.left, l), d.open[1:]
			continue
		}
		if !c.add(&l.Entry) {
			break
		}
		letters, d.open = append(letters, l), d.open[1:]
	}
	return letters
}

// store stores the claims of the letters and returns those that may be sent.
func (s *sending) store(ctx context.Context, letters []*letter) []*letter {
	return slices.DeleteFunc(letters, func(l *letter) bool {
		if l.Claim == nil || l.stored {
			return false
		}
		if err := s.outlet.putClaim(ctx, l.Claim); err != nil {
			s.leave(ctx, l, err)
			return true
		}
		l.stored = true
		s.delivery.counts.Add(consume.MetricClaims, 1)
		return false
	})
}

// putClaim stores a claim. Its key holds the hash of its bytes, so that one that is there already is the same.
func (o *Outlet) putClaim(ctx context.Context, c *Claim) error {
	_, err := o.Claims.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(o.ClaimsBucket), Key: aws.String(c.Key), Body: bytes.NewReader(c.Body),
		ContentType: aws.String("application/json"), ChecksumSHA256: aws.String(c.SHA256), IfNoneMatch: aws.String("*"),
	})
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "PreconditionFailed" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("store its body in bucket %s: %w", o.ClaimsBucket, err)
	}
	return nil
}

// call sends letters, and says whether to go on with others.
func (s *sending) call(ctx context.Context, letters []*letter) bool {
	d := s.delivery
	out, err := s.outlet.Client.PutEvents(ctx, s.input(letters))
	if err == nil {
		err = checkAnswer(out, len(letters))
	}
	if isInvalid(err) {
		return s.isolate(letters, err)
	}
	if err != nil {
		for _, l := range letters {
			s.leave(ctx, l, reasonOf(err))
		}
		return false
	}
	failed, before := 0, len(d.sent)
	for i, result := range out.Entries {
		if !s.settle(ctx, letters[i], aws.ToString(result.ErrorCode)) {
			failed++
		}
	}
	d.counts.Add(consume.MetricRejected, failed)
	d.counts.Add(consume.MetricWritten, len(d.sent)-before)
	return failed < len(letters)
}

func (s *sending) input(letters []*letter) *eventbridge.PutEventsInput {
	entries := make([]types.PutEventsRequestEntry, len(letters))
	for i, l := range letters {
		entries[i] = types.PutEventsRequestEntry{
			EventBusName: &s.outlet.Bus, Source: &l.Source, DetailType: &l.DetailType,
			Detail: &l.Detail, Time: &l.Time,
		}
	}
	return &eventbridge.PutEventsInput{Entries: entries}
}

// isolate finds what makes a call invalid: from now on calls are half as long, and what is invalid alone is refused.
func (s *sending) isolate(letters []*letter, err error) bool {
	if len(letters) == 1 {
		s.refuse(letters[0], codeOf(err))
		return true
	}
	s.delivery.maxEntries = len(letters) / 2
	s.delivery.open = append(letters, s.delivery.open...)
	return true
}

// settle does what the answer says of a letter; false if it is to be sent again.
func (s *sending) settle(ctx context.Context, l *letter, code string) bool {
	d := s.delivery
	switch {
	case code == "":
		d.sent = append(d.sent, l.ID)
	case isRefusal(code):
		s.refuse(l, code)
	default:
		s.leave(ctx, l, &EntryError{code})
		return false
	}
	return true
}

func (s *sending) refuse(l *letter, code string) {
	l.reason, l.code = &EntryError{code}, code
	s.delivery.refused = append(s.delivery.refused, l)
}

// leave keeps a letter for the next pass, and all later ones of its item with it. That time was up says less than what
// was wrong before.
func (s *sending) leave(ctx context.Context, l *letter, reason error) {
	s.left = append(s.left, l)
	s.blocked[l.Item] = true
	if ctx.Err() == nil {
		s.delivery.failed = true
	}
	if l.reason == nil || ctx.Err() == nil {
		l.reason = reason
	}
}
