package model

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Bounds of a number that DynamoDB holds: 38 significant digits, magnitudes from 1E-130 to 9.99E+125
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html).
const (
	maxDigits    = 38
	minMagnitude = -130
	maxMagnitude = 125
)

// Errors of ParseDecimal and of decimal arithmetic. They hold no digits of the number, which may be item data.
var (
	errNotDecimal = errors.New("not a decimal number; write digits with an optional sign and point, such as -12.50")
	errDigits     = fmt.Errorf("more than %d significant digits", maxDigits)
	errMagnitude  = fmt.Errorf("out of range; a decimal is 0 or between 1E%d and 1E%d in size", minMagnitude, maxMagnitude+1)
)

// ParseDecimal gives the normal form of a number in plain or exponent notation: "+01.50" is 1.5, "1e3" is 1000.
// It refuses what DynamoDB could not store: more than 38 significant digits or a magnitude out of its bounds.
func ParseDecimal(text string) (Decimal, error) {
	unsigned := strings.TrimPrefix(text, "-")
	sign := text[:len(text)-len(unsigned)]
	if sign == "" {
		unsigned = strings.TrimPrefix(text, "+")
	}
	digits, exponent, ok := significant(unsigned)
	if !ok {
		return "", errNotDecimal
	}
	magnitude := len(digits) - 1 + exponent
	switch {
	case digits == "":
		return "0", nil
	case len(digits) > maxDigits:
		return "", errDigits
	case magnitude < minMagnitude || magnitude > maxMagnitude:
		return "", errMagnitude
	}
	return Decimal(sign + plain(digits, exponent)), nil
}

// significant splits a number into its digits, without zeros at either end, and the power of ten to multiply with.
func significant(text string) (digits string, exponent int, ok bool) {
	text, power, exponential := strings.Cut(strings.ToLower(text), "e")
	if exponential {
		if exponent, ok = parseExponent(power); !ok {
			return "", 0, false
		}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if !isDigits(whole + fraction) {
		return "", 0, false
	}
	digits = strings.TrimRight(whole+fraction, "0")
	exponent += len(whole) - len(digits)
	return strings.TrimLeft(digits, "0"), exponent, true
}

// parseExponent reads [+-]digits; what is far out of bounds comes back as a number that still is.
func parseExponent(text string) (int, bool) {
	unsigned := strings.TrimLeft(text, "+-")
	if len(text)-len(unsigned) > 1 || !isDigits(unsigned) {
		return 0, false
	}
	n := 0
	for _, digit := range []byte(unsigned) {
		n = min(10*n+int(digit-'0'), 1e6)
	}
	if text[0] == '-' {
		return -n, true
	}
	return n, true
}

// plain writes digits times a power of ten without exponent.
func plain(digits string, exponent int) string {
	point := len(digits) + exponent
	switch {
	case exponent >= 0:
		return digits + strings.Repeat("0", exponent)
	case point > 0:
		return digits[:point] + "." + digits[point:]
	}
	return "0." + strings.Repeat("0", -point) + digits
}

// Compare returns -1, 0 or 1 as d is less than, equal to or greater than o. Both must be in normal form.
func (d Decimal) Compare(o Decimal) int {
	a, negative := strings.CutPrefix(string(d), "-")
	b, otherNegative := strings.CutPrefix(string(o), "-")
	switch {
	case negative && otherNegative:
		a, b = b, a
	case negative:
		return -1
	case otherNegative:
		return 1
	}
	wholeA, fractionA, _ := strings.Cut(a, ".")
	wholeB, fractionB, _ := strings.Cut(b, ".")
	return cmp.Or(cmp.Compare(len(wholeA), len(wholeB)), cmp.Compare(wholeA, wholeB), cmp.Compare(fractionA, fractionB))
}

func (d Decimal) add(o Decimal) (Decimal, error) {
	a, b, scale := aligned(d, o)
	return unscaled(a.Add(a, b), scale)
}

func (d Decimal) subtract(o Decimal) (Decimal, error) {
	a, b, scale := aligned(d, o)
	return unscaled(a.Sub(a, b), scale)
}

func (d Decimal) multiply(o Decimal) (Decimal, error) {
	a, scaleA := d.scaled(0)
	b, scaleB := o.scaled(0)
	return unscaled(a.Mul(a, b), scaleA+scaleB)
}

// aligned gives both as integers that are divided by the same power of ten.
func aligned(d, o Decimal) (a, b *big.Int, scale int) {
	_, scaleD := d.scaled(0)
	b, scale = o.scaled(scaleD)
	a, _ = d.scaled(scale)
	return a, b, scale
}

// scaled gives the number as an integer that is divided by 10^scale, with the least scale that is at least the
// one given.
func (d Decimal) scaled(least int) (*big.Int, int) {
	whole, fraction, _ := strings.Cut(string(d), ".")
	scale := max(least, len(fraction))
	n, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10)
	if !ok {
		panic("decimal not in normal form")
	}
	return n, scale
}

func unscaled(n *big.Int, scale int) (Decimal, error) {
	return ParseDecimal(fmt.Sprintf("%se-%d", n, scale))
}
