package parked_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/parked"
)

const small = `
outflow: 1
name: small
table: {key: [PK]}
entities:
  Thing: {key: {PK: "T#{id}"}, attributes: {text: string}}
`

var now = time.Unix(1793611300, 0).UTC() // 100 s after the records' creation

// outlet does with each record what its script says: nil takes it in.
type outlet struct {
	name   string
	mu     sync.Mutex
	given  []string // event ids
	poison error
	down   error
}

func (o *outlet) Name() string { return o.name }

func (o *outlet) Deliver(_ context.Context, changes []*change.Change) consume.Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down != nil {
		return consume.All(len(changes), o.down)
	}
	var outcome consume.Outcome
	for i, c := range changes {
		reason := c.Fault
		if reason == nil {
			reason = o.poison
		}
		if reason != nil {
			outcome.Poison = append(outcome.Poison, consume.Poison{Index: i, Reason: reason})
			continue
		}
		o.given = append(o.given, c.EventID)
	}
	return outcome
}

// world is a failures bucket and a pipeline of two outlets.
type world struct {
	bucket         *s3fake.S3
	store          *parked.Store
	search, events *outlet
	retrier        *parked.Retrier
	model          *model.Model
}

func newWorld(t testing.TB, client parked.S3, bucket string) *world {
	m, faults := model.Parse("model.yaml", []byte(small))
	require.NoError(t, faults.Err())
	w := &world{bucket: &s3fake.S3{Page: 2}, model: m, search: &outlet{name: "search"}, events: &outlet{name: "events"}}
	if client == nil {
		client = w.bucket
	}
	clock := func() time.Time { return now }
	w.store = &parked.Store{Client: client, Bucket: bucket, Model: m.Version(), Now: clock, Retry: consume.Retry{First: 1, Max: 1, Attempts: 3}}
	names := 0
	var mu sync.Mutex
	w.retrier = &parked.Retrier{
		Store: w.store, Now: clock,
		Consumer: consume.New(consume.Consumer{
			Model: m, Chains: [][]consume.Outlet{{w.search}, {w.events}}, Parking: w.store, Log: slog.New(slog.DiscardHandler),
			Metrics: &consume.Metrics{Out: io.Discard}, Now: clock,
		}),
		Random: func() string {
			mu.Lock()
			defer mu.Unlock()
			names++
			return fmt.Sprintf("%08d", names)
		},
	}
	return w
}

// event has a record for each letter: in "!" something cannot be decoded.
func event(letters string) []byte {
	var records []string
	for i, letter := range letters {
		text := `{"S":"a < b & c"}`
		if letter == '!' {
			text = `{"N":"none"}`
		}
		records = append(records, fmt.Sprintf(`{"eventID":"e%d","eventName":"INSERT","eventSource":"aws:dynamodb",
			"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/small/stream/2026-11-02T09:14:07.312","dynamodb":{
			"ApproximateCreationDateTime":1793611200,"SequenceNumber":"%021d","Keys":{"PK":{"S":"T#%[1]d"}},
			"NewImage":{"PK":{"S":"T#%[1]d"},"text":%[3]s}}}`, i, i, text))
	}
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

const batchKey = "aws/lambda/5b5a2ea2/shardId-1/2026/11/02/2026-11-02T09.20.01-0d9eb0c8-5f0e-4f7c-8b52-3cbf1e9f4a5b"

// putBatch stores an invocation record as Lambda does, with the payload in a string.
func (w *world) putBatch(t *testing.T, payload string) {
	t.Helper()
	quoted, err := json.Marshal(payload)
	require.NoError(t, err)
	w.bucket.Set(batchKey, fmt.Appendf(nil, `{"requestContext":{"condition":"RetryAttemptsExhausted"},"version":"1.0",
		"DDBStreamBatchInfo":{"shardId":"shardId-1","batchSize":2},"payload":%s}`, quoted))
}

// park parks the record of the letter and returns its key.
func (w *world) park(t *testing.T, outlet, letter string) string {
	t.Helper()
	changes, err := change.Decode(w.model, event(letter))
	require.NoError(t, err)
	require.NoError(t, w.store.Park(t.Context(), outlet, &changes[0], consume.Poison{Reason: errors.New("refused")}))
	return consume.ParkedKey(outlet, &changes[0])
}

func (w *world) list(t testing.TB) map[string]parked.State {
	states := map[string]parked.State{}
	for e, err := range w.store.List(t.Context()) {
		require.NoError(t, err)
		states[e.Key] = e.State
	}
	return states
}

func (w *world) retry(t *testing.T, key string) (parked.Plan, parked.Outcome) {
	t.Helper()
	entry, err := w.store.Entry(t.Context(), key)
	require.NoError(t, err)
	plan, err := w.retrier.Plan(t.Context(), entry)
	require.NoError(t, err)
	outcome, err := w.retrier.Do(t.Context(), plan)
	require.NoError(t, err)
	return plan, outcome
}

func TestParkingKeepsTheWholeRecordAndWritesOnce(t *testing.T) {
	w := newWorld(t, nil, "failures")
	calls := 0
	w.bucket.Fail = func(string, string) s3fake.Fault {
		calls++
		return s3fake.Fault{Err: map[int]error{1: s3fake.Error("SlowDown"), 2: s3fake.Error("ConditionalRequestConflict")}[calls]}
	}
	key := w.park(t, "search", "a")
	before := w.bucket.Objects()[key].Body
	var stored consume.Parked
	require.NoError(t, json.Unmarshal(before, &stored))
	require.Contains(t, string(before), "a < b & c")
	require.Equal(t, "refused", stored.Reason)
	w.park(t, "search", "a")
	require.Equal(t, before, w.bucket.Objects()[key].Body)
	require.Len(t, w.bucket.Puts, 1)
}

func TestWhatCannotBeParkedIsAnError(t *testing.T) {
	w := newWorld(t, nil, "failures")
	w.bucket.Fail = func(string, string) s3fake.Fault { return s3fake.Fault{Err: s3fake.Error("AccessDenied")} }
	changes, err := change.Decode(w.model, event("a"))
	require.NoError(t, err)
	err = w.store.Park(t.Context(), "search", &changes[0], consume.Poison{Reason: errors.New("refused")})
	require.ErrorContains(t, err, "park record 000000000000000000000 of search")
	require.ErrorContains(t, err, "AccessDenied")
}

func TestRetryOfARecord(t *testing.T) {
	w := newWorld(t, nil, "failures")
	key := w.park(t, "search", "a")
	other := w.park(t, "events", "a")
	w.search.poison = errors.New("still refused")
	plan, outcome := w.retry(t, key)
	require.Equal(t, parked.Deliver, plan.Action)
	require.Equal(t, "refused", plan.Why)
	require.Equal(t, parked.Open, outcome.State)
	require.Equal(t, "still refused", outcome.Reason)
	require.Equal(t, map[string]parked.State{key: parked.Open, other: parked.Open}, w.list(t))

	w.search.poison = nil
	_, outcome = w.retry(t, key)
	require.Equal(t, parked.Resolved, outcome.State)
	require.Equal(t, []string{"e0"}, w.search.given)
	require.Empty(t, w.events.given)
	require.Equal(t, map[string]parked.State{key: parked.Resolved, other: parked.Open}, w.list(t))
	entry, err := w.store.Entry(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, 2, entry.Retries)

	w.search.down = errors.New("down")
	_, outcome = w.retry(t, key)
	require.Equal(t, parked.Open, outcome.State)
	require.Equal(t, parked.Resolved, w.list(t)[key], "what is in stays in")
}

func TestDryRunWritesNothing(t *testing.T) {
	w := newWorld(t, nil, "failures")
	key := w.park(t, "search", "a")
	w.putBatch(t, string(event("ab")))
	puts := len(w.bucket.Puts)
	for e, err := range w.store.List(t.Context()) {
		require.NoError(t, err)
		plan, err := w.retrier.Plan(t.Context(), e)
		require.NoError(t, err)
		if e.Key == key {
			require.Equal(t, []any{parked.Deliver, []string{"search"}, 1}, []any{plan.Action, plan.Outlets, plan.Records})
			continue
		}
		require.Equal(t, []any{parked.DeliverAll, []string{"search", "events"}, 2}, []any{plan.Action, plan.Outlets, plan.Records})
		require.Equal(t, "RetryAttemptsExhausted", plan.Why)
	}
	require.Len(t, w.bucket.Puts, puts)
	require.Empty(t, append(w.search.given, w.events.given...))
}

func TestRetryOfABatch(t *testing.T) {
	w := newWorld(t, nil, "failures")
	w.putBatch(t, string(event("a!b")))
	w.events.down = errors.New("down")
	_, outcome := w.retry(t, batchKey)
	require.Equal(t, parked.Open, outcome.State)
	require.Contains(t, outcome.Reason, "from 000000000000000000000 on")

	w.events.down = nil
	_, outcome = w.retry(t, batchKey)
	require.Equal(t, parked.Resolved, outcome.State)
	require.Equal(t, []string{"e0", "e2"}, w.search.given)
	require.Equal(t, []string{"e0", "e2"}, w.events.given)
	states := w.list(t)
	require.Equal(t, parked.Resolved, states[batchKey])
	require.Len(t, states, 3, "what can never succeed is parked record by record: %v", states)
}

// What is older than the horizon goes to its outlet like any other: search reads the item, and the plan says so.
func TestRecordPastTheHorizon(t *testing.T) {
	w := newWorld(t, nil, "failures")
	search, events := w.park(t, "search", "a"), w.park(t, "events", "a")
	w.putBatch(t, string(event("ab")))
	w.retrier.Now = func() time.Time { return now.Add(parked.Horizon - 200*time.Second) }
	plan, _ := w.retry(t, search)
	require.Empty(t, plan.Note)

	w.retrier.Now = func() time.Time { return now.Add(parked.Horizon) }
	plan, outcome := w.retry(t, events)
	require.Empty(t, plan.Note, "only documents are affected")
	require.Equal(t, parked.Resolved, outcome.State)
	for key, action := range map[string]parked.Action{search: parked.Deliver, batchKey: parked.DeliverAll} {
		plan, outcome = w.retry(t, key)
		require.Equal(t, action, plan.Action)
		require.Contains(t, plan.Note, "search settles it by reading the item from the table")
		require.Equal(t, parked.Resolved, outcome.State, outcome.Reason)
	}
	require.Equal(t, []string{"e0", "e0", "e1"}, slices.Sorted(slices.Values(w.search.given[1:])))
	require.Equal(t, []string{"e0", "e0", "e1"}, w.events.given)
}

func TestWhatCannotBeRetriedSaysWhy(t *testing.T) {
	for _, row := range []struct {
		name, key, body string
		action          parked.Action
		why             string
	}{
		{"not JSON", batchKey, "nothing", parked.Unreadable, "nothing that was parked"},
		{"no payload", batchKey, `{"payload":null}`, parked.Unreadable, "on-failure destination"},
		{"not of a stream", batchKey, `{"payload":"{}"}`, parked.LeaveAsOpen, "no Records"},
		{"newer record", "parked/search/l/1-e.json", `{"v":2}`, parked.Unreadable, "use a newer one"},
		{"other outlet", "parked/search/l/1-e.json", `{"v":1,"outlet":"audit"}`, parked.Unreadable, `"audit"`},
		{"no record", "parked/search/l/1-e.json", `{"v":1,"outlet":"search"}`, parked.Unreadable, "no record"},
		{"outlet not here", "parked/audit/l/1-e.json", `{"v":1,"outlet":"audit","record":` + string(event("a")[12:len(event("a"))-2]) + `}`,
			parked.LeaveAsOpen, "not set up here"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, nil, "failures")
			w.bucket.Set(row.key, []byte(row.body))
			plan, outcome := w.retry(t, row.key)
			require.Equal(t, row.action, plan.Action)
			require.Contains(t, plan.Why, row.why)
			require.Equal(t, parked.Open, outcome.State)
			require.Empty(t, w.bucket.Puts)
		})
	}
}

func TestPayloadMayBeAnObject(t *testing.T) {
	w := newWorld(t, nil, "failures")
	w.bucket.Set(batchKey, fmt.Appendf(nil, `{"payload":%s}`, event("a")))
	_, outcome := w.retry(t, batchKey)
	require.Equal(t, parked.Resolved, outcome.State)
}

func TestListReportsWhatGoesWrong(t *testing.T) {
	w := newWorld(t, nil, "failures")
	key := w.park(t, "search", "a")
	w.bucket.Set("parked/events/l/1-e.json.outcomes/x-resolved.json", nil)
	var keys []string
	var errs []error
	list := func() {
		keys, errs = nil, nil
		for e, err := range w.store.List(t.Context()) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			keys = append(keys, e.Key)
		}
	}
	list()
	require.Equal(t, []string{key}, keys)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], parked.ErrOutcome)
	w.bucket.Fail = func(string, string) s3fake.Fault { return s3fake.Fault{Err: s3fake.Error("AccessDenied")} }
	list()
	require.Len(t, errs, 1)
	require.ErrorContains(t, errs[0], "list aws/lambda/")
	w.bucket.Fail = nil
	_, err := w.store.Entry(t.Context(), "parked/search/none.json")
	require.ErrorContains(t, err, "there is no parked/search/none.json")
}

func TestOutcomeThatCannotBeWrittenIsAnError(t *testing.T) {
	w := newWorld(t, nil, "failures")
	entry, err := w.store.Entry(t.Context(), w.park(t, "search", "a"))
	require.NoError(t, err)
	plan, err := w.retrier.Plan(t.Context(), entry)
	require.NoError(t, err)
	w.bucket.Fail = func(string, string) s3fake.Fault { return s3fake.Fault{Err: s3fake.Error("AccessDenied")} }
	outcome, err := w.retrier.Do(t.Context(), plan)
	require.ErrorContains(t, err, "write the outcome, resolved")
	require.Equal(t, parked.Resolved, outcome.State)
}

func TestRetriesAtOnceKeepBothOutcomes(t *testing.T) {
	w := newWorld(t, nil, "failures")
	key := w.park(t, "search", "a")
	entry, err := w.store.Entry(t.Context(), key)
	require.NoError(t, err)
	var both sync.WaitGroup
	for range 2 {
		retrier := *w.retrier
		both.Go(func() {
			plan, err := retrier.Plan(t.Context(), entry)
			if err == nil {
				_, err = retrier.Do(t.Context(), plan)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	entry, err = w.store.Entry(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, 2, entry.Retries)
	require.Equal(t, parked.Resolved, entry.State)
}
