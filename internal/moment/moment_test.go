package moment_test

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/moment"
)

func TestNumber(t *testing.T) {
	for normal, want := range map[string]string{ // "" for none
		"0": "1970-01-01T00:00:00Z", "1795262400": "2026-11-21T12:00:00Z", "0.5": "1970-01-01T00:00:00.5Z", "-1.25": "1969-12-31T23:59:58.75Z",
		"1795262400.1234567899": "2026-11-21T12:00:00.123456789Z", "99999999999": "5138-11-16T09:46:39Z", "100000000000": "1973-03-03T09:46:40Z",
		"100000000000.5": "5138-11-16T09:46:40.5Z", "-62135596800": "0001-01-01T00:00:00Z", "-62135596800.5": "", "-62135596801": "",
		"253402300799999": "9999-12-31T23:59:59.999Z", "253402300800000": "", "253402300799.999": "9999-12-31T23:59:59.999Z",
		"253402300800.5": "", "99999999999999999999999999999999999999": "",
	} {
		at, ok := moment.Number([]byte(normal))
		require.Equal(t, want != "", ok, normal)
		if ok {
			require.Equal(t, want, at.Format(time.RFC3339Nano), normal)
		}
	}
}

func TestSecondsAreNeverMilliseconds(t *testing.T) {
	at, ok := moment.Seconds([]byte(strconv.FormatInt(moment.FirstMillisecond, 10)))
	require.True(t, ok)
	require.Equal(t, 5138, at.Year())
	_, ok = moment.Seconds([]byte("253402300800"))
	require.False(t, ok)
}

// What the time package writes is read back as it was, in whatever zone.
func TestTextIsWhatTheTimePackageWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 60*rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "minutes"))
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).In(zone)
		read, ok := moment.Text([]byte(at.Format(time.RFC3339Nano)))
		require.Equal(t, at.Year() >= 1 && at.Year() <= 9999, ok, "%s", at)
		require.True(t, !ok || read.Equal(at))
	})
}

func TestTextRefuses(t *testing.T) {
	for _, bad := range []string{"", "2026-11-21", "2026-11-21T12:00:00", "2026-11-21t12:00:00z", "2026-11-21 12:00:00Z", "2026-11-21T1:00:00Z",
		"2026-11-21T12:00:00,5Z", "2026-11-21T12:00:00.Z", "2026-11-21T12:00:00+24:00", "2026-11-21T12:00:00+01:60", "2026-11-21T12:00:00+0100",
		"2026-11-21T12:00:00Zx", "2026-02-30T12:00:00Z", "2016-12-31T23:59:60Z", "2026-11-21T24:00:00Z", "0000-12-31T12:00:00Z",
		"0000-12-31T23:00:00-02:00", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-01:00"} {
		_, ok := moment.Text([]byte(bad))
		require.False(t, ok, bad)
	}
}

// strict is the form as RFC 3339, section 5.6 has it, in upper case.
var strict = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func FuzzText(f *testing.F) {
	for _, seed := range []string{"2026-11-21T12:00:00Z", "2026-11-21T12:00:00.123456789123+01:30", "0000-12-31T23:00:00-02:00", "2026-11-21T1:00:00Z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := time.Parse(time.RFC3339Nano, text)
		want := strict.MatchString(text) && err == nil && text[:4] != "0000" && moment.Fits(at)
		read, ok := moment.Text([]byte(text))
		require.Equal(t, want, ok, "%q", text)
		require.True(t, !ok || read.Equal(at), "%q", text)
	})
}
