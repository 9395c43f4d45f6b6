package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// reader reads objects, one of several at once.
type reader struct {
	*verification
	collector
	unpacker unpacker
}

// job is an object that is to be read.
type job func(context.Context, *reader) error

// readAll follows the digests and reads what they list, then what they do not.
func (v *verification) readAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs := make(chan job, 2*v.Source.Readers())
	var workers sync.WaitGroup
	for range v.Source.Readers() {
		r := &reader{verification: v, collector: collector{ledger: v.ledger}}
		workers.Go(func() {
			if err := r.work(ctx, jobs); err != nil {
				cancel(err)
			}
			for range jobs { // whoever hands them out must not wait for this reader
			}
		})
	}
	err := v.followDigests(ctx, jobs)
	if err == nil {
		err = v.readLeftovers(ctx, jobs)
	}
	close(jobs)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil && err == nil {
		err = cause
	}
	return err
}

// work does jobs until there are no more, or one fails.
func (r *reader) work(ctx context.Context, jobs <-chan job) error {
	for j := range jobs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := j(ctx, r); err != nil {
			return err
		}
	}
	return r.flush()
}

// get reads an object in the version that counts.
func (v *verification) get(ctx context.Context, key string, limit int64) ([]byte, error) {
	return v.Source.Read(ctx, key, v.inventory.versions[key], limit)
}

// sealed is a digest whose segments are being read: its counts show when all of them are.
type sealed struct {
	number int64
	want   audit.Tally
	open   atomic.Int64 // segments not read yet

	mu    sync.Mutex
	got   audit.Tally
	blind bool // not all of them could be read
}

// done notes a segment's lines, nil if they could not be read, or are not those that the digest listed.
func (d *sealed) done(v *verification, s *segment) {
	d.mu.Lock()
	if s == nil || s.fault != nil || s.line > 0 {
		d.blind = true
	} else {
		add(&d.got, s.tally)
	}
	d.mu.Unlock()
	if d.open.Add(-1) > 0 {
		return
	}
	if !d.blind && d.got != d.want {
		v.tell(DigestWrong, d.number, "its counts are %+v, and its segments have %+v", d.want, d.got)
	}
}

func add(t *audit.Tally, o audit.Tally) {
	t.Baseline, t.Insert, t.Modify = t.Baseline+o.Baseline, t.Insert+o.Insert, t.Modify+o.Modify
	t.Raw, t.Remove = t.Raw+o.Raw, t.Remove+o.Remove
}

// readListed reads a segment that a digest lists, and compares it with what that says.
func (r *reader) readListed(ctx context.Context, d *sealed, want audit.Listed) error {
	f := Finding{Number: d.number, Object: want.Key}
	body, err := r.get(ctx, want.Key, audit.MaxSegment)
	switch {
	case errors.Is(err, ErrAbsent):
		f.Class, f.Detail = SegmentMissing, fmt.Sprintf("digest %d lists it", d.number)
	case errors.Is(err, ErrTooLarge):
		f.Class, f.Detail = SegmentAltered, fmt.Sprintf("it is larger than any segment; it had %d bytes", want.Bytes)
	case err != nil:
		d.done(r.verification, nil)
		return r.report.unread(want.Key, err)
	}
	if f.Class != "" {
		r.report.add(f)
		d.done(r.verification, nil)
		return nil
	}
	sum := sha256.Sum256(body)
	same := int64(len(body)) == want.Bytes && hex.EncodeToString(sum[:]) == want.SHA256
	if r.HashOnly {
		if !same {
			f.Class, f.Detail = SegmentAltered, fmt.Sprintf("its bytes are not what digest %d says; its lines were not read", d.number)
			r.report.add(f)
		}
		r.report.lines(want.Lines)
		d.done(r.verification, nil)
		return nil
	}
	s, err := r.read(want.Key, body, same)
	if err != nil {
		return err
	}
	r.report.lines(s.lines)
	r.compare(s, &want, f, same)
	if s.sum != want.TextSHA256 {
		s = nil
	}
	d.done(r.verification, s)
	return nil
}

// compare says how a segment differs from what its digest says.
func (r *reader) compare(s *segment, want *audit.Listed, f Finding, same bool) {
	switch {
	case s.fault != nil:
		f.Class, f.Detail = SegmentAltered, s.fault.Error()
	case s.sum != want.TextSHA256:
		f.Class, f.Detail = SegmentAltered, fmt.Sprintf("its lines are not those that digest %d sealed", f.Number)
	case !same:
		f.Class, f.Detail = SegmentRewritten, "its lines are those that were sealed, and its bytes are not: somebody put it again"
	}
	if f.Class == SegmentAltered && s.line > 0 {
		f.Line, f.Detail = s.line, f.Detail+fmt.Sprintf("; its line %d: %v", s.line, s.reason)
	}
	if f.Class != "" {
		r.report.add(f)
	}
	if f.Class == SegmentAltered {
		return
	}
	if s.reason != nil {
		r.report.add(Finding{Class: LineInvalid, Number: f.Number, Object: s.key, Line: s.line, Detail: s.reason.Error()})
	}
	if s.lines != want.Lines {
		r.tell(DigestWrong, f.Number, "it says that %s has %d lines, and it has %d", s.key, want.Lines, s.lines)
	}
}
