package change

import (
	"bytes"
	"time"
)

const errMoment reason = "is not a time in epoch seconds from 1970 to 9999"

// The seconds that RFC 3339 can write: from the start of the year 1 to before that of the year 10000.
const firstSecond, endSecond = -62135596800, 253402300800

// parseMoment reads epoch seconds as a JSON number has them, such as 1479499740, 1479499740.25 or 1.47949974E9. What
// is finer than a nanosecond is cut off.
func parseMoment(text []byte) (time.Time, error) {
	var short [64]byte
	normal, err := appendNormal(short[:0], text)
	if err != nil {
		return time.Time{}, errMoment
	}
	at, ok := instant(normal, 0)
	if !ok || normal[0] == '-' {
		return time.Time{}, errMoment
	}
	return at, nil
}

// instant is the time (UTC) of a number in normal form: epoch seconds, times ten to the power of scale. An integer has
// more digits than scale.
func instant(normal []byte, scale int) (time.Time, bool) {
	digits, negative := bytes.CutPrefix(normal, []byte("-"))
	whole, part, _ := bytes.Cut(digits, []byte("."))
	if scale > 0 {
		whole, part = whole[:len(whole)-scale], whole[len(whole)-scale:]
	}
	if len(whole) > len("253402300800") {
		return time.Time{}, false
	}
	seconds, nanos := int64(0), int64(0)
	for _, c := range whole {
		seconds = seconds*10 + int64(c-'0')
	}
	for i := range len("123456789") {
		nanos *= 10
		if i < len(part) {
			nanos += int64(part[i] - '0')
		}
	}
	if negative {
		seconds, nanos = -seconds, -nanos
	}
	at := time.Unix(seconds, nanos).UTC()
	return at, at.Unix() >= firstSecond && at.Unix() < endSecond
}
