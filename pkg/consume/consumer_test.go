package consume_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// outlet is a scripted outlet: it notes what it was given.
type outlet struct {
	name    string
	given   [][]string // sequences, a batch each
	outcome func(given []*change.Change) consume.Outcome
}

func (o *outlet) Name() string { return o.name }

func (o *outlet) Deliver(_ context.Context, given []*change.Change) consume.Outcome {
	var sequences []string
	for _, c := range given {
		sequences = append(sequences, c.Sequence[len(c.Sequence)-1:])
	}
	o.given = append(o.given, sequences)
	if o.outcome == nil {
		return consume.Outcome{}
	}
	return o.outcome(given)
}

// parking keeps keys, or refuses.
type parking struct {
	keys   []string
	refuse error
}

func (p *parking) Park(_ context.Context, outlet string, c *change.Change, _ consume.Poison) error {
	if p.refuse == nil {
		p.keys = append(p.keys, consume.ParkedKey(outlet, c))
	}
	return p.refuse
}

type world struct {
	consumer *consume.Consumer
	parking  *parking
	log      bytes.Buffer
	metrics  bytes.Buffer
}

func newWorld(t *testing.T, chains ...[]consume.Outlet) *world {
	t.Helper()
	src, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", src)
	require.NoError(t, faults.Err())
	w := &world{parking: &parking{}}
	w.consumer = consume.New(consume.Consumer{
		Model: m, Chains: chains, Parking: w.parking, Log: slog.New(slog.NewJSONHandler(&w.log, nil)),
		Metrics: &consume.Metrics{Out: &w.metrics, Function: "test", Stage: "dev"},
		Now:     func() time.Time { return time.Unix(1793611300, 0) },
	})
	return w
}

// event has one record for each digit of numbers.
func event(numbers string) []byte {
	var records []string
	for _, n := range numbers {
		records = append(records, fmt.Sprintf(`{"eventID":"e%c","eventName":"INSERT","eventSource":"aws:dynamodb",
			"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312",
			"dynamodb":{"ApproximateCreationDateTime":1793611200,"SequenceNumber":"44215845000000000174504390%02c",
			"Keys":{"PK":{"S":"USER#%[1]c"},"SK":{"S":"PROFILE"}},"NewImage":{"PK":{"S":"USER#%[1]c"},"SK":{"S":"PROFILE"},"name":{"S":"secret"}}}}`, n, n))
	}
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

func failures(t *testing.T, r consume.Response) []string {
	t.Helper()
	content, err := json.Marshal(r)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(content), `{"batchItemFailures":[`), "never null: %s", content)
	var last []string
	for _, f := range r.BatchItemFailures {
		last = append(last, f.ItemIdentifier[len(f.ItemIdentifier)-1:])
	}
	return last
}

var errDown = errors.New("the service is down")

func pending(indexes ...int) func([]*change.Change) consume.Outcome {
	return func([]*change.Change) consume.Outcome { return consume.Outcome{Pending: indexes, Err: errDown} }
}

func TestAnswerIsTheLowestOverAllOutlets(t *testing.T) {
	search := &outlet{name: "search", outcome: pending(3)}
	audit := &outlet{name: "audit", outcome: pending(2, 4)}
	w := newWorld(t, []consume.Outlet{search}, []consume.Outlet{audit})
	r, err := w.consumer.Handle(t.Context(), event("12345"))
	require.NoError(t, err)
	require.Equal(t, []string{"3"}, failures(t, r))
	require.Contains(t, w.log.String(), "the service is down")
	require.NotContains(t, w.log.String()+w.metrics.String(), "secret", "no item data in logs")
}

func TestEventsGetOnlyWhatIsAudited(t *testing.T) {
	audit := &outlet{name: "audit", outcome: pending(2, 3)}
	events := &outlet{name: "events"}
	w := newWorld(t, []consume.Outlet{audit, events})
	_, err := w.consumer.Handle(t.Context(), event("12345"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1", "2"}}, events.given)
}

func TestWhatIsDurableIsNotDoneTwiceWarm(t *testing.T) {
	search := &outlet{name: "search", outcome: pending(1)}
	audit := &outlet{name: "audit"}
	w := newWorld(t, []consume.Outlet{search}, []consume.Outlet{audit})
	r, err := w.consumer.Handle(t.Context(), event("123"))
	require.NoError(t, err)
	require.Equal(t, []string{"2"}, failures(t, r))
	search.outcome = nil
	r, err = w.consumer.Handle(t.Context(), event("2345"))
	require.NoError(t, err)
	require.Empty(t, failures(t, r))
	require.Equal(t, [][]string{{"1", "2", "3"}, {"2", "4", "5"}}, search.given)
	require.Equal(t, [][]string{{"1", "2", "3"}, {"4", "5"}}, audit.given)
}

func TestPoisonIsParkedAndTheOthersGoOn(t *testing.T) {
	search := &outlet{name: "search", outcome: func([]*change.Change) consume.Outcome {
		return consume.Outcome{Poison: []consume.Poison{{Index: 1, Reason: errors.New("refused by the mapping")}}}
	}}
	w := newWorld(t, []consume.Outlet{search})
	r, err := w.consumer.Handle(t.Context(), event("123"))
	require.NoError(t, err)
	require.Empty(t, failures(t, r))
	require.Equal(t, []string{"parked/search/2026-11-02T09:14:07.312/4421584500000000017450439002-e2.json"}, w.parking.keys)

	w.parking.refuse = errDown
	r, err = w.consumer.Handle(t.Context(), event("456"))
	require.NoError(t, err)
	require.Equal(t, []string{"5"}, failures(t, r), "what cannot be parked comes again")
}

func TestPanicOfAnOutletIsAFailureOfItsDelivery(t *testing.T) {
	search := &outlet{name: "search", outcome: func([]*change.Change) consume.Outcome { panic("secret") }}
	audit := &outlet{name: "audit"}
	w := newWorld(t, []consume.Outlet{search}, []consume.Outlet{audit})
	r, err := w.consumer.Handle(t.Context(), event("12"))
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, failures(t, r))
	require.NotContains(t, w.log.String(), "secret")
	require.Len(t, audit.given, 1)
}

func TestBatchThatCannotBeReadIsRefused(t *testing.T) {
	w := newWorld(t, []consume.Outlet{&outlet{name: "search"}})
	for name, content := range map[string]string{
		"not JSON":         `{"Records":[`,
		"not stream":       `{"detail":{}}`,
		"other view type":  strings.Replace(string(event("1")), `"Keys"`, `"StreamViewType":"KEYS_ONLY","Keys"`, 1),
		"no checkpoint":    strings.Replace(string(event("1")), `"SequenceNumber"`, `"Sequence"`, 1),
		"empty checkpoint": strings.Replace(string(event("1")), `"SequenceNumber":"442158`, `"SequenceNumber":"x442158`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			w.consumer.Chains[0][0].(*outlet).outcome = pending(0)
			r, err := w.consumer.Handle(t.Context(), []byte(content))
			if name == "empty checkpoint" { // unreadable as a number, but good enough for the mapping
				require.NoError(t, err)
				require.Len(t, r.BatchItemFailures, 1)
				return
			}
			require.Error(t, err)
		})
	}
}

func TestDeadlineLeavesAMargin(t *testing.T) {
	var left time.Duration
	search := &outlet{name: "search"}
	w := newWorld(t, []consume.Outlet{deadlines{search, &left}})
	now := time.Now()
	w.consumer.Now = func() time.Time { return now }
	ctx, cancel := context.WithDeadline(t.Context(), now.Add(30*time.Second))
	defer cancel()
	_, err := w.consumer.Handle(ctx, event("1"))
	require.NoError(t, err)
	require.Equal(t, 27*time.Second, left.Round(time.Second))
}

type deadlines struct {
	*outlet
	left *time.Duration
}

func (d deadlines) Deliver(ctx context.Context, given []*change.Change) consume.Outcome {
	deadline, _ := ctx.Deadline()
	*d.left = time.Until(deadline)
	return d.outlet.Deliver(ctx, given)
}

func TestMetricsAreEmbeddedMetricFormat(t *testing.T) {
	search := &outlet{name: "search", outcome: func([]*change.Change) consume.Outcome {
		return consume.Outcome{Counts: consume.Counts{consume.MetricWritten: 2}}
	}}
	w := newWorld(t, []consume.Outlet{search})
	_, err := w.consumer.Handle(t.Context(), event("12"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(w.metrics.String()), "\n")
	require.Len(t, lines, 2)
	require.JSONEq(t, `{"_aws":{"Timestamp":1793611300000,"CloudWatchMetrics":[{"Namespace":"Outflow",
		"Dimensions":[["Stage","Function","Outlet"]],"Metrics":[{"Name":"Written","Unit":"Count"}]}]},
		"Stage":"dev","Function":"test","Outlet":"search","Written":2}`, lines[1])
	require.Contains(t, lines[0], `"RecordAge":100000`)
}
