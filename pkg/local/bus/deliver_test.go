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
	"strings"
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
	Reason, Bus, Rule, Target, ARN, Error string
	Attempts                              int
	Event                                 json.RawMessage
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
			text := fmt.Sprintf("the subscriber answered %d %s", row.status, http.StatusText(row.status))
			require.Equal(t, dead{row.reason, "shop-dev", "all", "url", s.URL, text, 1, event}, letters[0])
		})
	}
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

func TestTargetsThatAreRefused(t *testing.T) {
	rows := []struct{ name, target, want string }{
		{"transformer", `{"Id":"a","Arn":"http://x","InputTransformer":{"InputTemplate":"1"}}`,
			"ValidationException: Target a: the local bus has no InputTransformer"},
		{"bad id", `{"Id":"a b","Arn":"http://x"}`, `Target Id "a b"`},
		{"input is no JSON", `{"Id":"a","Arn":"http://x","Input":"{"}`, "Input is not JSON"},
		{"not an object", `1`, "SerializationException"},
		{"other service", `{"Id":"a","Arn":"arn:aws:sns:us-east-1:0:topic"}`,
			`Arn "arn:aws:sns:us-east-1:0:topic": the local bus delivers to`},
		{"queue with a path", `{"Id":"a","Arn":"arn:aws:sqs:us-east-1:0:../x"}`, "the local bus delivers to"},
		{"unknown function", `{"Id":"a","Arn":"arn:aws:lambda:us-east-1:0:function:f"}`,
			"ResourceNotFoundException There is no function f"},
		{"bad URL", `{"Id":"a","Arn":"http://x:y"}`, "invalid port"},
		{"attempts", `{"Id":"a","Arn":"http://x","RetryPolicy":{"MaximumRetryAttempts":186}}`,
			"MaximumRetryAttempts is 0 to 185"},
		{"age", `{"Id":"a","Arn":"http://x","RetryPolicy":{"MaximumEventAgeInSeconds":59}}`,
			"MaximumEventAgeInSeconds is 60 to 86400"},
		{"dead letters", `{"Id":"a","Arn":"http://x","DeadLetterConfig":{"Arn":"http://y"}}`, "not the ARN of an SQS queue"},
	}
	b := open(t, config(t.TempDir()))
	require.Empty(t, call(t, b, "PutRule", `{"Name":"r","EventPattern":"`+everything+`"}`, nil))
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var out struct {
				FailedEntries []struct{ ErrorCode, ErrorMessage string }
			}
			body := `{"Rule":"r","Targets":[{"Id":"fine","Arn":"http://x","RoleArn":"r","HttpParameters":null},` + row.target + `]}`
			got := call(t, b, "PutTargets", body, &out)
			if len(out.FailedEntries) > 0 {
				got = out.FailedEntries[0].ErrorCode + " " + out.FailedEntries[0].ErrorMessage
			}
			require.Contains(t, got, row.want)
		})
	}
	six := strings.Repeat(`{"Id":"%d","Arn":"http://x"},`, 5) + `{"Id":"more","Arn":"http://x"}`
	body := fmt.Sprintf(`{"Rule":"r","Targets":[`+six+`]}`, 1, 2, 3, 4, 5)
	require.Contains(t, call(t, b, "PutTargets", body, nil), "LimitExceededException")
	require.Contains(t, call(t, b, "PutTargets", `{"Rule":"r","Targets":[]}`, nil), "Targets: 1 to 100, not 0")
	require.Contains(t, call(t, b, "PutTargets", `{"Rule":"x","Targets":[{}]}`, nil), "Rule x does not exist")
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
