package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// sent is an event as the bus has taken it.
type sent struct{ ID, Type, Item, Version string }

// answer is what the bus does with a call.
type answer struct {
	codes  []string // of entries, "" for taken; missing ones are taken
	err    error    // of the call
	effect bool     // the entries are taken in spite of err
	extra  int      // added to FailedEntryCount
	short  bool     // the last entry is missing in the answer
}

// bus is an EventBridge that does as it is told.
type bus struct {
	script func(call int, entries []types.PutEventsRequestEntry) answer // nil for one that takes everything
	calls  [][]sent
	taken  []sent
}

func (b *bus) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var told answer
	if b.script != nil {
		told = b.script(len(b.calls), in.Entries)
	}
	out := &eventbridge.PutEventsOutput{FailedEntryCount: int32(told.extra)}
	var call []sent
	for i, entry := range in.Entries {
		call = append(call, read(entry))
		code := ""
		if i < len(told.codes) {
			code = told.codes[i]
		}
		if code != "" {
			out.FailedEntryCount++
			out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: aws.String(code), ErrorMessage: aws.String("secret")})
			continue
		}
		if told.err == nil || told.effect {
			b.taken = append(b.taken, call[i])
		}
		out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String(fmt.Sprint(i))})
	}
	b.calls = append(b.calls, call)
	if told.short {
		out.Entries = out.Entries[1:]
	}
	if told.err != nil {
		return nil, told.err
	}
	return out, nil
}

func read(entry types.PutEventsRequestEntry) sent {
	var detail struct {
		Metadata struct {
			ID, Type, ItemVersion string
			Key                   json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(*entry.Detail), &detail); err != nil {
		panic(err)
	}
	m := detail.Metadata
	return sent{m.ID, m.Type, string(m.Key), m.ItemVersion}
}

const small = `
outflow: 1
name: small
event_source: com.example.small
table: {key: [PK]}
entities:
  Thing:
    key: {PK: "T#{id}"}
    attributes: {text: string, size: integer}
    events: {Noted: {data: [text]}, Sized: {data: [size], change: [insert]}}
`

var now = time.Unix(1793611300, 0) // 100 s after the records' creation

// world is an outlet with a bus and a bucket.
type world struct {
	bus    *bus
	claims *s3fake.S3
	outlet *publish.Outlet
	model  *model.Model
}

func newWorld(t require.TestingT, at time.Time, maxBytes int) *world {
	m, faults := model.Parse("model.yaml", []byte(small))
	require.NoError(t, faults.Err())
	w := &world{bus: &bus{}, claims: &s3fake.S3{}, model: m}
	outlet, err := publish.NewOutlet(publish.OutletConfig{
		Model: m, Bus: "small-dev", Client: w.bus, Claims: w.claims, ClaimsBucket: "claims", MaxBytes: maxBytes,
		Now: func() time.Time { return at }, Retry: consume.Retry{First: 1, Max: 1, Attempts: 4},
	})
	require.NoError(t, err)
	w.outlet = outlet
	return w
}

// changes are an update of the item of each letter: an upper-case letter is an insertion, which has two events.
func (w *world) changes(t require.TestingT, letters string) []*change.Change {
	var records []string
	for i, letter := range strings.Split(letters, "") {
		operation, images := "MODIFY", `"OldImage":{"PK":{"S":"T#%[1]s"}},"NewImage":{"PK":{"S":"T#%[1]s"},"text":{"S":"x"}}`
		if strings.ToUpper(letter) == letter {
			operation, images = "INSERT", `"NewImage":{"PK":{"S":"T#%[1]s"},"text":{"S":"x"},"size":{"N":"1"}}`
		}
		switch letter {
		case "!": // does not decode
			images = `"NewImage":{"PK":{"S":"T#%[1]s"},"x":{"N":"none"}}`
		case "?": // one of its two events cannot be made
			images = `"NewImage":{"PK":{"S":"T#%[1]s"},"size":{"S":"large"}}`
		}
		records = append(records, fmt.Sprintf(`{"eventID":"e%d","eventName":"%s","eventSource":"aws:dynamodb",
			"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/small/stream/2026-11-02T09:14:07.312","dynamodb":{
			"ApproximateCreationDateTime":1793611200,"SequenceNumber":"%021d","Keys":{"PK":{"S":"T#%s"}},%s}}`,
			i, operation, i, strings.ToLower(letter), fmt.Sprintf(images, strings.ToLower(letter))))
	}
	all, err := change.Decode(w.model, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	require.NoError(t, err)
	pointers := make([]*change.Change, len(all))
	for i := range all {
		pointers[i] = &all[i]
	}
	return pointers
}

func (w *world) deliver(t *testing.T, letters string) consume.Outcome {
	t.Helper()
	return w.outlet.Deliver(t.Context(), w.changes(t, letters))
}

// text is the taken events: item and the first letter of the type.
func (b *bus) text() string {
	var all []string
	for _, s := range b.taken {
		all = append(all, s.name())
	}
	return strings.Join(all, " ")
}

func (s sent) name() string { return strings.Split(s.Item, `"`)[3] + s.Type[:1] }

// shape is the calls: the number of entries of each.
func (b *bus) shape() []int {
	var all []int
	for _, call := range b.calls {
		all = append(all, len(call))
	}
	return all
}

var errCut = errors.New("connection reset by peer")

// on answers the calls of those numbers, and takes the others.
func on(told map[int]answer) func(int, []types.PutEventsRequestEntry) answer {
	return func(call int, _ []types.PutEventsRequestEntry) answer { return told[call] }
}

// always answers every entry of the item with the code.
func always(code string, items string) func(int, []types.PutEventsRequestEntry) answer {
	return func(_ int, entries []types.PutEventsRequestEntry) answer {
		a := answer{codes: make([]string, len(entries))}
		for i, entry := range entries {
			if strings.Contains(items, read(entry).name()[:1]) {
				a.codes[i] = code
			}
		}
		return a
	}
}
