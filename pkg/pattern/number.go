package pattern

import (
	"math"
	"strconv"
	"strings"
)

// parseNumber is the value of a JSON number, where a double holds it exactly as it is written: its shortest decimal
// form has the same value.
func parseNumber(literal string) (float64, bool) {
	n, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return 0, false
	}
	digits, exponent, ok := normal(literal)
	shortest, shortestExponent, _ := normal(strconv.FormatFloat(n, 'e', -1, 64))
	return n + 0, ok && digits == shortest && exponent == shortestExponent // + 0: minus zero is zero
}

// normal takes a number apart: its digits with the sign and without zeros around them, and the power of ten of the
// last one. It is not ok where the exponent is beyond any number that a double holds.
func normal(literal string) (digits string, exponent int, ok bool) {
	mantissa, power, _ := strings.Cut(strings.ToLower(literal), "e")
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return "", 0, false
		}
	}
	unsigned := strings.TrimPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	all := strings.TrimLeft(whole+fraction, "0")
	digits = strings.TrimRight(all, "0")
	if digits == "" {
		return "", 0, true
	}
	if unsigned != mantissa {
		digits = "-" + digits
	}
	return digits, exponent - len(fraction) + len(strings.TrimLeft(whole+fraction, "0")) - len(strings.TrimRight(all, "0")), true
}

// equal holds for the numbers of that value.
type equal float64

func (e equal) holds(v *value) bool { return v.isNumber && v.number == float64(e) }

// between holds for the numbers of a range.
type between struct {
	low, high         float64
	openLow, openHigh bool // without the bound itself
}

func (b between) holds(v *value) bool {
	if !v.isNumber || v.number < b.low || v.number > b.high {
		return false
	}
	return !(b.openLow && v.number == b.low || b.openHigh && v.number == b.high)
}

// numeric takes a list: an operator and a number, or > or >= with a number and then < or <= with a greater one.
func (c *compiler) numeric() (test, error) {
	if c.peek() != '[' {
		return nil, c.fault(c.at, `"numeric" must be a list, as in [">", 0, "<=", 5]`)
	}
	c.peek()
	at := c.at
	c.enter()
	operator, n, err := c.comparison("=", "<", "<=", ">", ">=")
	if err != nil {
		return nil, err
	}
	b := between{low: -math.MaxFloat64, high: math.MaxFloat64}
	switch operator {
	case "=":
		return equal(n), c.end()
	case "<", "<=":
		b.high, b.openHigh = n, operator == "<"
	default:
		b.low, b.openLow = n, operator == ">"
		err = c.upper(&b)
	}
	if err == nil && b.low >= b.high {
		err = c.fault(at, "no number lies in this range: the lower bound must be less than the upper one")
	}
	if err != nil {
		return nil, err
	}
	return b, c.end()
}

// upper takes the second comparison of a range, if there is one.
func (c *compiler) upper(b *between) error {
	if c.peek() == ']' {
		return nil
	}
	operator, n, err := c.comparison("<", "<=")
	b.high, b.openHigh = n, operator == "<"
	return err
}

// comparison takes an operator and the number behind it.
func (c *compiler) comparison(operators ...string) (operator string, n float64, err error) {
	want := `one of "` + strings.Join(operators, `", "`) + `"`
	if c.peek() != '"' {
		return "", 0, c.fault(c.at, "expected %s here", want)
	}
	at := c.at
	operator = c.string()
	if !strings.Contains(want, `"`+operator+`"`) {
		return "", 0, c.fault(at, "%q cannot stand here: it must be %s", operator, want)
	}
	n, err = c.number()
	return operator, n, err
}

func (c *compiler) number() (float64, error) {
	if first := c.peek(); first != '-' && (first < '0' || first > '9') {
		return 0, c.fault(c.at, "expected a number here")
	}
	at := c.at
	literal := string(c.raw())
	n, ok := parseNumber(literal)
	if !ok {
		return 0, c.fault(at, "%s cannot be compared: it has more digits than a double holds", literal)
	}
	return n, nil
}

// end makes sure that a list of comparisons is over.
func (c *compiler) end() error {
	if c.more() {
		return c.fault(c.at, `too many elements: "numeric" takes one comparison, or ">" or ">=" and then "<" or "<="`)
	}
	return nil
}
