package publish_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

const people = `
outflow: 1
name: people
event_source: com.example.people
table: {key: [PK]}
entities:
  Person:
    key: {PK: "P#{id}"}
    attributes:
      email: {type: string, pii: true}
      age: {type: integer, pii: true}
      home: {fields: {city: string}, pii: true}
      name: string
      score: integer
    events:
      PersonChanged: {data: "*"}
      EmailChanged: {changes: [email], data: [name]}
      AgeRaised: {when: "new.age > old.age", data: [name]}
      AgeBecame: {becomes: {age: 7}, data: [name]}
      Scored: {data: [score]}
`

// canary is personal data that must be found nowhere.
const canary = "canary-3141592653"

// reasons is a parking that keeps what is said of the records. The record itself is parked whole, which is its purpose.
type reasons struct{ text strings.Builder }

func (r *reasons) Park(_ context.Context, outlet string, c *change.Change, p consume.Poison) error {
	fmt.Fprintln(&r.text, outlet, consume.ParkedKey(outlet, c), p.Reason)
	return nil
}

// everything that leaves a consumer of the model for these records: calls of the bus, claims, logs, metrics, reasons.
func everything(t *testing.T, source string, records []string) (text string, parked string, claims int) {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(source))
	require.NoError(t, faults.Err())
	var logs, metrics, left bytes.Buffer
	claimed := &s3fake.S3{}
	client := &bus{script: func(_ int, entries []types.PutEventsRequestEntry) answer {
		for _, entry := range entries {
			fmt.Fprintln(&left, *entry.Source, *entry.DetailType, *entry.Detail, entry.Resources)
		}
		return answer{}
	}}
	outlet, err := publish.NewOutlet(publish.OutletConfig{Model: m, Bus: "people", Client: client, Claims: claimed, ClaimsBucket: "claims",
		MaxBytes: 2 << 10, Now: func() time.Time { return now }})
	require.NoError(t, err)
	var said reasons
	consumer := consume.New(consume.Consumer{Model: m, Chains: [][]consume.Outlet{{outlet}}, Parking: &said, Now: func() time.Time { return now },
		Log:     slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: &consume.Metrics{Out: &metrics, Stage: "dev"}})
	response, err := consumer.Handle(t.Context(), []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	require.NoError(t, err)
	require.Empty(t, response.BatchItemFailures)
	for key, object := range claimed.Objects() {
		fmt.Fprintln(&left, key, string(object.Body))
	}
	require.NotEmpty(t, client.taken)
	require.NotEmpty(t, metrics.String())
	return left.String() + logs.String() + metrics.String() + said.text.String(), said.text.String(), len(claimed.Objects())
}

// personRecord is an update of a person from old to new attributes.
func personRecord(n int, old, new string) string {
	return fmt.Sprintf(`{"eventID":"e%d","eventName":"MODIFY","eventSource":"aws:dynamodb",
		"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/people/stream/2026-11-02T09:14:07.312","dynamodb":{
		"ApproximateCreationDateTime":1793611200,"SequenceNumber":"%[1]d","Keys":{"PK":{"S":"P#%[1]d"}},
		"OldImage":{"PK":{"S":"P#%[1]d"}%[2]s},"NewImage":{"PK":{"S":"P#%[1]d"}%[3]s}}}`, n, old, new)
}

// Whatever a change holds, personal data leaves only in an event whose data names it.
func TestPersonalDataLeavesOnlyWhereItIsNamed(t *testing.T) {
	email := `,"email":{"S":"` + canary + `"}`
	records := []string{
		personRecord(1, "", email+`,"name":{"S":"Ann"}`),
		personRecord(2, email, `,"email":{"S":"other"},"name":{"S":"Ann"}`),
		personRecord(3, email, email+`,"home":{"M":{"city":{"S":"`+canary+`"}}}`),
		personRecord(4, `,"age":{"N":"6"}`, `,"age":{"S":"`+canary+`"}`),                       // no integer: the rules fail
		personRecord(5, email, email+`,"score":{"S":"`+canary+`"}`),                            // no integer: parked
		personRecord(6, email, email+`,"name":{"S":"`+strings.Repeat("ü", 2<<10)+`"}`),         // a claim
		personRecord(7, email, email+`,"age":{"N":"`+canary+`"}`),                              // does not decode: parked
		personRecord(8, `,"age":{"N":"6"}`+email, `,"email":{"L":[{"S":"`+canary+`"}]}`),       // not of its type
		personRecord(9, `,"home":{"S":"`+canary+`"}`, `,"home":{"M":{"`+canary+`":{"S":""}}}`), // an unknown member
	}
	text, parked, claims := everything(t, people, records)
	require.NotContains(t, text, canary)
	require.Contains(t, text, `"changed":["email"]`, "that it changed is told")
	require.Contains(t, parked, "score")
	require.Equal(t, 2, strings.Count(parked, "\n"))
	require.Positive(t, claims)

	named := strings.Replace(people, `EmailChanged: {changes: [email], data: [name]}`, `EmailChanged: {changes: [email], data: [name, email]}`, 1)
	text, _, _ = everything(t, named, records)
	require.Contains(t, text, canary, "where it is named it leaves, so the test sees it")
}
