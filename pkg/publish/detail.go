package publish

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	ev := Event{ID: eventID(c, r.Event), Name: r.Name, Schema: r.Schema, Version: c.Version, Time: c.At}
	ev.Item = string(c.Keys.AppendCanonical(nil))
	if c.At.IsZero() {
		return ev, ErrTimeless
	}
	var report change.Report
	key, err := b.appendKey(nil, c, s.current(), &report)
	if err != nil {
		return ev, err
	}
	dst := append(make([]byte, 0, usualDetail), `{"metadata":{`...)
	start := len(dst)
	dst = appendMetadata(dst, &ev, c, s, r.entity.Name, key, b.model.Table.Stamps)
	dst = strconv.AppendBool(append(dst, `,"replayed":`...), b.replayed)
	end := len(dst)
	dst, err = r.appendData(append(dst, `},"data":{`...), s.current(), &report)
	if err != nil {
		return ev, err
	}
	ev.detail = append(r.appendChanged(append(dst, '}'), s), '}')
	ev.Metadata = ev.detail[start:end:end]
	for _, path := range report.Unlisted {
		to.Unlisted = append(to.Unlisted, r.Name+"."+path)
	}
	return ev, nil
}

// usualDetail is room for most events: growing to it step by step takes longer than all the rest.
const usualDetail = 1 << 10

// eventID is a function of the stream record, the event's name and its schema alone.
func eventID(c *change.Change, ev *model.Event) string {
	name := strings.Join([]string{c.Stream.ARN, c.Sequence, c.EventID, ev.Name, strconv.Itoa(ev.Schema)}, "\n")
	return uuid.NewSHA1(namespace, []byte(name)).String()
}

func appendMetadata(dst []byte, ev *Event, c *change.Change, s side, entity string, key []byte, stamps model.Stamps) []byte {
	e := c.Evidence(stamps)
	dst = jcs.AppendString(append(dst, `"id":`...), ev.ID)
	dst = jcs.AppendString(append(dst, `,"type":`...), ev.Name)
	dst = strconv.AppendInt(append(dst, `,"schema":`...), int64(ev.Schema), 10)
	dst = ev.Time.AppendFormat(append(dst, `,"time":"`...), time.RFC3339Nano)
	dst = jcs.AppendString(append(dst, `","entity":`...), entity)
	dst = append(append(dst, `,"key":`...), key...)
	dst = jcs.AppendString(append(dst, `,"itemVersion":`...), ev.Version)
	dst = jcs.AppendString(append(dst, `,"operation":`...), s.operation())
	dst = jcs.AppendString(append(dst, `,"cause":`...), c.Cause)
	dst = jcs.AppendStringOrNull(append(dst, `,"actor":`...), e.Actor)
	dst = jcs.AppendStringOrNull(append(dst, `,"correlationId":`...), e.Request)
	dst = jcs.AppendStringOrNull(append(dst, `,"tenant":`...), e.Tenant)
	if stamps.Revision != "" {
		dst = appendNumberOrNull(append(dst, `,"revision":`...), e.Revision)
		dst = appendNumberOrNull(append(dst, `,"previousRevision":`...), e.PreviousRevision)
	}
	return dst
}

func appendNumberOrNull(dst []byte, number string) []byte {
	if number == "" {
		return append(dst, "null"...)
	}
	return append(dst, number...)
}

// appendKey appends what identifies the item: its entity's key fields, or the primary key itself where an attribute
// tells the entity, since there the fields are attributes that can change.
func (b *Builder) appendKey(dst []byte, c *change.Change, state change.State, report *change.Report) ([]byte, error) {
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
	for _, name := range r.Data {
		f := r.entity.Field(name)
		if _, ok := present(state, f); !ok && !f.Required {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		out, err := appendNeeded(append(jcs.AppendString(dst, name), ':'), state, f, report)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", name, err)
		}
		dst = out
	}
	return dst, nil
}

// appendChanged appends changed and before, which speak only of fields that the event names; before holds null
// where the item had no such attribute, and nothing for pii that data does not name or for a value that does not
// fit its type.
func (r *rule) appendChanged(dst []byte, s side) []byte {
	var changed []string
	var before []byte
	for _, name := range r.asked {
		f := r.entity.Field(name)
		if s.operation() != model.Modify || !s.differs(f) {
			continue
		}
		changed = append(changed, name)
		if f.PII && !slices.Contains(r.Data, name) {
			continue
		}
		before = appendMember(before, s.old, f)
	}
	dst = jcs.AppendStrings(append(dst, `,"changed":`...), changed)
	return append(append(append(dst, `,"before":{`...), before...), '}')
}

func appendMember(dst []byte, state change.State, f *model.Field) []byte {
	out := dst
	if len(out) > 0 {
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
