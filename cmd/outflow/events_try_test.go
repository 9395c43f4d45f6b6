package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	shippedEvent = `{"source": "com.example.shop", "detail-type": "OrderShipped",
  "detail": {"data": {"status": "SHIPPED", "total": 12.5}}}`
	overHundred = `{"detail": {"data": {"total": [{"numeric": [">", 100]}]}}}`
)

func TestEventsTest(t *testing.T) {
	event := write(t, "event.json", shippedEvent)
	fits := write(t, "fits.json", `{"detail-type": [{"prefix": "Order"}]}`)
	half := write(t, "half.json", "{\n  \"source\": [\n")
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"files that match", []string{fits, event}, exitFine, "matches\n"},
		{"JSON that matches", []string{`{"source": ["com.example.shop"]}`, shippedEvent}, exitFine, "matches\n"},
		{"which field stops it", []string{overHundred, event}, exitWrong,
			"does not match\ndetail.data.total must be one of [{\"numeric\": [\">\", 100]}], and has 12.5\n"},
		{"a field that is absent", []string{`{"detail": {"state": ["x"]}}`, event}, exitWrong,
			"detail.state must be one of [\"x\"], which is absent (or empty, or an object)\n"},
		{"each combination of $or", []string{`{"$or": [{"source": ["a"]}, {"detail-type": ["b"]}]}`, event}, exitWrong,
			"combination 2 of 2: detail-type must be one of [\"b\"], and has \"OrderShipped\"\n"},
		{"a pattern on the command line that is none", []string{`{"a": [{"numeric": [">"]}]}`, event}, exitUsage,
			"PATTERN:1:24: event pattern: expected a number here"},
		{"an event on the command line that is none", []string{fits, "{\n \"a\": x}"}, exitUsage, "EVENT:2:7: event: not JSON"},
		{"a pattern in a file that is none", []string{half, event}, exitBlind, half + ":3:1: event pattern: not JSON"},
		{"an event in a file that is none", []string{fits, half}, exitBlind, half + ":3:1: event: not JSON"},
		{"no such pattern", []string{"nowhere.json", event}, exitBlind, "read the pattern: open nowhere.json"},
		{"no such event", []string{fits, "nowhere.json"}, exitBlind, "read the event: open nowhere.json"},
		{"both from standard input", []string{"-", "-"}, exitUsage, "cannot both be standard input"},
		{"one argument", []string{fits}, exitUsage, "<event>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, stdout, stderr := outflow(t, append([]string{"events", "test"}, row.args...)...)
			require.Equal(t, row.status, status, "%s%s", stdout, stderr)
			require.Contains(t, stdout+stderr, row.says)
		})
	}
}

func TestEventsTestJSON(t *testing.T) {
	status, stdout, _ := outflow(t, "events", "test", "--json", overHundred, shippedEvent)
	require.Equal(t, exitWrong, status)
	require.JSONEq(t, `{"matches": false, "misses": [
		{"field": "detail.data.total", "want": [{"numeric": [">", 100]}], "found": [12.5]}]}`, stdout)
	status, stdout, _ = outflow(t, "events", "test", "--json", `{"source": [{"exists": true}]}`, shippedEvent)
	require.Equal(t, exitFine, status)
	require.JSONEq(t, `{"matches": true, "misses": []}`, stdout)
}

func TestEventsTestReadsStandardInput(t *testing.T) {
	var out bytes.Buffer
	c := eventsTestCommand{Pattern: `{"source": ["com.example.shop"]}`, Event: "-"}
	require.NoError(t, c.Run(strings.NewReader(shippedEvent+"\n"), &out))
	require.Equal(t, "matches\n", out.String())
	require.ErrorContains(t, c.Run(strings.NewReader("{\n}\n{}"), &out), "standard input:3:1: event: not JSON")
	require.ErrorContains(t, c.Run(strings.NewReader(strings.Repeat(" ", maxEventFile+1)), &out),
		"standard input has more than 2097152 bytes")
}
