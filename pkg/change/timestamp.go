package change

import (
	"time"

	"github.com/outflow-dev/outflow/internal/moment"
)

// timestamp is the time (UTC) of a value of type timestamp: S in RFC 3339, or N in epoch seconds or milliseconds, as
// package moment reads them.
func timestamp(v Value) (time.Time, bool) {
	switch v.Kind() {
	case KindS:
		return moment.Text(v.Text())
	case KindN:
		return moment.Number(v.Text())
	}
	return time.Time{}, false
}
