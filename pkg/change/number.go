package change

import "bytes"

// The magnitudes that a DynamoDB number can have, as exponents of ten of the first significant digit: 1E-130 to
// 9.99...E+125, or zero (Amazon DynamoDB Developer Guide, "Quotas: Data types: Number").
const minExponent, maxExponent = -130, 125

// Why a text is not a DynamoDB number.
const (
	errSyntax    reason = "is not a number"
	errMagnitude reason = "is a number outside DynamoDB's range of 1E-130 to 9.9...E+125"
)

// appendNormal appends the normal form of a number: plain decimal notation with neither exponent nor plus sign,
// without leading zeros but one before a point, without trailing zeros after one, and zero without a sign. Equal
// numbers, and no others, have equal normal forms. All digits are kept, also beyond the 38 that DynamoDB has.
func appendNormal(dst, text []byte) ([]byte, error) {
	d, err := parseDecimal(text)
	if err != nil {
		return dst, err
	}
	if len(d.whole)+len(d.part) == 0 {
		return append(dst, '0'), nil
	}
	if d.negative {
		dst = append(dst, '-')
	}
	return d.append(dst), nil
}

// decimal is a number taken apart: the digits before and after the point, and a power of ten. whole has no leading
// zeros; where it is empty part has none either, and neither has trailing ones: zero has no digits at all.
type decimal struct {
	negative    bool
	whole, part []byte
	exponent    int
}

func parseDecimal(text []byte) (d decimal, err error) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		d.negative, text = text[0] == '-', text[1:]
	}
	d.whole, text = cutDigits(text)
	point := len(text) > 0 && text[0] == '.'
	if point {
		d.part, text = cutDigits(text[1:])
	}
	if len(d.whole)+len(d.part) == 0 {
		return d, errSyntax
	}
	huge := false
	if len(text) > 0 {
		if d.exponent, huge, err = parseExponent(text); err != nil {
			return d, err
		}
	}
	d.trim()
	if len(d.whole)+len(d.part) == 0 {
		return d, nil
	}
	if first := d.exponent + len(d.whole) - 1; huge || first < minExponent || first > maxExponent {
		return d, errMagnitude
	}
	return d, nil
}

// trim drops zeros that do not matter. Where there are no digits before the point, those after it move there.
func (d *decimal) trim() {
	d.whole, d.part = bytes.TrimLeft(d.whole, "0"), bytes.TrimRight(d.part, "0")
	if len(d.part) == 0 {
		n := len(d.whole)
		d.whole = bytes.TrimRight(d.whole, "0")
		d.exponent += n - len(d.whole)
	}
	if len(d.whole) == 0 {
		n := len(d.part)
		d.whole, d.part = bytes.TrimLeft(d.part, "0"), nil
		d.exponent -= n
	}
}

// append writes the digits with the point where the exponent has it. There are at most maxExponent zeros to add at
// the end and -minExponent at the start.
func (d *decimal) append(dst []byte) []byte {
	point := len(d.whole) + d.exponent // digits before the point
	if point <= 0 {
		dst = append(dst, '0', '.')
		for range -point {
			dst = append(dst, '0')
		}
	}
	at := 0
	for _, digits := range [2][]byte{d.whole, d.part} {
		for _, c := range digits {
			if at == point && at > 0 {
				dst = append(dst, '.')
			}
			dst = append(dst, c)
			at++
		}
	}
	for ; at < point; at++ {
		dst = append(dst, '0')
	}
	return dst
}

func cutDigits(text []byte) (digits, rest []byte) {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[:n], text[n:]
}

// parseExponent reads E, a sign and digits. An exponent that no text of this machine could make up for with zeros
// is huge, and its value of no consequence.
func parseExponent(text []byte) (exponent int, huge bool, err error) {
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false, errSyntax
	}
	text = text[1:]
	negative := len(text) > 0 && text[0] == '-'
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	digits, rest := cutDigits(text)
	if len(digits) == 0 || len(rest) > 0 {
		return 0, false, errSyntax
	}
	for _, c := range digits {
		if exponent = exponent*10 + int(c-'0'); exponent > 1<<40 {
			return 0, true, nil
		}
	}
	if negative {
		exponent = -exponent
	}
	return exponent, false, nil
}

// isNormal says whether a text is a number in normal form. It may say no to one that is, never yes to another.
func isNormal(text []byte) bool {
	digits := text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	// The bound keeps the magnitude in range without looking at it.
	if len(digits) == 0 || len(digits) > maxExponent {
		return false
	}
	whole, rest := cutDigits(digits)
	if len(whole) == 0 || whole[0] == '0' && len(whole) > 1 {
		return false
	}
	if len(rest) == 0 {
		return whole[0] != '0' || len(digits) == len(text)
	}
	part, rest := cutDigits(rest[1:])
	return digits[len(whole)] == '.' && len(part) > 0 && len(rest) == 0 && part[len(part)-1] != '0'
}

// Digits counts the significant digits of a number in normal form: those from the first to the last that is not
// zero. Zero has one.
func Digits(normal []byte) int {
	digits := bytes.TrimRight(bytes.TrimLeft(normal, "-0."), "0")
	return max(1, len(digits)-bytes.Count(digits, []byte(".")))
}
