package change

import (
	"bytes"
	"strconv"

	"github.com/outflow-dev/outflow/pkg/model"
)

// The significant digits that a type can have: any number of 15 comes back the same from a double (IEEE 754), and
// DynamoDB keeps 38.
const numberDigits, decimalDigits = 15, 38

// isInteger says whether a number in normal form has no fraction.
func isInteger(normal []byte) bool { return bytes.IndexByte(normal, '.') < 0 }

func isNumber(v Value) bool  { return v.Kind() == KindN && Digits(v.Text()) <= numberDigits }
func isDecimal(v Value) bool { return v.Kind() == KindN && Digits(v.Text()) <= decimalDigits }

// isText says whether the value fits a string or enum.
func isText(v Value) bool { return v.Kind() == KindS }

func integer(v Value) (int64, bool) {
	// The longest int64 has 20 characters.
	if v.Kind() != KindN || len(v.Text()) > 20 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.Text()), 10, 64)
	return n, err == nil
}

// holds says whether a kind of DynamoDB's can hold a type that has elements or members.
func holds(k Kind, t model.Kind) bool {
	switch t {
	case model.KindList:
		return k == KindL
	case model.KindMap, model.KindFields:
		return k == KindM
	case model.KindSet:
		return k.element() != 0
	}
	return false
}
