package replay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/replay"
)

// bus is an EventBridge that keeps what it has taken, once fail is over with a call: the error of the call, or codes of
// entries.
type bus struct {
	fail  func(entries int) (codes []string, err error) // nil for one that takes everything
	taken []types.PutEventsRequestEntry
}

func (b *bus) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var codes []string
	if b.fail != nil {
		var err error
		if codes, err = b.fail(len(in.Entries)); err != nil {
			return nil, err
		}
	}
	out := &eventbridge.PutEventsOutput{}
	for i, entry := range in.Entries {
		if i < len(codes) && codes[i] != "" {
			out.FailedEntryCount++
			out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: &codes[i]})
			continue
		}
		b.taken = append(b.taken, entry)
		out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String(fmt.Sprint(i))})
	}
	return out, nil
}

var errDown = errors.New("connection reset by peer")

// ids are those of the events that were taken, in order.
func ids(t require.TestingT, taken []types.PutEventsRequestEntry) []string {
	all := make([]string, len(taken))
	for i, entry := range taken {
		var detail struct{ Metadata struct{ ID string } }
		require.NoError(t, json.Unmarshal([]byte(*entry.Detail), &detail))
		all[i] = detail.Metadata.ID
	}
	return all
}

// world is a shop with its log and its bus.
type world struct {
	model *model.Model
	log   s3fake.S3
	bus   bus
	state *replay.State
}

const shop = "../../examples/shop/model.yaml"

func newWorld(t require.TestingT) *world {
	source, err := os.ReadFile(shop)
	require.NoError(t, err)
	m, faults := model.Parse(shop, source)
	require.NoError(t, faults.Err())
	w := &world{model: m}
	w.begin()
	return w
}

var began = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) // after all changes

func (w *world) begin() {
	w.state = replay.NewState(replay.Identity{From: "2020-01-01T00:00:00Z"}, time.Time{}, began)
}

// live records and announces a batch, as the consumer does.
func (w *world) live(t require.TestingT, event []byte, maxBytes int) {
	changes, err := change.Decode(w.model, event)
	require.NoError(t, err)
	all := make([]*change.Change, len(changes))
	for i := range changes {
		all[i] = &changes[i]
	}
	record := audit.NewOutlet(audit.OutletConfig{Model: w.model, Log: "shop-dev", Client: &w.log, Bucket: "audit", Now: time.Now})
	require.Empty(t, record.Deliver(context.Background(), all).Pending)
	announce := w.outlet(t, &w.bus, maxBytes, nil)
	require.Empty(t, announce.Deliver(context.Background(), all).Pending)
}

func (w *world) outlet(t require.TestingT, client publish.EventBridge, maxBytes int, again *publish.Replay) consume.Outlet {
	outlet, err := publish.NewOutlet(publish.OutletConfig{
		Model: w.model, Bus: "shop-dev", Client: client, Claims: &s3fake.S3{}, ClaimsBucket: "claims", MaxBytes: maxBytes,
		Now: time.Now, Retry: consume.Retry{First: 1, Max: 1, Attempts: 3}, Replay: again,
	})
	require.NoError(t, err)
	return outlet
}

// replay sends again to a bus; nil for none. It returns what was told of faults.
func (w *world) replay(t require.TestingT, to *bus, only publish.Replay, maxBytes int) (faults []string, err error) {
	builder, err := publish.NewBuilder(w.model)
	require.NoError(t, err)
	r := &replay.Replay{
		Model: w.model, Log: &audit.Log{Client: &w.log, Bucket: "audit", Name: "shop-dev"}, Builder: builder.Replaying(only),
		Fault: func(err error) error { faults = append(faults, err.Error()); return nil },
		Keep: func(s *replay.State) error { // what another process would find
			content, err := json.Marshal(s)
			require.NoError(t, err)
			kept, err := replay.ReadState(content, s.Of)
			require.NoError(t, err)
			w.state = kept
			return nil
		},
	}
	if to != nil {
		r.Outlet = w.outlet(t, to, maxBytes, &only)
	}
	state := *w.state
	err = r.Run(context.Background(), &state)
	w.state = &state
	return faults, err
}

// user is a record of the n-th user's registration.
func user(n int) string {
	return fmt.Sprintf(`{"eventID":"e%[1]d","eventName":"INSERT","eventSource":"aws:dynamodb",
		"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312","dynamodb":{
		"ApproximateCreationDateTime":%[2]d,"SequenceNumber":"%[1]d","StreamViewType":"NEW_AND_OLD_IMAGES",
		"Keys":{"PK":{"S":"USER#u%[1]d"},"SK":{"S":"PROFILE"}},
		"NewImage":{"PK":{"S":"USER#u%[1]d"},"SK":{"S":"PROFILE"},"name":{"S":"Ann"}}}}`, n, 1793611200+n)
}

func batch(records ...string) []byte {
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}
