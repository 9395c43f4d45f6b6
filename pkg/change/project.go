package change

import "github.com/outflow-dev/outflow/pkg/model"

// AppendField appends a field's value as canonical JSON, by the field's type. present is false where the item has no
// such attribute or a null one, fits where its value does not fit the type; either way dst comes back as it was. What
// does not fit is reported as dropped, by the field's name.
func (s State) AppendField(dst []byte, f *model.Field, r *Report) (out []byte, present, fits bool) {
	v, ok := s.Value(f)
	if !ok || v.Kind() == KindNULL {
		return dst, false, true
	}
	before := r.mark()
	if out, fits = v.appendAs(dst, &f.Type, r); !fits {
		r.drop(before, f.Name)
		return dst, true, false
	}
	r.within(before, f.Name)
	r.compact(before)
	return out, true, true
}

// AppendAs appends the value as the canonical JSON that the type t gives it in documents and events. It returns false,
// and dst as it was, where the value does not fit the type, as a null never does. In lists and sets every element must
// fit; in maps and fields a member that does not is left out and reported by its path within the value, and one that
// is null is skipped, as are members that fields do not declare. The path of the value itself is "".
func (v Value) AppendAs(dst []byte, t *model.Type, r *Report) ([]byte, bool) {
	before := r.mark()
	out, fits := v.appendAs(dst, t, r)
	if !fits {
		r.reset(before)
		return dst, false
	}
	r.compact(before)
	return out, true
}
