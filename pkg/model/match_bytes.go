package model

// Texts of keys come as bytes, those of templates and values as strings.
type text interface{ ~string | ~[]byte }

const (
	maxInt64 = "9223372036854775807"
	minInt64 = "9223372036854775808" // its digits
)

// isInteger says that the text is the plain form of an int64: no plus, no leading zeros, no "-0".
func isInteger[T text](t T) bool {
	if len(t) > 0 && t[0] == '-' {
		return isPlain(t[1:], minInt64) && t[1] != '0'
	}
	return isNatural(t)
}

// isNatural says that the text is the plain form of a non-negative int64.
func isNatural[T text](t T) bool { return isPlain(t, maxInt64) }

func isPlain[T text](t T, limit string) bool {
	if !isDigits(t) || len(t) > 1 && t[0] == '0' {
		return false
	}
	return len(t) < len(limit) || len(t) == len(limit) && string(t) <= limit
}

func isDigits[T text](t T) bool {
	for i := range len(t) {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
	}
	return len(t) > 0
}

// integerPrefix is the length of the longest start of the text that could be an integer.
func integerPrefix(t []byte) int {
	n := 0
	for n < len(t) && n <= len(maxInt64) && ('0' <= t[n] && t[n] <= '9' || n == 0 && t[n] == '-') {
		n++
	}
	return n
}

// trimZeros drops leading zeros but for the last digit.
func trimZeros(t []byte) []byte {
	for len(t) > 1 && t[0] == '0' {
		t = t[1:]
	}
	return t
}

func hasPrefix(t []byte, prefix string) bool {
	return len(t) >= len(prefix) && string(t[:len(prefix)]) == prefix
}

func hasSuffix(t []byte, suffix string) bool {
	return len(t) >= len(suffix) && string(t[len(t)-len(suffix):]) == suffix
}

// indexFrom is the first place of the literal at or after from, or 0.
func indexFrom(t []byte, literal string, from int) int {
	for i := from; i+len(literal) <= len(t); i++ {
		if t[i] == literal[0] && hasPrefix(t[i:], literal) {
			return i
		}
	}
	return 0
}
