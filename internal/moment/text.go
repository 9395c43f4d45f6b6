package moment

import (
	"bytes"
	"time"
)

// Text is the time (UTC) of a text in the strict form of RFC 3339: upper-case T and Z, no leap second, a year of 1 to
// 9999 as written. It is not ok for another form, or if the time does not fit.
//
// It checks the form itself, since the time package also takes T1:00:00 and ,5 (https://go.dev/issue/54580).
func Text(text []byte) (at time.Time, ok bool) {
	const date = "0000-00-00T00:00:00"
	if !hasForm(text, date) || string(text[:4]) == "0000" {
		return at, false
	}
	zone := text[len(date):]
	if len(zone) > 0 && zone[0] == '.' {
		rest := bytes.TrimLeft(zone[1:], "0123456789")
		if len(rest) == len(zone)-1 {
			return at, false
		}
		zone = rest
	}
	if string(zone) != "Z" && !isOffset(zone) {
		return at, false
	}
	if err := at.UnmarshalText(text); err != nil {
		return at, false
	}
	at = at.UTC()
	return at, Fits(at)
}

// isOffset says whether a text is an offset from UTC, from -23:59 to +23:59.
func isOffset(text []byte) bool {
	const offset = "+00:00"
	return len(text) == len(offset) && (text[0] == '+' || text[0] == '-') && hasForm(text[1:], offset[1:]) &&
		string(text[1:3]) < "24" && text[4] < '6'
}

// hasForm says whether a text begins with a digit wherever form has a 0, and with form's other characters.
func hasForm(text []byte, form string) bool {
	if len(text) < len(form) {
		return false
	}
	for i := range len(form) {
		digit := text[i] >= '0' && text[i] <= '9'
		if form[i] == '0' && !digit || form[i] != '0' && text[i] != form[i] {
			return false
		}
	}
	return true
}
