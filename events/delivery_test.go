package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/events"
)

func quoted(t *testing.T, text []byte) string {
	t.Helper()
	b, err := json.Marshal(string(text))
	require.NoError(t, err)
	return string(b)
}

func sqs(id, group, body string) string {
	return fmt.Sprintf(`{"messageId":%q,"receiptHandle":"r","body":%s,"attributes":{"ApproximateReceiveCount":"1","MessageGroupId":%q},
		"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:q","awsRegion":"eu-west-1"}`, id, body, group)
}

func batch(records ...string) []byte {
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

// notification is what SNS puts around a message in a queue.
func notification(message string) string {
	return `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:123456789012:t","Message":` + message + `}`
}

func TestReadTakesEveryWrapping(t *testing.T) {
	text := samples(t)["OrderPlaced.v1.insert"]
	want, err := events.Parse(text)
	require.NoError(t, err)
	for _, row := range []struct {
		name    string
		payload []byte
		id      string
	}{
		{"itself", text, ""},
		{"SQS", batch(sqs("m1", "", quoted(t, text))), "m1"},
		{"SNS in SQS", batch(sqs("m1", "", quoted(t, []byte(notification(quoted(t, text)))))), "m1"},
		{"SNS in SQS, raw delivery", batch(sqs("m1", "", quoted(t, text))), "m1"},
		{"SNS", batch(`{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{"Type":"Notification","MessageId":"m","Message":` +
			quoted(t, text) + `}}`), ""},
		{"SNS by HTTP", []byte(notification(quoted(t, text))), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			messages, err := events.Read(row.payload)
			require.NoError(t, err)
			require.Equal(t, []events.Message{{ID: row.id, Event: want}}, messages)
		})
	}
}

func TestReadRefusesWhatHoldsNoEvent(t *testing.T) {
	for _, payload := range []string{`{`, `7`, `{"requestContext":{}}`, `{"Type":"SubscriptionConfirmation","Message":"x"}`} {
		_, err := events.Read([]byte(payload))
		require.ErrorIs(t, err, events.ErrForeign, payload)
	}
	messages, err := events.Read(batch(sqs("m1", "", `"hello"`), `{"eventSource":"aws:s3"}`, sqs("m2", "", quoted(t, samples(t)["OrderPlaced.v1.insert"]))))
	require.NoError(t, err)
	require.ErrorIs(t, messages[0].Err, events.ErrForeign)
	require.ErrorContains(t, messages[1].Err, `"aws:s3"`)
	require.NoError(t, messages[2].Err)
}

func TestHandleAnswersWhatFailed(t *testing.T) {
	body := func(item string) string { return quoted(t, encoded(t, stock(t, item, 1, ""))) }
	for _, row := range []struct {
		name, handled, failed string
		payload               []byte
		cut                   bool // time is up after the first event
	}{
		{"all goes well", "a b", "", batch(sqs("m1", "", body("a")), sqs("m2", "", body("b"))), false},
		{"one fails", "a bad b", "m2", batch(sqs("m1", "", body("a")), sqs("m2", "", body("bad")), sqs("m3", "", body("b"))), false},
		{"one is foreign", "b", "m1", batch(sqs("m1", "", `"x"`), sqs("m2", "", body("b"))), false},
		{"a FIFO group waits behind what failed", "bad b", "m1 m2",
			batch(sqs("m1", "g", body("bad")), sqs("m2", "g", body("a")), sqs("m3", "h", body("b"))), false},
		{"time is up", "a", "m2", batch(sqs("m1", "", body("a")), sqs("m2", "", body("b"))), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var handled []string
			response, err := events.Handle(ctx, row.payload, func(_ context.Context, e *events.Event) error {
				item := strings.TrimSuffix(e.Metadata.ID, "-1")
				handled = append(handled, item)
				if row.cut {
					cancel()
				}
				if item == "bad" {
					return errors.New("no luck")
				}
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, row.handled, strings.Join(handled, " "))
			var failed []string
			for i, f := range response.BatchItemFailures {
				failed = append(failed, f.ItemIdentifier)
				require.ErrorContains(t, response.Errors[i], "message "+f.ItemIdentifier)
			}
			require.Equal(t, row.failed, strings.Join(failed, " "))
		})
	}
	response, err := events.Handle(t.Context(), encoded(t, stock(t, "a", 1, "")), func(context.Context, *events.Event) error { return errors.New("no luck") })
	require.EqualError(t, err, "no luck", "who invoked directly must learn it")
	answer, err := json.Marshal(response)
	require.NoError(t, err)
	require.JSONEq(t, `{"batchItemFailures":[]}`, string(answer))
}

// encoded is an event as it was delivered.
func encoded(t *testing.T, e *events.Event) []byte {
	t.Helper()
	text, err := json.Marshal(struct {
		events.Envelope
		Detail json.RawMessage `json:"detail"`
	}{e.Envelope, e.Detail})
	require.NoError(t, err)
	return text
}
