package bus_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
)

func TestAcceptedEventsAreAppendedAsSubscribersGetThem(t *testing.T) {
	dir := t.TempDir()
	c := client(t, open(t, config(dir)))
	stamped := placed("o2")
	stamped.Time = aws.Time(time.Date(2026, 11, 20, 9, 30, 15, 999e6, time.UTC))
	stamped.Resources = []string{"arn:a", `b"c`}
	stamped.Detail = aws.String("{\n  \"price\": 1.50,\t\"text\": \"<é\\u0001>\" }")
	stamped.EventBusName = aws.String("arn:aws:events:us-east-1:000000000000:event-bus/shop-dev")
	ids := put(t, c, placed("o1"), stamped)
	require.Equal(t, []string{"id-1", "id-2"}, ids)
	require.Equal(t, []string{
		`{"version":"0","id":"id-1","detail-type":"OrderPlaced","source":"com.example.shop","account":"000000000000",` +
			`"time":"2026-11-21T12:00:00Z","region":"us-east-1","resources":[],"detail":{"order":"o1"}}`,
		`{"version":"0","id":"id-2","detail-type":"OrderPlaced","source":"com.example.shop","account":"000000000000",` +
			`"time":"2026-11-20T09:30:15Z","region":"us-east-1","resources":["arn:a","b\"c"],` +
			`"detail":{"price":1.50,"text":"<é\u0001>"}}`,
	}, lines(t, dir, "events.ndjson"))
}

// Entries that are refused on their own: each stands between two that are accepted.
func TestEntriesThatAreRefused(t *testing.T) {
	rows := []struct {
		name          string
		spoil         func(e *types.PutEventsRequestEntry)
		code, message string
	}{
		{"no source", func(e *types.PutEventsRequestEntry) { e.Source = nil }, "InvalidArgument", "Source is a required argument"},
		{"no detail-type", func(e *types.PutEventsRequestEntry) { e.DetailType = nil }, "InvalidArgument",
			"DetailType is a required argument"},
		{"no detail", func(e *types.PutEventsRequestEntry) { e.Detail = nil }, "InvalidArgument", "Detail is a required argument"},
		{"empty detail", func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("") }, "InvalidArgument",
			"Detail is a required argument"},
		{"source of AWS", func(e *types.PutEventsRequestEntry) { e.Source = aws.String("aws.s3") },
			"NotAuthorizedForSourceException", "Not authorized for the source"},
		{"half a detail", func(e *types.PutEventsRequestEntry) { e.Detail = aws.String(`{"a":`) }, "MalformedDetail", "malformed"},
		{"list as detail", func(e *types.PutEventsRequestEntry) { e.Detail = aws.String(` [1]`) }, "MalformedDetail", "malformed"},
		{"two details", func(e *types.PutEventsRequestEntry) { e.Detail = aws.String(`{} {}`) }, "MalformedDetail", "malformed"},
		{"long detail-type", func(e *types.PutEventsRequestEntry) { e.DetailType = aws.String(strings.Repeat("é", 129)) },
			"InvalidArgument", "128 characters"},
		{"too large", func(e *types.PutEventsRequestEntry) { e.Resources = []string{strings.Repeat("r", 500)} },
			"InvalidArgument", "over the limit of 500"},
		{"no such bus", func(e *types.PutEventsRequestEntry) { e.EventBusName = aws.String("shop-prod") },
			"ResourceNotFoundException", "Event bus shop-prod does not exist"},
		{"bus of another region",
			func(e *types.PutEventsRequestEntry) {
				e.EventBusName = aws.String("arn:aws:events:eu-west-1:1:event-bus/x")
			},
			"ValidationException", "us-east-1"},
	}
	dir := t.TempDir()
	cfg := config(dir)
	cfg.MaxEntryBytes, cfg.MaxCallBytes = 500, 5000
	c := client(t, open(t, cfg))
	for n, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			spoilt := placed("spoilt")
			row.spoil(&spoilt)
			entries := []types.PutEventsRequestEntry{placed("first"), spoilt, placed("last")}
			out, err := c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries})
			require.NoError(t, err)
			require.Equal(t, int32(1), out.FailedEntryCount)
			require.Len(t, out.Entries, 3)
			require.NotEmpty(t, out.Entries[0].EventId)
			require.NotEmpty(t, out.Entries[2].EventId)
			require.Nil(t, out.Entries[1].EventId)
			require.Equal(t, row.code, *out.Entries[1].ErrorCode)
			require.Contains(t, *out.Entries[1].ErrorMessage, row.message)
			require.Len(t, lines(t, dir, "events.ndjson"), 2*(n+1))
		})
	}
	require.NotContains(t, strings.Join(lines(t, dir, "events.ndjson"), ""), "spoilt")
}

func TestCallsThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	c := client(t, open(t, config(dir)))
	many := make([]types.PutEventsRequestEntry, 11)
	for n := range many {
		many[n] = placed("o")
	}
	large := placed(strings.Repeat("x", 200_000))
	rows := []struct {
		name    string
		entries []types.PutEventsRequestEntry
		message string
	}{
		{"none", []types.PutEventsRequestEntry{}, "greater than or equal to 1"},
		{"eleven", many, "less than or equal to 10"},
		{"too large together", []types.PutEventsRequestEntry{large, large},
			"Total size of the entries in the request is over the limit"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: row.entries})
			fails(t, err, "ValidationException", row.message)
		})
	}
	require.Empty(t, lines(t, dir, "events.ndjson"))
}

func TestSizeLimits(t *testing.T) {
	const fixed = len("com.example.shop") + len("OrderPlaced") + len(`{"order": ""}`)
	for _, row := range []struct {
		name  string
		limit int
		time  bool
	}{
		{"256 KiB", 256 << 10, false}, {"1 MiB", 1 << 20, false}, {"with a time", 256 << 10, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := config(t.TempDir())
			cfg.MaxEntryBytes = row.limit
			c := client(t, open(t, cfg))
			exactly := row.limit - fixed
			var at *time.Time
			if row.time {
				at = aws.Time(noon)
				exactly -= 14
			}
			fits, over := placed(strings.Repeat("x", exactly)), placed(strings.Repeat("x", exactly+1))
			fits.Time, over.Time = at, at
			put(t, c, fits)
			_, err := c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{over}})
			fails(t, err, "ValidationException", "over the limit")
		})
	}
}

func TestHowDeepADetailMayBe(t *testing.T) {
	c := client(t, open(t, config(t.TempDir())))
	nested := func(levels int) types.PutEventsRequestEntry {
		e := placed("")
		e.Detail = aws.String(strings.Repeat(`{"a\"[":`, levels-1) + "{}" + strings.Repeat("}", levels-1))
		return e
	}
	put(t, c, nested(1100))
	out, err := c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{nested(1101)}})
	require.NoError(t, err)
	require.Equal(t, "MalformedDetail", *out.Entries[0].ErrorCode)
	require.Contains(t, *out.Entries[0].ErrorMessage, "1101 levels deep")
}

// Whatever is sent, the answer is JSON and the file has whole lines.
func FuzzPutEvents(f *testing.F) {
	f.Add(`{"Entries":[{"Source":"a","DetailType":"b","Detail":"{}","Time":1.7e9,"Resources":["r"]}]}`)
	f.Add(`{"Entries":[{"Source":"a","DetailType":"\ud800","Detail":"{\"a\":[1,2,{}]}"}]}`)
	f.Add(`{"Entries":[{"Time":"x"}]}`)
	f.Add(`{"Entries":null}`)
	f.Add(`[]`)
	dir := f.TempDir()
	b := open(f, config(dir))
	f.Fuzz(func(t *testing.T, body string) {
		var out struct {
			FailedEntryCount int
			Entries          []struct{ EventId, ErrorCode string }
		}
		code := call(t, b, "PutEvents", body, &out)
		require.Len(t, lines(t, dir, "events.ndjson"), len(out.Entries)-out.FailedEntryCount, "%s", code)
		require.NoError(t, os.Truncate(filepath.Join(dir, "events.ndjson"), 0)) // the writer appends wherever the end is
	})
}
