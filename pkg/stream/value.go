package stream

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/outflow-dev/outflow/internal/jcs"
)

func appendItem(b object, item map[string]types.AttributeValue) object {
	b = append(b, '{')
	for _, name := range slices.Sorted(maps.Keys(item)) {
		b.name(name)
		b = appendValue(b, item[name])
	}
	return append(b, '}')
}

// appendValue writes a value as {"TYPE": content}; see NewRecord for one of an unknown type.
func appendValue(b object, value types.AttributeValue) object {
	b = append(b, '{')
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		b.text("S", &v.Value)
	case *types.AttributeValueMemberN:
		b.text("N", &v.Value)
	case *types.AttributeValueMemberB:
		b.name("B")
		b = appendBinary(b, v.Value)
	case *types.AttributeValueMemberBOOL:
		b.name("BOOL")
		b = strconv.AppendBool(b, v.Value)
	case *types.AttributeValueMemberNULL:
		b.name("NULL")
		b = strconv.AppendBool(b, v.Value)
	case *types.AttributeValueMemberL:
		b.name("L")
		b = appendList(b, v.Value, appendValue)
	case *types.AttributeValueMemberM:
		b.name("M")
		b = appendItem(b, v.Value)
	case *types.AttributeValueMemberSS:
		b.name("SS")
		b = jcs.AppendStrings(b, v.Value)
	case *types.AttributeValueMemberNS:
		b.name("NS")
		b = jcs.AppendStrings(b, v.Value)
	case *types.AttributeValueMemberBS:
		b.name("BS")
		b = appendList(b, v.Value, appendBinary)
	}
	return append(b, '}')
}

func appendList[T any](b object, elements []T, appendElement func(object, T) object) object {
	b = append(b, '[')
	for i, element := range elements {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendElement(b, element)
	}
	return append(b, ']')
}

func appendBinary(b object, data []byte) object {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, data)
	return append(b, '"')
}
