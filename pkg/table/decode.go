package table

import (
	"encoding/base64"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/internal/moment"
	"github.com/outflow-dev/outflow/pkg/model"
)

// keyValue is the value of a text that was parsed from a key.
func keyValue(content string, t *model.Type) types.AttributeValue {
	switch t.Kind {
	case model.KindInteger, model.KindNumber, model.KindDecimal:
		return &types.AttributeValueMemberN{Value: content}
	case model.KindBinary:
		if data, err := base64.StdEncoding.DecodeString(content); err == nil {
			return &types.AttributeValueMemberB{Value: data}
		}
	}
	return &types.AttributeValueMemberS{Value: content}
}

// decode is the Go value of what an item holds: string, int64, float64, bool, time.Time, model.Decimal, []byte, []any
// (lists, sets) or map[string]any (maps, fields). fits is false where the declared type cannot hold it.
func decode(value types.AttributeValue, t *model.Type) (out any, fits bool) {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return decodeString(v.Value, t.Kind)
	case *types.AttributeValueMemberN:
		return decodeNumber(v.Value, t.Kind)
	case *types.AttributeValueMemberB:
		return v.Value, t.Kind == model.KindBinary
	case *types.AttributeValueMemberBOOL:
		return v.Value, t.Kind == model.KindBoolean
	case *types.AttributeValueMemberL:
		return decodeElements(v.Value, t, model.KindList)
	case *types.AttributeValueMemberM:
		return decodeMembers(v.Value, t)
	case *types.AttributeValueMemberSS:
		return decodeSet(v.Value, t, func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} })
	case *types.AttributeValueMemberNS:
		return decodeSet(v.Value, t, func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} })
	case *types.AttributeValueMemberBS:
		return decodeSet(v.Value, t, func(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} })
	}
	return nil, false
}

func decodeString(content string, kind model.Kind) (any, bool) {
	if kind == model.KindTimestamp {
		return asAny(moment.Text([]byte(content)))
	}
	return content, kind == model.KindString || kind == model.KindEnum
}

func decodeNumber(content string, kind model.Kind) (any, bool) {
	normal, err := model.ParseDecimal(content)
	if err != nil {
		return nil, false
	}
	switch kind {
	case model.KindDecimal:
		return normal, true
	case model.KindInteger:
		n, err := strconv.ParseInt(string(normal), 10, 64)
		return n, err == nil
	case model.KindNumber:
		f, err := strconv.ParseFloat(string(normal), 64)
		return f, err == nil && significant(string(normal)) <= numberDigits
	case model.KindTimestamp:
		return asAny(moment.Number([]byte(normal)))
	}
	return nil, false
}

func asAny[T any](v T, ok bool) (any, bool) { return v, ok }

func decodeElements(elements []types.AttributeValue, t *model.Type, kind model.Kind) (any, bool) {
	if t.Kind != kind {
		return nil, false
	}
	out := make([]any, len(elements))
	for i, element := range elements {
		var fits bool
		if out[i], fits = decode(element, t.Of); !fits {
			return nil, false
		}
	}
	return out, true
}

func decodeSet[T any](elements []T, t *model.Type, wrap func(T) types.AttributeValue) (any, bool) {
	wrapped := make([]types.AttributeValue, len(elements))
	for i, element := range elements {
		wrapped[i] = wrap(element)
	}
	return decodeElements(wrapped, t, model.KindSet)
}

// decodeMembers reads a map, or of fields those that are declared.
func decodeMembers(members attributes, t *model.Type) (any, bool) {
	if t.Kind != model.KindMap && t.Kind != model.KindFields {
		return nil, false
	}
	out := map[string]any{}
	for name, value := range members {
		of := t.Of
		if t.Kind == model.KindFields {
			f := t.Member(name)
			if f == nil {
				continue
			}
			of = &f.Type
		}
		if isNull(value) {
			continue
		}
		var fits bool
		if out[name], fits = decode(value, of); !fits {
			return nil, false
		}
	}
	return out, true
}

func isNull(value types.AttributeValue) bool {
	_, null := value.(*types.AttributeValueMemberNULL)
	return null
}
