package change

import (
	"slices"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// appendAs is AppendAs, but for what it leaves behind of a value that does not fit: bytes in the memory behind dst and
// paths in the report.
func (v Value) appendAs(dst []byte, t *model.Type, r *Report) ([]byte, bool) {
	if !r.term.holds(v) {
		return dst, false
	}
	switch t.Kind {
	case model.KindList, model.KindSet:
		return v.appendArray(dst, t, r)
	case model.KindMap:
		return v.appendMap(dst, t, r)
	case model.KindFields:
		return v.appendFields(dst, t.Fields, r)
	case model.KindEnum:
		if isText(v) && !slices.Contains(t.Values, string(v.Text())) {
			r.Unlisted = append(r.Unlisted, "")
		}
	}
	return v.appendScalar(dst, t.Kind)
}

func (v Value) appendScalar(dst []byte, kind model.Kind) ([]byte, bool) {
	switch kind {
	case model.KindString, model.KindEnum:
		if isText(v) {
			return jcs.AppendString(dst, v.Text()), true
		}
	case model.KindInteger:
		if _, ok := integer(v); ok {
			return append(dst, v.Text()...), true
		}
	case model.KindNumber:
		if isNumber(v) {
			return append(dst, v.Text()...), true
		}
	case model.KindDecimal:
		if isDecimal(v) {
			return appendPlain(dst, v.Text()), true
		}
	case model.KindBoolean:
		if v.Kind() == KindBOOL {
			return append(dst, v.Text()...), true
		}
	case model.KindBinary:
		if v.Kind() == KindB {
			return appendPlain(dst, v.Text()), true
		}
	case model.KindTimestamp:
		return v.appendTimestamp(dst)
	}
	return dst, false
}

// appendTimestamp keeps an S as it is, and writes an N in UTC with the digits of its fraction, nine at most.
func (v Value) appendTimestamp(dst []byte) ([]byte, bool) {
	at, ok := timestamp(v)
	switch {
	case !ok:
		return dst, false
	case v.Kind() == KindS:
		return appendPlain(dst, v.Text()), true
	}
	dst = at.AppendFormat(append(dst, '"'), time.RFC3339Nano)
	return append(dst, '"'), true
}

func (v Value) appendArray(dst []byte, t *model.Type, r *Report) ([]byte, bool) {
	if !holds(v.Kind(), t.Kind) {
		return dst, false
	}
	before := r.mark()
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var fits bool
		if dst, fits = v.Elem(i).appendAs(dst, t.Of, r); !fits {
			return dst, false
		}
	}
	r.compact(before)
	return append(dst, ']'), true
}

func (v Value) appendMap(dst []byte, t *model.Type, r *Report) ([]byte, bool) {
	if !holds(v.Kind(), model.KindMap) {
		return dst, false
	}
	outer := r.term
	inner := r.Terms.within(outer, t)
	dst = append(dst, '{')
	start := len(dst)
	for i := range v.Len() {
		member := v.Elem(i)
		name := member.a.name(member.i)
		r.term = inner.of(name)
		dst = appendMember(dst, start, name, member, t.Of, r)
	}
	r.term = outer
	return append(dst, '}'), true
}

func (v Value) appendFields(dst []byte, fields []model.Field, r *Report) ([]byte, bool) {
	if !holds(v.Kind(), model.KindFields) {
		return dst, false
	}
	dst = append(dst, '{')
	start := len(dst)
	for i := range fields {
		f := &fields[i]
		if member, ok := v.Get(f.Attribute()); ok {
			dst = appendMember(dst, start, f.Name, member, &f.Type, r)
		}
	}
	return append(dst, '}'), true
}

// appendMember appends a member to an object whose members begin at start. It leaves out a null, and, reporting it,
// what does not fit.
func appendMember[T ~string | ~[]byte](dst []byte, start int, name T, v Value, t *model.Type, r *Report) []byte {
	if v.Kind() == KindNULL {
		return dst
	}
	out := dst
	if len(out) > start {
		out = append(out, ',')
	}
	out = append(jcs.AppendString(out, name), ':')
	before := r.mark()
	out, fits := v.appendAs(out, t, r)
	switch {
	case !fits:
		r.drop(before, string(name))
		return dst
	case r.mark() != before:
		r.within(before, string(name))
	}
	return out
}
