package change

import (
	"time"

	"github.com/outflow-dev/outflow/internal/moment"
)

const errMoment reason = "is not a time in epoch seconds from 1970 to 9999"

// parseMoment reads epoch seconds as a JSON number has them, such as 1479499740, 1479499740.25 or 1.47949974E9. What
// is finer than a nanosecond is cut off.
func parseMoment(text []byte) (time.Time, error) {
	var short [64]byte
	normal, err := appendNormal(short[:0], text)
	if err != nil {
		return time.Time{}, errMoment
	}
	at, ok := moment.Seconds(normal)
	if !ok || normal[0] == '-' {
		return time.Time{}, errMoment
	}
	return at, nil
}
