package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/console"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *time.Time {
	then := now.Add(-d)
	return &then
}

// healthy is a status with nothing wrong.
func healthy() console.Status {
	return console.Status{
		At: now, Since: now.Add(-time.Hour), Stage: "dev", Table: "shop-dev",
		Engines: []console.Engine{{Name: "OpenSearch", Endpoint: "http://127.0.0.1:9200", PID: 7}},
		Mappings: []console.Mapping{{
			ID: "m", Function: "shop-dev-consumer", Enabled: true, Lag: console.Lag{Records: 3, Oldest: ago(90 * time.Second)},
			Counts: map[string]int{"PolledEventCount": 12, "DroppedEventCount": 0},
			Alarms: []console.Alarm{{Kind: "not stored", Message: "is tried again"}},
		}},
		Outlets: []console.Outlet{{Name: "search", Counts: map[string]int{"Written": 9, "Stale": 2}}, {Name: "events"}},
	}
}

func TestWhatIsWrong(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*console.Status)
		wrong  string // "" where nothing is
	}{
		{"nothing", func(*console.Status) {}, ""},
		{"records that wait", func(s *console.Status) { s.Mappings[0].Lag.AtLeast = true }, ""},
		{"an engine is down", func(s *console.Status) { s.Engines[0].Down = "connection refused" },
			"OpenSearch does not answer at http://127.0.0.1:9200: connection refused; see its log"},
		{"a mapping is disabled", func(s *console.Status) { s.Mappings[0].Enabled = false }, "is disabled: nothing is read"},
		{"a batch fails", func(s *console.Status) { s.Mappings[0].Failing = []string{"a batch comes again"} },
			"shop-dev-consumer: a batch comes again"},
		{"changes were lost", func(s *console.Status) {
			s.Mappings[0].Alarms = []console.Alarm{{Loss: true, Times: 2, At: now, Message: "3 records are lost"}}
		}, "3 records are lost (2 times, last at 2026-11-21T12:00:00Z)"},
		{"records are parked", func(s *console.Status) {
			s.Parked = console.Parked{Records: 2, Batches: 1, Oldest: ago(26 * time.Hour)}
		},
			"2 records and 1 batches are parked, the oldest for 1d2h: outflow parked list shows them"},
		{"the bucket cannot be listed", func(s *console.Status) { s.Parked.Fault = "AccessDenied" }, "cannot be listed: AccessDenied"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := healthy()
			row.change(&s)
			s.Judge()
			if row.wrong == "" {
				require.True(t, s.Healthy, "%v", s.Wrong)
				require.NotNil(t, s.Wrong)
				return
			}
			require.False(t, s.Healthy)
			require.Len(t, s.Wrong, 1)
			require.Contains(t, s.Wrong[0], row.wrong)
		})
	}
}

func TestAges(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": -time.Second, "59s": 59*time.Second + 400*time.Millisecond, "1m0s": time.Minute, "2h5m": 2*time.Hour + 5*time.Minute, "3d1h": 73 * time.Hour,
	} {
		require.Equal(t, want, console.Age(d))
	}
}

// serve starts a console whose status changes with every look.
func serve(t *testing.T, change func(s *console.Status, look int)) *console.Server {
	t.Helper()
	var looks atomic.Int64
	s, err := console.Start(console.Config{Refresh: time.Millisecond, Look: func(context.Context) console.Status {
		s := healthy()
		change(&s, int(looks.Add(1)))
		s.Judge()
		return s
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

func get(t *testing.T, url, host string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	request.Host = host
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, answer.Header, string(content)
}

func TestThePageIsAPlainTableWithoutScripts(t *testing.T) {
	s := serve(t, func(s *console.Status, _ int) {
		s.Mappings[0].Lag.AtLeast = true
		s.Mappings[0].Failing = []string{`<script>alert("x")</script>`}
	})
	status, header, page := get(t, s.URL+"/", "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
	static, _, _ := strings.Cut(page, "<script>")
	for _, part := range []string{
		"<title>Outflow: shop-dev</title>", "color-scheme: light dark", "Something is wrong", "at least 3", "1m30s",
		"PolledEventCount 12", "Stale 2, Written 9", "nothing yet", "http://127.0.0.1:9200",
	} {
		require.Contains(t, static, part)
	}
	require.NotContains(t, page, "DroppedEventCount", "zeros are left out")
	require.NotContains(t, page, `<script>alert`)
	require.Contains(t, page, "&lt;script&gt;alert")
}

func TestTheStatusIsJSON(t *testing.T) {
	s := serve(t, func(*console.Status, int) {})
	status, header, body := get(t, s.URL+"/status", "localhost:1")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "application/json", header.Get("Content-Type"))
	require.Equal(t, "no-store", header.Get("Cache-Control"))
	var got console.Status
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	want := healthy()
	want.Judge()
	require.Equal(t, want, got)
}

func TestOtherNamesOfThisMachineAreRefused(t *testing.T) {
	s := serve(t, func(*console.Status, int) {})
	for _, host := range []string{"evil.example", "evil.example:80", "10.0.0.1"} {
		status, _, body := get(t, s.URL+"/status", host)
		require.Equal(t, http.StatusForbidden, status)
		require.NotContains(t, body, "shop-dev")
	}
	status, _, _ := get(t, s.URL+"/other", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestAnOpenPageIsSentWhatChanges(t *testing.T) {
	s := serve(t, func(s *console.Status, look int) { s.Mappings[0].Lag.Records = 1000 + look })
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/events", http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	events := bufio.NewScanner(answer.Body)
	for _, want := range []string{"<td>1001</td>", "<td>1002</td>", "<td>1003</td>"} {
		var event strings.Builder
		for events.Scan() && events.Text() != "" {
			require.True(t, strings.HasPrefix(events.Text(), "data: "), "%s", events.Text())
			event.WriteString(events.Text())
		}
		require.Contains(t, event.String(), want)
	}
	require.NoError(t, events.Err())
	// The server's Stop, in the cleanup, does not wait for this reader.
}
