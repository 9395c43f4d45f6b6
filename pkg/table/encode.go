package table

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/internal/nearest"
	"github.com/outflow-dev/outflow/pkg/model"
)

// misfit is a value that its declared type cannot hold; path is where inside the field, such as .zip or [2].
type misfit struct {
	path   string
	kind   model.Kind
	reason string
}

func (m *misfit) Error() string { return m.path + " " + m.reason }

func within(path string, err error) error {
	if inner := (*misfit)(nil); errors.As(err, &inner) {
		return &misfit{path + inner.path, inner.kind, inner.reason}
	}
	return err
}

// encode gives a value the form in which DynamoDB holds its type; nil stays nil.
func encode(v reflect.Value, t *model.Type) (types.AttributeValue, error) {
	v = indirect(v)
	if !v.IsValid() || isNil(v) {
		return nil, nil
	}
	switch t.Kind {
	case model.KindString, model.KindEnum:
		return encodeString(v, t)
	case model.KindInteger, model.KindNumber, model.KindDecimal:
		return encodeNumber(v, t.Kind)
	case model.KindBoolean:
		if v.Kind() == reflect.Bool {
			return &types.AttributeValueMemberBOOL{Value: v.Bool()}, nil
		}
	case model.KindTimestamp:
		return encodeTimestamp(v)
	case model.KindBinary:
		if data, ok := bytesOf(v); ok {
			return &types.AttributeValueMemberB{Value: data}, nil
		}
	case model.KindList:
		return encodeList(v, t)
	case model.KindSet:
		return encodeSet(v, t)
	case model.KindMap:
		return encodeMap(v, t)
	case model.KindFields:
		return encodeMembers(v, t)
	}
	return nil, unfit(v, t.Kind)
}

// wants is what to give for a type.
var wants = map[model.Kind]string{
	model.KindString: "a string", model.KindEnum: "a string", model.KindInteger: "a Go integer",
	model.KindNumber: "a Go number", model.KindDecimal: "a string or model.Decimal such as \"12.50\"",
	model.KindBoolean: "a bool", model.KindTimestamp: "a time.Time, a string in RFC 3339 or epoch seconds",
	model.KindBinary: "a []byte", model.KindList: "a slice", model.KindSet: "a slice",
	model.KindMap: "a map with strings as keys", model.KindFields: "a table.Item or a struct",
}

func unfit(v reflect.Value, kind model.Kind) error {
	return &misfit{kind: kind, reason: fmt.Sprintf("cannot hold a Go %s; give %s", v.Type(), wants[kind])}
}

func encodeString(v reflect.Value, t *model.Type) (types.AttributeValue, error) {
	content, ok := stringOf(v)
	if !ok {
		return nil, unfit(v, t.Kind)
	}
	if !utf8.ValidString(content) {
		return nil, &misfit{kind: t.Kind, reason: "is not valid UTF-8; declare the field as binary"}
	}
	if t.Kind == model.KindEnum && !slices.Contains(t.Values, content) {
		return nil, &misfit{kind: t.Kind, reason: "has none of its values: it is one of " + strings.Join(t.Values, ", ")}
	}
	return &types.AttributeValueMemberS{Value: content}, nil
}

// stringOf takes strings, and what writes itself as one, such as ids.
func stringOf(v reflect.Value) (string, bool) {
	if marshaler, ok := v.Interface().(encoding.TextMarshaler); ok {
		content, err := marshaler.MarshalText()
		return string(content), err == nil
	}
	return v.String(), v.Kind() == reflect.String
}

func bytesOf(v reflect.Value) ([]byte, bool) {
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array || v.Type().Elem().Kind() != reflect.Uint8 {
		return nil, false
	}
	data := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(data), v)
	return data, true
}

func encodeList(v reflect.Value, t *model.Type) (types.AttributeValue, error) {
	elements, err := encodeElements(v, t)
	if err != nil {
		return nil, err
	}
	return &types.AttributeValueMemberL{Value: elements}, nil
}

func encodeElements(v reflect.Value, t *model.Type) ([]types.AttributeValue, error) {
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return nil, unfit(v, t.Kind)
	}
	elements := make([]types.AttributeValue, v.Len())
	for i := range elements {
		element, err := encode(v.Index(i), t.Of)
		if element == nil && err == nil {
			err = &misfit{kind: t.Of.Kind, reason: "is nil; leave the element out"}
		}
		if err != nil {
			return nil, within(fmt.Sprintf("[%d]", i), err)
		}
		elements[i] = element
	}
	return elements, nil
}

func encodeMap(v reflect.Value, t *model.Type) (types.AttributeValue, error) {
	if v.Kind() != reflect.Map || v.Type().Key().Kind() != reflect.String {
		return nil, unfit(v, t.Kind)
	}
	return encodeEach(v, func(string) *model.Type { return t.Of }, nil)
}

func encodeMembers(v reflect.Value, t *model.Type) (types.AttributeValue, error) {
	if v.Kind() != reflect.Struct && (v.Kind() != reflect.Map || v.Type().Key().Kind() != reflect.String) {
		return nil, unfit(v, t.Kind)
	}
	return encodeEach(v, func(name string) *model.Type {
		if f := t.Member(name); f != nil {
			return &f.Type
		}
		return nil
	}, fieldNames(t.Fields))
}

// encodeEach encodes the members of a map or struct by the type of each, and refuses those without one.
func encodeEach(v reflect.Value, typeOf func(name string) *model.Type, known []string) (types.AttributeValue, error) {
	members, err := membersOf(v)
	if err != nil {
		return nil, &misfit{kind: model.KindFields, reason: err.Error()}
	}
	out := attributes{}
	for _, m := range members {
		of := typeOf(m.name)
		if of == nil {
			return nil, &misfit{"." + m.name, "", "is not in the model" + nearest.Hint(m.name, known)}
		}
		if !utf8.ValidString(m.name) {
			return nil, &misfit{kind: model.KindMap, reason: "has a key that is not valid UTF-8"}
		}
		value, err := encode(m.value, of)
		if err != nil {
			return nil, within("."+m.name, err)
		}
		if value != nil {
			out[m.name] = value
		}
	}
	return &types.AttributeValueMemberM{Value: out}, nil
}
