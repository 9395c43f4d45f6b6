package bus_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
)

// subscriber is an HTTP endpoint that answers with a status chosen by the test and keeps what it accepted.
type subscriber struct {
	*httptest.Server
	answer func(attempt int64) (status int, retryAfter string)

	attempts atomic.Int64
	mu       sync.Mutex
	got      []string
}

func newSubscriber(t testing.TB, answer func(attempt int64) (int, string)) *subscriber {
	t.Helper()
	s := &subscriber{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%v, %v", err, r.Header)
		}
		status, after := s.answer(s.attempts.Add(1))
		if status == http.StatusOK {
			s.mu.Lock()
			s.got = append(s.got, string(body))
			s.mu.Unlock()
		}
		w.Header().Set("Retry-After", after)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *subscriber) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func always(status int) func(int64) (int, string) {
	return func(int64) (int, string) { return status, "" }
}

func TestASubscriberGetsTheEventAsTheFileHasIt(t *testing.T) {
	dir := t.TempDir()
	s := newSubscriber(t, always(http.StatusOK))
	c := client(t, open(t, config(dir)))
	subscribe(t, c, "all", types.Target{Id: aws.String("url"), Arn: aws.String(s.URL)})
	put(t, c, placed("o1"))
	eventually(t, func() bool { return len(s.received()) == 1 })
	require.Equal(t, lines(t, dir, "events.ndjson"), s.received())
}

func TestOnlyEnabledRulesThatMatchDeliver(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir))
	c := client(t, b)
	for _, rule := range []string{"on", "off", "removed"} {
		subscribe(t, c, rule, types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + rule)})
	}
	name := aws.String("shop-dev")
	_, err := c.DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String("off"), EventBusName: name})
	require.NoError(t, err)
	in := &eventbridge.RemoveTargetsInput{Rule: aws.String("removed"), EventBusName: name, Ids: []string{"q"}}
	_, err = c.RemoveTargets(t.Context(), in)
	require.NoError(t, err)
	foreign, elsewhere := placed("o2"), placed("o3")
	foreign.Source = aws.String("com.example.other")
	elsewhere.EventBusName = nil
	put(t, c, placed("o1"), foreign, elsewhere)
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, lines(t, dir, "events.ndjson")[:1], lines(t, dir, "queues", "on.ndjson"))
	require.Empty(t, lines(t, dir, "queues", "off.ndjson"))
	require.Empty(t, lines(t, dir, "queues", "removed.ndjson"))
}

func TestATargetsInputReplacesTheEvent(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir))
	c := client(t, b)
	subscribe(t, c, "all", types.Target{
		Id: aws.String("q"), Arn: aws.String(queueARN + "q"), Input: aws.String("{\n\"wake\": \"up\"}"),
	})
	put(t, c, placed("o1"))
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, []string{`{"wake":"up"}`}, lines(t, dir, "queues", "q.ndjson"))
}

// dead is a line of a dead-letter file, without what the row does not ask about.
type dead struct {
	Reason, Bus, Rule, Target string
	Attributes                map[string]string
	Event                     json.RawMessage
}

func deadLetters(t *testing.T, elements ...string) []dead {
	t.Helper()
	var letters []dead
	for _, line := range lines(t, filepath.Join(elements...)) {
		var letter dead
		require.NoError(t, json.Unmarshal([]byte(line), &letter))
		letters = append(letters, letter)
	}
	return letters
}

// Which answers of a subscriber are tried again: as an API destination does it.
func TestAnswersOfASubscriber(t *testing.T) {
	rows := []struct {
		status int
		reason string // in the dead letter of a target without retries; "" where the event was delivered
	}{
		{200, ""}, {204, ""}, {301, "NotRetryable"}, {400, "NotRetryable"}, {401, "MaximumRetryAttempts"},
		{403, "NotRetryable"}, {404, "NotRetryable"}, {407, "MaximumRetryAttempts"}, {409, "MaximumRetryAttempts"},
		{429, "MaximumRetryAttempts"}, {500, "MaximumRetryAttempts"}, {503, "MaximumRetryAttempts"},
	}
	for _, row := range rows {
		t.Run(strconv.Itoa(row.status), func(t *testing.T) {
			dir := t.TempDir()
			b := open(t, config(dir))
			c := client(t, b)
			s := newSubscriber(t, always(row.status))
			subscribe(t, c, "all", types.Target{
				Id: aws.String("url"), Arn: aws.String(s.URL),
				RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(0)},
			})
			put(t, c, placed("o1"))
			require.NoError(t, b.Close(t.Context()))
			require.Equal(t, int64(1), s.attempts.Load())
			letters := deadLetters(t, dir, "dead-letters.ndjson")
			if row.reason == "" {
				require.Empty(t, letters)
				return
			}
			require.Len(t, letters, 1)
			event := json.RawMessage(lines(t, dir, "events.ndjson")[0])
			attributes := map[string]string{
				"RULE_ARN": "arn:aws:events:us-east-1:000000000000:rule/shop-dev/all", "TARGET_ARN": s.URL, "ERROR_CODE": "ERROR_FROM_TARGET",
				"ERROR_MESSAGE":  fmt.Sprintf("the subscriber answered %d %s", row.status, http.StatusText(row.status)),
				"RETRY_ATTEMPTS": "0",
			}
			if row.status == http.StatusTooManyRequests {
				attributes["ERROR_CODE"] = "THROTTLING"
			}
			if row.reason != "NotRetryable" {
				attributes["EXHAUSTED_RETRY_CONDITION"] = row.reason
			}
			require.Equal(t, dead{row.reason, "shop-dev", "all", "url", attributes, event}, letters[0])
		})
	}
}

func TestASubscriberThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir))
	c := client(t, b)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	subscribe(t, c, "all", types.Target{
		Id: aws.String("url"), Arn: aws.String(gone.URL), RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(1)},
	})
	put(t, c, placed("o1"))
	require.NoError(t, b.Close(t.Context()))
	letters := deadLetters(t, dir, "dead-letters.ndjson")
	require.Len(t, letters, 1)
	require.Equal(t, "CONNECTION_FAILURE", letters[0].Attributes["ERROR_CODE"])
	require.Contains(t, letters[0].Attributes["ERROR_MESSAGE"], "connection refused")
	require.Equal(t, "1", letters[0].Attributes["RETRY_ATTEMPTS"])
}

func TestRetryAfterIsHeeded(t *testing.T) {
	var refused time.Time
	var pause atomic.Int64
	s := newSubscriber(t, func(attempt int64) (int, string) {
		if attempt == 1 {
			refused = time.Now()
			return http.StatusTooManyRequests, "1"
		}
		pause.Store(int64(time.Since(refused)))
		return http.StatusOK, ""
	})
	b := open(t, config(t.TempDir()))
	c := client(t, b)
	subscribe(t, c, "all", types.Target{Id: aws.String("url"), Arn: aws.String(s.URL)})
	put(t, c, placed("o1"))
	require.NoError(t, b.Close(t.Context()))
	require.Len(t, s.received(), 1)
	require.GreaterOrEqual(t, time.Duration(pause.Load()), time.Second)
}

func TestADeadLetterQueueOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir))
	c := client(t, b)
	subscribe(t, c, "all", types.Target{
		Id: aws.String("url"), Arn: aws.String(newSubscriber(t, always(http.StatusGone)).URL),
		DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String(queueARN + "undelivered")},
	})
	put(t, c, placed("o1"), placed("o2"))
	require.NoError(t, b.Close(t.Context()))
	require.Len(t, deadLetters(t, dir, "queues", "undelivered.ndjson"), 2)
	require.Empty(t, lines(t, dir, "dead-letters.ndjson"))
	require.Equal(t, int64(2), b.Counts().Dead)
}

func TestManyWritersAtOnce(t *testing.T) {
	dir := t.TempDir()
	cfg := config(dir)
	cfg.NewID = nil
	b := open(t, cfg)
	c := client(t, b)
	s := newSubscriber(t, always(http.StatusOK))
	subscribe(t, c, "queue", types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + "q")})
	subscribe(t, c, "url", types.Target{Id: aws.String("url"), Arn: aws.String(s.URL)})
	var writers sync.WaitGroup
	var accepted sync.Map
	for w := range 8 {
		writers.Go(func() {
			for n := range 25 {
				out, err := c.PutEvents(context.Background(), &eventbridge.PutEventsInput{
					Entries: []types.PutEventsRequestEntry{placed(fmt.Sprint(w, n)), placed(fmt.Sprint(w, -n))},
				})
				if err != nil || out.FailedEntryCount != 0 {
					t.Errorf("%v %+v", err, out)
					return
				}
				for _, e := range out.Entries {
					accepted.Store(*e.EventId, true)
				}
			}
		})
	}
	writers.Wait()
	require.NoError(t, b.Close(t.Context()))
	stored := lines(t, dir, "events.ndjson")
	require.Len(t, stored, 400)
	for _, line := range stored {
		var event struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(line), &event))
		_, known := accepted.LoadAndDelete(event.ID)
		require.True(t, known, "%s", line)
	}
	require.ElementsMatch(t, stored, lines(t, dir, "queues", "q.ndjson"))
	require.ElementsMatch(t, stored, s.received())
	counts := b.Counts()
	require.Equal(t, [4]int64{400, 800, 0, 0}, [4]int64{counts.Accepted, counts.Delivered, counts.Dead, counts.Pending})
}
