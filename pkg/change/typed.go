package change

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Field returns a field's value as rules see it: by its declared type a string, int64, float64, bool, time.Time,
// model.Decimal, []byte, []any (lists, sets) or map[string]any (maps, fields). It is nil where the item has no such
// attribute or a null one. It implements model.Record; the error, for a value that does not fit its type, holds no
// item data.
func (s State) Field(f *model.Field) (any, error) {
	v, ok := s.Value(f)
	if !ok || v.Kind() == KindNULL {
		return nil, nil
	}
	out, err := typed(v, &f.Type)
	if err != nil {
		return nil, within(f.Name, err)
	}
	return out, nil
}

func typed(v Value, t *model.Type) (any, error) {
	switch t.Kind {
	case model.KindList, model.KindSet, model.KindMap, model.KindFields:
		if holds(v.Kind(), t.Kind) {
			return typedContainer(v, t)
		}
	default:
		if out, ok := typedScalar(v, t.Kind); ok {
			return out, nil
		}
	}
	return nil, &FaultError{Reason: fmt.Sprintf("%s does not fit the type %s", v.Kind(), t.Kind)}
}

func typedScalar(v Value, kind model.Kind) (any, bool) {
	switch kind {
	case model.KindString, model.KindEnum:
		return v.String(), isText(v)
	case model.KindInteger:
		return asAny(integer(v))
	case model.KindNumber:
		n, err := strconv.ParseFloat(string(v.Text()), 64)
		return n, isNumber(v) && err == nil
	case model.KindDecimal:
		return model.Decimal(v.Text()), isDecimal(v)
	case model.KindBoolean:
		return v.Bool(), v.Kind() == KindBOOL
	case model.KindTimestamp:
		return asAny(timestamp(v))
	case model.KindBinary:
		data, err := base64.StdEncoding.AppendDecode([]byte{}, v.Text())
		return data, v.Kind() == KindB && err == nil
	}
	return nil, false
}

func asAny[T any](v T, ok bool) (any, bool) { return v, ok }

func typedContainer(v Value, t *model.Type) (any, error) {
	switch t.Kind {
	case model.KindMap:
		return typedMap(v, t.Of)
	case model.KindFields:
		return typedFields(v, t.Fields)
	}
	out := make([]any, v.Len())
	for i := range out {
		var err error
		if out[i], err = typed(v.Elem(i), t.Of); err != nil {
			return nil, withinElement(i, err)
		}
	}
	return out, nil
}

func typedMap(v Value, of *model.Type) (any, error) {
	out := make(map[string]any, v.Len())
	for name, member := range v.All() {
		if member.Kind() == KindNULL {
			continue
		}
		var err error
		if out[name], err = typed(member, of); err != nil {
			return nil, within(name, err)
		}
	}
	return out, nil
}

func typedFields(v Value, fields []model.Field) (any, error) {
	out := make(map[string]any, len(fields))
	for i := range fields {
		f := &fields[i]
		member, ok := v.Get(f.Attribute())
		if !ok || member.Kind() == KindNULL {
			continue
		}
		var err error
		if out[f.Name], err = typed(member, &f.Type); err != nil {
			return nil, within(f.Name, err)
		}
	}
	return out, nil
}
