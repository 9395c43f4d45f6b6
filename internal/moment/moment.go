// Package moment says which times an item of the table can hold, and reads them: strings in RFC 3339, and numbers in
// epoch seconds or milliseconds, of the years 1 to 9999. Those who write items and those who read changes share it, so
// that no time can be written that its readers leave out.
package moment

import (
	"bytes"
	"time"
)

// The seconds that RFC 3339 can write: from the start of the year 1 to before that of the year 10000.
const firstSecond, endSecond = -62135596800, 253402300800

// FirstMillisecond is the integer from which on a number counts as milliseconds: as seconds it would be in the year
// 5138, as milliseconds it is in 1973.
const FirstMillisecond = 100_000_000_000

const millisecondDigits = len("100000000000")

// Fits says whether a time is in the years 1 to 9999 in UTC.
func Fits(at time.Time) bool { return at.Unix() >= firstSecond && at.Unix() < endSecond }

// Number is the time (UTC) of a number in normal form: epoch seconds, with a fraction or without, or, as an integer of
// at least FirstMillisecond, epoch milliseconds. It is not ok if the time does not fit.
func Number(normal []byte) (at time.Time, ok bool) {
	if bytes.IndexByte(normal, '.') < 0 && normal[0] != '-' && len(normal) >= millisecondDigits {
		return instant(normal, 3)
	}
	return instant(normal, 0)
}

// Seconds is the time (UTC) of a number in normal form, in epoch seconds however large it is. What is finer than a
// nanosecond is cut off. It is not ok if the time does not fit.
func Seconds(normal []byte) (at time.Time, ok bool) { return instant(normal, 0) }

// instant is the time of a number in normal form, times ten to the power of scale seconds. An integer has more digits
// than scale.
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
	return at, Fits(at)
}
