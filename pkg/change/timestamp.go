package change

import "time"

// millisecondDigits is the length from which an integer counts as milliseconds: 100000000000 seconds would be the year
// 5138, as milliseconds it is 1973.
const millisecondDigits = len("100000000000")

// timestamp is the time (UTC) of a value of type timestamp: S as RFC 3339 has it, in its strict form (upper-case T and
// Z, no leap second), or N in epoch seconds, with a fraction or without, or, as an integer of at least 100000000000,
// in epoch milliseconds. The year is 1 to 9999, as written and in UTC.
func timestamp(v Value) (time.Time, bool) {
	text := v.Text()
	switch v.Kind() {
	case KindS:
		return parseRFC3339(text)
	case KindN:
		if isInteger(text) && text[0] != '-' && len(text) >= millisecondDigits {
			return instant(text, 3)
		}
		return instant(text, 0)
	}
	return time.Time{}, false
}

// parseRFC3339 checks the form itself, since the time package also takes T1:00:00 and ,5 (https://go.dev/issue/54580).
func parseRFC3339(text []byte) (at time.Time, ok bool) {
	const date = "0000-00-00T00:00:00"
	if !hasForm(text, date) || string(text[:4]) == "0000" {
		return at, false
	}
	zone := text[len(date):]
	if len(zone) > 0 && zone[0] == '.' {
		digits, rest := cutDigits(zone[1:])
		if len(digits) == 0 {
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
	return at, at.Unix() >= firstSecond && at.Unix() < endSecond
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
