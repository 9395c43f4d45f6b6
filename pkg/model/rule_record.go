package model

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// record is an image, a key, or the value of a field with members, as a rule sees it.
type record struct {
	typ    *recordType
	source Record
	made   map[*recordField]ref.Val // lists, maps and records that have been read, as making them takes time
}

var (
	_ traits.Indexer     = (*record)(nil)
	_ traits.FieldTester = (*record)(nil)
)

// members is a record inside another.
type members map[string]any

// Exists implements Record.
func (m members) Exists() bool { return true }

// Field implements Record.
func (m members) Field(f *Field) (any, error) { return m[f.Name], nil }

// root is the value of a variable.
func (t *recordType) root(source Record) ref.Val {
	if source == nil || !source.Exists() {
		return types.NullValue
	}
	return &record{typ: t, source: source}
}

// readError is a value that does not fit its declared type.
type readError struct {
	field string
	err   error
}

func (e *readError) Error() string {
	if e.field == "" { // the record's own error names it
		return fmt.Sprintf("read field %v", e.err)
	}
	return fmt.Sprintf("read field %s: %v", e.field, e.err)
}

func (e *readError) Unwrap() error { return e.err }

// readField gives a rule the value of a record's field.
func readField(target any, f *recordField) (ref.Val, error) {
	r, ok := target.(*record)
	if !ok {
		return types.NullValue, nil
	}
	if value, ok := r.made[f]; ok {
		return value, nil
	}
	v, err := r.source.Field(f.Field)
	if err != nil {
		return nil, &readError{"", err}
	}
	value, err := f.shape.value(v)
	if err != nil {
		return nil, &readError{f.Name, err}
	}
	r.keep(f, value)
	return value, nil
}

func (r *record) keep(f *recordField, value ref.Val) {
	if f.shape.of == nil && f.shape.record == nil {
		return
	}
	if r.made == nil {
		r.made = map[*recordField]ref.Val{}
	}
	r.made[f] = value
}

// hasField answers has(); what cannot be read is there, and reading it is an error.
func hasField(target any, f *recordField) bool {
	r, ok := target.(*record)
	if !ok {
		return false
	}
	v, err := r.source.Field(f.Field)
	return err != nil || v != nil
}

// value makes a rule's value of one that a Record gives.
func (s *shape) value(v any) (ref.Val, error) {
	if v == nil {
		return types.NullValue, nil
	}
	switch v := v.(type) {
	case string:
		return types.String(v), s.holds(KindString, KindEnum)
	case int64:
		return types.Int(v), s.holds(KindInteger)
	case float64:
		return types.Double(v), s.holds(KindNumber)
	case bool:
		return types.Bool(v), s.holds(KindBoolean)
	case time.Time:
		return types.Timestamp{Time: v}, s.holds(KindTimestamp)
	case Decimal:
		return decimal(v), s.holds(KindDecimal)
	case []byte:
		return types.Bytes(v), s.holds(KindBinary)
	case []any:
		return s.list(v)
	case map[string]any:
		return s.object(v)
	}
	return nil, fmt.Errorf("a rule has no value for a %T", v)
}

// holds says that the kind of the shape is one of those.
func (s *shape) holds(kinds ...Kind) error {
	for _, k := range kinds {
		if s.kind == k {
			return nil
		}
	}
	return fmt.Errorf("the value is not of the declared type %s", s.kind)
}

func (s *shape) list(v []any) (ref.Val, error) {
	if err := s.holds(KindList, KindSet); err != nil {
		return nil, err
	}
	elements := make([]ref.Val, len(v))
	for i := range v {
		var err error
		if elements[i], err = s.of.value(v[i]); err != nil {
			return nil, err
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, elements), nil
}

func (s *shape) object(v map[string]any) (ref.Val, error) {
	if s.kind == KindFields {
		return &record{typ: s.record, source: members(v)}, nil
	}
	if err := s.holds(KindMap); err != nil {
		return nil, err
	}
	entries := make(map[ref.Val]ref.Val, len(v))
	for name, value := range v {
		var err error
		if entries[types.String(name)], err = s.of.value(value); err != nil {
			return nil, err
		}
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, entries), nil
}

// Get implements traits.Indexer, for records behind dyn().
func (r *record) Get(name ref.Val) ref.Val {
	f, err := r.field(name)
	if err != nil {
		return types.WrapErr(err)
	}
	v, err := readField(r, f)
	if err != nil {
		return types.WrapErr(err)
	}
	return v
}

// IsSet implements traits.FieldTester, for records behind dyn().
func (r *record) IsSet(name ref.Val) ref.Val {
	f, err := r.field(name)
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Bool(hasField(r, f))
}

func (r *record) field(name ref.Val) (*recordField, error) {
	text, _ := name.(types.String)
	if f, ok := r.typ.field(string(text)); ok {
		return f, nil
	}
	return nil, errors.New("no such key")
}

// Equal implements ref.Val: records are equal if all their fields are. One that differs decides, whatever cannot
// be read beside it.
func (r *record) Equal(other ref.Val) ref.Val {
	o, ok := other.(*record)
	if !ok || o.typ != r.typ {
		return types.False
	}
	var result ref.Val = types.True
	for _, f := range r.typ.fields {
		switch equal := r.equalField(o, f); {
		case equal == types.False:
			return types.False
		case equal != types.True:
			result = equal
		}
	}
	return result
}

func (r *record) equalField(o *record, f *recordField) ref.Val {
	a, err := readField(r, f)
	if err != nil {
		return types.WrapErr(err)
	}
	b, err := readField(o, f)
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Equal(a, b)
}

// Type implements ref.Val.
func (r *record) Type() ref.Type { return r.typ.cel }

// Value implements ref.Val.
func (r *record) Value() any { return r }

// ConvertToNative implements ref.Val.
func (r *record) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a record cannot be converted to %v", t)
}

// ConvertToType implements ref.Val.
func (r *record) ConvertToType(t ref.Type) ref.Val {
	if t == types.TypeType {
		return r.typ.cel
	}
	return types.NewErr("a record cannot be converted to %s", t.TypeName())
}
