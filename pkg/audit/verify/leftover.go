package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// readLeftovers reads what no digest lists: somebody put it there, or the next digest is to list it. It may hold the
// change between two that are sealed.
func (v *verification) readLeftovers(ctx context.Context, jobs chan<- job) error {
	open := 0
	for _, m := range v.inventory.segments {
		if m&listed == 0 {
			open++
		}
	}
	if open == 0 {
		return nil
	}
	before := ""
	for object, err := range v.Source.List(ctx, audit.Prefix(v.Log)+"dt=") { // keys are not kept: there may be many
		if err != nil {
			return err
		}
		if object.Marker || object.Odd != "" || object.Key == before {
			continue
		}
		before = object.Key
		if m, known := v.inventory.segments[v.ledger.printer.of([]byte(before))]; !known || m&listed != 0 {
			continue
		}
		key := before
		select {
		case jobs <- func(ctx context.Context, r *reader) error { return r.readUnlisted(ctx, key) }:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (r *reader) readUnlisted(ctx context.Context, key string) error {
	f := Finding{Object: key}
	switch _, _, _, _, named := splitName(key); {
	case !named || !isHour(hourOf(key)):
		r.report.add(Finding{Class: Stray, Object: key, Detail: "its name is not that of a segment"})
		return nil
	case r.blind:
		f.Class, f.Detail = SegmentUnsealed, "no digest that could be read lists it"
	case r.inventory.mayBeListed(hourOf(key), r.last):
		f.Class, f.Detail = SegmentUnsealed, "no digest lists it yet"
	default:
		f.Class, f.Detail = SegmentUnlisted, "no digest lists it, and none is to come that would"
	}
	defer func() { r.report.add(f) }()
	if r.HashOnly || !r.wants(key) {
		return nil
	}
	body, err := r.get(ctx, key, audit.MaxSegment)
	if errors.Is(err, ErrTooLarge) {
		f.Detail += fmt.Sprintf("; it has more than %d MiB, which no segment has", audit.MaxSegment>>20)
		return nil
	}
	if err != nil { // also where it is gone meanwhile: it was listed a moment ago
		return r.report.unread(key, err)
	}
	s, err := r.read(key, body, false)
	if err != nil {
		return err
	}
	r.report.lines(s.lines)
	if s.fault != nil {
		f.Detail += "; it cannot be read: " + s.fault.Error()
	} else if s.reason != nil {
		f.Line = s.line
		f.Detail += "; it is not valid: " + s.reason.Error()
	}
	return nil
}

// isHour says whether a text is an hour as hourOf gives it.
func isHour(hour string) bool {
	_, err := time.Parse("2006-01-02T15", hour)
	return err == nil
}
