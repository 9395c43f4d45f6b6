package export

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// decimalBytes is the length of a decimal of maxDigits: its unscaled value, big-endian, in two's complement.
const decimalBytes = 16

// errGrew says that a later reading found a number that an earlier one did not.
var errGrew = errors.New("the log grew while it was read, by a number with more digits: export again, or bound the time with --to")

// value is a field's value. ok is false where the item has one that its type cannot hold; a null and nothing are null.
func (c *column) value(s change.State) (v parquet.Value, ok bool, err error) {
	held, fits := fitting(s, c.field)
	if !fits {
		return parquet.NullValue(), false, nil
	}
	switch held := held.(type) {
	case nil:
		return parquet.NullValue(), true, nil
	case string:
		return parquet.ByteArrayValue([]byte(held)), true, nil
	case int64:
		return parquet.Int64Value(held), true, nil
	case float64:
		return parquet.DoubleValue(held), true, nil
	case bool:
		return parquet.BooleanValue(held), true, nil
	case []byte:
		return parquet.ByteArrayValue(held), true, nil
	case time.Time:
		return parquet.Int64Value(held.UnixMicro()), true, nil
	case model.Decimal:
		v, err = c.decimal(string(held))
		return v, true, err
	}
	text, present, inside := s.AppendField(nil, c.field, &change.Report{})
	if !present || !inside {
		return parquet.NullValue(), inside, nil
	}
	return parquet.ByteArrayValue(text), true, nil
}

// fitting is a field's value as rules see it, nil for none. fits is false where its type cannot hold it.
func fitting(s change.State, f *model.Field) (held any, fits bool) {
	held, err := s.Field(f)
	return held, err == nil
}

// decimal is a number in normal form at the column's scale.
func (c *column) decimal(normal string) (parquet.Value, error) {
	if c.scale < 0 {
		return parquet.ByteArrayValue([]byte(normal)), nil
	}
	whole, fraction, _ := strings.Cut(normal, ".")
	if len(fraction) > c.scale {
		return parquet.Value{}, fmt.Errorf("field %s: %w", c.field.Name, errGrew)
	}
	unscaled, valid := new(big.Int).SetString(whole+fraction+strings.Repeat("0", c.scale-len(fraction)), 10)
	if !valid {
		return parquet.Value{}, fmt.Errorf("field %s: %q is no number in normal form", c.field.Name, normal)
	}
	if unscaled.BitLen() >= 8*decimalBytes-1 {
		return parquet.Value{}, fmt.Errorf("field %s: %w", c.field.Name, errGrew)
	}
	if unscaled.Sign() < 0 {
		unscaled.Add(unscaled, new(big.Int).Lsh(big.NewInt(1), 8*decimalBytes))
	}
	return parquet.FixedLenByteArrayValue(unscaled.FillBytes(make([]byte, decimalBytes))), nil
}

// extent is the room that the numbers of a field need.
type extent struct{ whole, fraction int } // digits

func (e *extent) add(normal string) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(normal, "-"), ".")
	e.whole, e.fraction = max(e.whole, len(whole)), max(e.fraction, len(fraction))
}

// scale is that of a decimal that holds them all without loss, -1 where there is none, so that text must.
func (e *extent) scale() int {
	if e.whole+e.fraction > maxDigits {
		return -1
	}
	return e.fraction
}
