package publish

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Reasons for which an event can never be made from a record. The caller parks the record for the events outlet.
var (
	ErrUnfit    = errors.New("the value does not fit the declared type")
	ErrMissing  = errors.New("the item has no such attribute, and the model requires it")
	ErrTimeless = errors.New("the record has no creation time, and an event's time is that")
)

func (b *Builder) event(to *Result, r *rule, c *change.Change, s side) (Event, error) {
	ev := Event{ID: eventID(to.scratch, c, r.Event), Name: r.Name, Schema: r.Schema, Version: c.Version, Time: c.At}
	ev.Item = string(c.Keys.AppendCanonical(to.scratch[:0]))
	if c.At.IsZero() {
		return ev, ErrTimeless
	}
	var report change.Report
	dst, err := b.appendKey(appendHead(to.scratch[:0], &ev, r.entity), c, s.current(), &report)
	if err != nil {
		return ev, err
	}
	dst = b.appendOrigin(dst, c, s)
	end := len(dst)
	dst, err = r.appendData(append(dst, `},"data":{`...), s.current(), &report)
	if err != nil {
		return ev, err
	}
	dst = append(r.appendChanged(append(dst, '}'), s), '}')
	to.scratch = dst
	ev.detail = string(dst)
	ev.Metadata = ev.detail[len(opening):end]
	for _, path := range report.Unlisted {
		to.Unlisted = append(to.Unlisted, r.Name+"."+path)
	}
	return ev, nil
}

// eventID is a function of the stream record, the event's name and its schema alone.
func eventID(scratch []byte, c *change.Change, ev *model.Event) string {
	name := scratch[:0]
	for _, part := range []string{c.Stream.ARN, c.Sequence, c.EventID, ev.Name} {
		name = append(append(name, part...), '\n')
	}
	name = strconv.AppendInt(name, int64(ev.Schema), 10)
	return uuid.NewSHA1(namespace, name).String()
}

// opening is what every detail begins with.
const opening = `{"metadata":{`

// appendHead appends the opening and what metadata begins with: what is announced, when, and of which entity.
func appendHead(dst []byte, ev *Event, entity *model.Entity) []byte {
	dst = jcs.AppendString(append(dst, opening+`"id":`...), ev.ID)
	dst = jcs.AppendString(append(dst, `,"type":`...), ev.Name)
	dst = strconv.AppendInt(append(dst, `,"schema":`...), int64(ev.Schema), 10)
	dst = ev.Time.AppendFormat(append(dst, `,"time":"`...), time.RFC3339Nano)
	return jcs.AppendString(append(dst, `","entity":`...), entity.Name)
}

// appendOrigin appends what metadata says of the change, and whether it is announced again.
func (b *Builder) appendOrigin(dst []byte, c *change.Change, s side) []byte {
	stamps := b.model.Table.Stamps
	e := c.Evidence(stamps)
	dst = jcs.AppendString(append(dst, `,"itemVersion":`...), c.Version)
	dst = jcs.AppendString(append(dst, `,"operation":`...), s.operation())
	dst = jcs.AppendString(append(dst, `,"cause":`...), c.Cause)
	dst = jcs.AppendStringOrNull(append(dst, `,"actor":`...), e.Actor)
	dst = jcs.AppendStringOrNull(append(dst, `,"correlationId":`...), e.Request)
	dst = jcs.AppendStringOrNull(append(dst, `,"tenant":`...), e.Tenant)
	if stamps.Revision != "" {
		dst = appendNumberOrNull(append(dst, `,"revision":`...), e.Revision)
		dst = appendNumberOrNull(append(dst, `,"previousRevision":`...), e.PreviousRevision)
	}
	return strconv.AppendBool(append(dst, `,"replayed":`...), b.replayed)
}

func appendNumberOrNull(dst []byte, number string) []byte {
	if number == "" {
		return append(dst, "null"...)
	}
	return append(dst, number...)
}

// appendKey appends metadata's key, which identifies the item: its entity's key fields, or the primary key itself where
// an attribute tells the entity, since there the fields are attributes that can change.
func (b *Builder) appendKey(dst []byte, c *change.Change, state change.State, report *change.Report) ([]byte, error) {
	dst = append(dst, `,"key":`...)
	e := state.Entity
	if e.ToldByAttribute() {
		return c.AppendPrimaryKey(dst, b.model.Table), nil
	}
	dst = append(dst, '{')
	var err error
	for i, name := range e.KeyFields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jcs.AppendString(dst, name), ':')
		if dst, err = appendNeeded(dst, state, e.Field(name), report); err != nil {
			return nil, fmt.Errorf("key field %s: %w", name, err)
		}
	}
	return append(dst, '}'), nil
}

func appendNeeded(dst []byte, state change.State, f *model.Field, report *change.Report) ([]byte, error) {
	out, present, fits := state.AppendField(dst, f, report)
	switch {
	case !fits:
		return nil, fmt.Errorf("%w, %s", ErrUnfit, f.Type.Kind)
	case len(report.Dropped) > 0:
		return nil, fmt.Errorf("%s: %w", report.Dropped[0], ErrUnfit)
	case !present:
		return nil, ErrMissing
	}
	return out, nil
}

// appendData appends the members of data: the fields that the event names and the item has.
func (r *rule) appendData(dst []byte, state change.State, report *change.Report) ([]byte, error) {
	start := len(dst)
	for _, f := range r.data {
		if _, ok := present(state, f); !ok && !f.Required {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		out, err := appendNeeded(append(jcs.AppendString(dst, f.Name), ':'), state, f, report)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		dst = out
	}
	return dst, nil
}

// appendChanged appends changed and before, which speak only of fields that the event names; before holds null
// where the item had no such attribute, and nothing for pii that data does not name or for a value that does not
// fit its type.
func (r *rule) appendChanged(dst []byte, s side) []byte {
	changed := r.changedFields(s)
	dst = append(dst, `,"changed":[`...)
	for i, f := range changed {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jcs.AppendString(dst, f.Name)
	}
	dst = append(dst, `],"before":{`...)
	start := len(dst)
	for _, f := range changed {
		if !f.PII || slices.Contains(r.Data, f.Name) {
			dst = appendMember(dst, start, s.old, f)
		}
	}
	return append(dst, '}')
}

func (r *rule) changedFields(s side) []*model.Field {
	if s.operation() != model.Modify {
		return nil
	}
	var changed []*model.Field
	for _, f := range r.asked {
		if s.differs(f) {
			changed = append(changed, f)
		}
	}
	return changed
}

// appendMember appends a member of the object whose members begin at start.
func appendMember(dst []byte, start int, state change.State, f *model.Field) []byte {
	out := dst
	if len(out) > start {
		out = append(out, ',')
	}
	out = append(jcs.AppendString(out, f.Name), ':')
	out, present, fits := state.AppendField(out, f, &change.Report{})
	if !fits {
		return dst
	}
	if !present {
		return append(out, "null"...)
	}
	return out
}
