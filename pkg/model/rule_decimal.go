package model

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// decimal is a Decimal in a rule.
type decimal Decimal

var decimalType = types.NewOpaqueType("decimal")

// toDecimal makes a decimal of a number of any kind; a double stands for its shortest decimal form.
func toDecimal(v ref.Val) (Decimal, bool) {
	switch v := v.(type) {
	case decimal:
		return Decimal(v), true
	case types.Int:
		return Decimal(strconv.FormatInt(int64(v), 10)), true
	case types.Double:
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "", false
		}
		return Decimal(strconv.FormatFloat(f+0, 'f', -1, 64)), true // +0 drops the sign of a negative zero
	}
	return "", false
}

// newDecimal is the function decimal(x).
func newDecimal(v ref.Val) ref.Val {
	if d, ok := toDecimal(v); ok {
		return fromDecimal(ParseDecimal(string(d)))
	}
	text, ok := v.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	return fromDecimal(ParseDecimal(string(text)))
}

func fromDecimal(d Decimal, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return decimal(d)
}

// Equal implements ref.Val: equal numbers are equal, whatever their types.
func (d decimal) Equal(other ref.Val) ref.Val {
	o, ok := toDecimal(other)
	return types.Bool(ok && Decimal(d).Compare(o) == 0)
}

// Type implements ref.Val.
func (d decimal) Type() ref.Type { return decimalType }

// Value implements ref.Val.
func (d decimal) Value() any { return Decimal(d) }

// ConvertToNative implements ref.Val.
func (d decimal) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a decimal cannot be converted to %v", t)
}

// ConvertToType implements ref.Val. A double is the nearest one, an int is without the fraction.
func (d decimal) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.StringType:
		return types.String(d)
	case types.DoubleType:
		f, err := strconv.ParseFloat(string(d), 64)
		if err != nil {
			return types.WrapErr(err)
		}
		return types.Double(f)
	case types.IntType:
		whole, _, _ := strings.Cut(string(d), ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return types.NewErr("integer overflow")
		}
		return types.Int(n)
	case types.TypeType:
		return decimalType
	}
	return types.NewErr("no such overload: a decimal cannot be converted to %s", t.TypeName())
}
