package change

import (
	"slices"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Report names what documents and events do not show as the item has it. A path is a field's name, or those of
// members inside it joined by dots, such as address.zip; elements of lists have no step of their own. What one call
// adds is sorted and without duplicates.
type Report struct {
	Dropped  []string // left out, since the declared type cannot hold them
	Unlisted []string // values of an enum that the model does not list; shown all the same
}

// AppendField appends a field's value as canonical JSON, by the field's type. present is false where the item has no
// such attribute or a null one, fits where its value does not fit the type; either way dst comes back as it was. What
// does not fit is reported, by the field's name.
func (s State) AppendField(dst []byte, f *model.Field, r *Report) (out []byte, present, fits bool) {
	v, ok := s.Value(f)
	if !ok || v.Kind() == KindNULL {
		return dst, false, true
	}
	at := path{name: f.Name}
	if out, fits = v.appendReported(dst, &f.Type, r, &at); !fits {
		r.Dropped = append(r.Dropped, f.Name)
	}
	return out, true, fits
}

// AppendAs appends the value as the canonical JSON that the type t gives it in documents and events. It returns false,
// and dst as it was, where the value does not fit the type, as a null never does. In lists and sets every element must
// fit; in maps and fields a member that does not is left out and reported by its path within the value, and one that
// is null is skipped, as are members that fields do not declare.
func (v Value) AppendAs(dst []byte, t *model.Type, r *Report) ([]byte, bool) {
	return v.appendReported(dst, t, r, nil)
}

// appendReported leaves a report as it was where the value does not fit as a whole.
func (v Value) appendReported(dst []byte, t *model.Type, r *Report, at *path) ([]byte, bool) {
	dropped, unlisted := len(r.Dropped), len(r.Unlisted)
	out, fits := v.appendAs(dst, t, r, at)
	if !fits {
		r.Dropped, r.Unlisted = r.Dropped[:dropped], r.Unlisted[:unlisted]
		return dst, false
	}
	r.Dropped, r.Unlisted = compact(r.Dropped, dropped), compact(r.Unlisted, unlisted)
	return out, true
}

func compact(paths []string, from int) []string {
	slices.Sort(paths[from:])
	return paths[:from+len(slices.Compact(paths[from:]))]
}

// path is where in a field a value lies. A nil path is the value that AppendAs was called on.
type path struct {
	parent *path
	name   string
}

func (p *path) String() string {
	switch {
	case p == nil:
		return ""
	case p.parent == nil:
		return p.name
	}
	return p.parent.String() + "." + p.name
}

func (v Value) appendAs(dst []byte, t *model.Type, r *Report, at *path) ([]byte, bool) {
	switch t.Kind {
	case model.KindList, model.KindSet:
		return v.appendArray(dst, t, r, at)
	case model.KindMap:
		return v.appendMap(dst, t.Of, r, at)
	case model.KindFields:
		return v.appendFields(dst, t.Fields, r, at)
	case model.KindEnum:
		if isText(v) && !slices.Contains(t.Values, string(v.Text())) {
			r.Unlisted = append(r.Unlisted, at.String())
		}
	}
	return v.appendScalar(dst, t.Kind)
}

func (v Value) appendScalar(dst []byte, kind model.Kind) ([]byte, bool) {
	fits := false
	switch kind {
	case model.KindString, model.KindEnum:
		if fits = isText(v); fits {
			dst = jcs.AppendString(dst, v.Text())
		}
	case model.KindInteger:
		if _, fits = integer(v); fits {
			dst = append(dst, v.Text()...)
		}
	case model.KindNumber:
		if fits = isNumber(v); fits {
			dst = append(dst, v.Text()...)
		}
	case model.KindDecimal:
		if fits = isDecimal(v); fits {
			dst = appendPlain(dst, v.Text())
		}
	case model.KindBoolean:
		if fits = v.Kind() == KindBOOL; fits {
			dst = append(dst, v.Text()...)
		}
	case model.KindBinary:
		if fits = v.Kind() == KindB; fits {
			dst = appendPlain(dst, v.Text())
		}
	case model.KindTimestamp:
		return v.appendTimestamp(dst)
	}
	return dst, fits
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

func (v Value) appendArray(dst []byte, t *model.Type, r *Report, at *path) ([]byte, bool) {
	if !holds(v.Kind(), t.Kind) {
		return dst, false
	}
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var fits bool
		if dst, fits = v.Elem(i).appendAs(dst, t.Of, r, at); !fits {
			return dst, false
		}
	}
	return append(dst, ']'), true
}

func (v Value) appendMap(dst []byte, of *model.Type, r *Report, at *path) ([]byte, bool) {
	if !holds(v.Kind(), model.KindMap) {
		return dst, false
	}
	dst = append(dst, '{')
	start := len(dst)
	for name, member := range v.All() {
		dst = member.appendMember(dst, start, of, r, &path{at, name})
	}
	return append(dst, '}'), true
}

func (v Value) appendFields(dst []byte, fields []model.Field, r *Report, at *path) ([]byte, bool) {
	if !holds(v.Kind(), model.KindFields) {
		return dst, false
	}
	dst = append(dst, '{')
	start := len(dst)
	for i := range fields {
		f := &fields[i]
		if member, ok := v.Get(f.Attribute()); ok {
			dst = member.appendMember(dst, start, &f.Type, r, &path{at, f.Name})
		}
	}
	return append(dst, '}'), true
}

// appendMember appends a member, by the name that its path ends in, to an object whose members begin at start. It
// leaves out a null, and, reporting it, what does not fit.
func (v Value) appendMember(dst []byte, start int, t *model.Type, r *Report, at *path) []byte {
	if v.Kind() == KindNULL {
		return dst
	}
	out := dst
	if len(out) > start {
		out = append(out, ',')
	}
	out = append(jcs.AppendString(out, at.name), ':')
	dropped, unlisted := len(r.Dropped), len(r.Unlisted)
	out, fits := v.appendAs(out, t, r, at)
	if !fits {
		r.Dropped, r.Unlisted = append(r.Dropped[:dropped], at.String()), r.Unlisted[:unlisted]
		return dst
	}
	return out
}
