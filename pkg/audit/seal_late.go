package audit

import (
	"context"
	"fmt"
)

// note says to digests that a segment is about to be written into an hour that they no longer look at. It comes before
// the segment, so that one whose writer dies in between is a note too many rather than a segment too few. Notes of one
// day and hour are one object.
func (o *Outlet) note(ctx context.Context, s *Segment) error {
	hour := hourOfKey(o.Log, s.Key)
	now := o.Now()
	if now.Sub(hour) < lateAfter {
		return nil
	}
	key := LateKey(o.Log, now, Hour{hour})
	_, err := o.Client.PutObject(ctx, onceInput(o.Bucket, object{key, "text/plain", nil}, o.Retention, now))
	if err != nil && code(err) != "PreconditionFailed" {
		return fmt.Errorf("note that it is late in %s: %w", key, explained(err, o.Log))
	}
	return nil
}
