package table

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// numberDigits is what any double keeps (IEEE 754), and what a number holds.
const numberDigits = 15

func encodeNumber(v reflect.Value, kind model.Kind) (types.AttributeValue, error) {
	digits, float, ok := digitsOf(v, kind)
	if !ok {
		return nil, unfit(v, kind)
	}
	if float && kind == model.KindDecimal {
		return nil, &misfit{kind: kind,
			reason: fmt.Sprintf("cannot hold a Go %s, which loses digits; give %s", v.Type(), wants[kind])}
	}
	normal, err := model.ParseDecimal(digits)
	if err != nil {
		return nil, &misfit{kind: kind, reason: "is " + err.Error()}
	}
	if reason := outOf(kind, string(normal)); reason != "" {
		return nil, &misfit{kind: kind, reason: reason}
	}
	return &types.AttributeValueMemberN{Value: string(normal)}, nil
}

// digitsOf writes a Go number; strings are numbers where they say so (json.Number, model.Decimal), and as decimals.
func digitsOf(v reflect.Value, kind model.Kind) (digits string, float, ok bool) {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), false, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(v.Uint(), 10), false, true
	case reflect.Float32, reflect.Float64:
		f := v.Float()
		return strconv.FormatFloat(f, 'e', -1, v.Type().Bits()), true, !math.IsNaN(f) && !math.IsInf(f, 0)
	case reflect.String:
		named := v.Type() == reflect.TypeFor[json.Number]() || v.Type() == reflect.TypeFor[model.Decimal]()
		return v.String(), false, named || kind == model.KindDecimal
	}
	return "", false, false
}

// outOf says why a number in normal form does not fit, or "".
func outOf(kind model.Kind, normal string) string {
	switch kind {
	case model.KindInteger:
		if strings.Contains(normal, ".") {
			return "has a fraction; round it, or declare the field as number or decimal"
		}
		if _, err := strconv.ParseInt(normal, 10, 64); err != nil {
			return "is out of the range of int64; declare the field as decimal"
		}
	case model.KindNumber:
		if significant(normal) > numberDigits {
			return fmt.Sprintf("has more than %d significant digits; round it, or declare the field as decimal", numberDigits)
		}
	}
	return ""
}

// significant counts the digits of a number in normal form from the first to the last that is not zero.
func significant(normal string) int {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(normal, "-"), ".")
	return len(strings.Trim(whole+fraction, "0"))
}

// integerOf reads an integer as an item holds it.
func integerOf(value types.AttributeValue) (int64, error) {
	n, ok := value.(*types.AttributeValueMemberN)
	if !ok {
		return 0, &misfit{kind: model.KindInteger, reason: "is no number"}
	}
	normal, err := model.ParseDecimal(n.Value)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(normal), 10, 64)
}
