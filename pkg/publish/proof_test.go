package publish_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

const stocks = `
outflow: 1
name: stocks
event_source: com.example.stocks
table: {key: [PK]}
entities:
  Stock:
    key: {PK: "S#{id}"}
    attributes: {level: integer}
    events:
      StockChanged: {data: [level]}
      StockEmptied: {becomes: {level: 0}, data: []}
`

// ledger is a consumer that hosts audit and events, its services, and the table that its stream comes from.
type ledger struct {
	model    *model.Model
	log      s3fake.S3
	taken    []types.PutEventsRequestEntry
	consumer *consume.Consumer

	table   map[string]int // level by id, of what was committed
	records []string       // of what was committed
	last    int            // sequence number, of any write
	faults  []fault        // what goes wrong next with the bus; drawn before, since the consumer has goroutines of its own
	broken  []fault        // and with S3
	wrong   []string
	audited map[string]bool // versions in the segments read so far
	read    map[string]bool // keys of those
}

func newLedger(t require.TestingT) *ledger {
	m, faults := model.Parse("model.yaml", []byte(stocks))
	require.NoError(t, faults.Err())
	l := &ledger{model: m, table: map[string]int{}, audited: map[string]bool{}, read: map[string]bool{}}
	l.restart(t)
	return l
}

// restart is a new instance of the function, which remembers nothing.
func (l *ledger) restart(t require.TestingT) {
	retry := consume.Retry{First: 1, Max: 1, Attempts: 2}
	client := &bus{script: func(_ int, entries []types.PutEventsRequestEntry) answer { return l.put(entries) }}
	announce, err := publish.NewOutlet(publish.OutletConfig{Model: l.model, Bus: "stocks", Client: client, Claims: &s3fake.S3{},
		ClaimsBucket: "claims", Now: func() time.Time { return now }, Retry: retry})
	require.NoError(t, err)
	record := audit.NewOutlet(audit.OutletConfig{Model: l.model, Log: "stocks-dev", Client: &l.log, Bucket: "audit", Now: time.Now, Retry: retry})
	l.consumer = consume.New(consume.Consumer{Model: l.model, Chains: [][]consume.Outlet{{record, announce}}, Parking: noParking{l},
		Log: slog.New(slog.DiscardHandler), Metrics: &consume.Metrics{Out: io.Discard, Stage: "dev"}, Now: func() time.Time { return now }})
}

// noParking finds it wrong that something is parked: nothing of what it writes is poison.
type noParking struct{ *ledger }

func (p noParking) Park(_ context.Context, outlet string, _ *change.Change, poison consume.Poison) error {
	p.wrong = append(p.wrong, fmt.Sprintf("%s parked a record: %v", outlet, poison.Reason))
	return nil
}

// put is the bus: what it takes must be in the log already.
func (l *ledger) put(entries []types.PutEventsRequestEntry) answer {
	told := next(&l.faults).answer(len(entries))
	if told.err != nil && !told.effect {
		return told
	}
	l.readLog()
	for i, entry := range entries {
		if i < len(told.codes) && told.codes[i] != "" {
			continue
		}
		if version := read(entry).Version; !l.audited[version] {
			l.wrong = append(l.wrong, version+" was published before it was audited")
		}
		l.taken = append(l.taken, entry)
	}
	return told
}

func (l *ledger) readLog() {
	for key, object := range l.log.Objects() {
		if l.read[key] || !strings.HasSuffix(key, ".gz") {
			continue
		}
		lines, err := audit.ReadSegment(key, object.Body)
		if err != nil {
			l.wrong = append(l.wrong, err.Error())
		}
		l.read[key] = true
		for i := range lines {
			l.audited[lines[i].Version()] = true
		}
	}
}

// write sets an item's level, or removes it where that is negative. What is not committed makes no record, as in DynamoDB.
func (l *ledger) write(id string, level int, commits bool) {
	l.last++
	old, was := l.table[id]
	if !commits || level < 0 && !was || was && old == level {
		return
	}
	item := func(level int) string { return fmt.Sprintf(`{"PK":{"S":"S#%s"},"level":{"N":"%d"}}`, id, level) }
	operation, images := "INSERT", ""
	if was {
		operation, images = "MODIFY", `,"OldImage":`+item(old)
	}
	if level < 0 {
		operation = "REMOVE"
		delete(l.table, id)
	} else {
		images += `,"NewImage":` + item(level)
		l.table[id] = level
	}
	l.records = append(l.records, fmt.Sprintf(`{"eventID":"e%d","eventName":%q,"eventSource":"aws:dynamodb",
		"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/stocks/stream/2026-11-02T09:14:07.312","dynamodb":{
		"ApproximateCreationDateTime":1793611200,"SequenceNumber":"%[1]d","Keys":{"PK":{"S":"S#%[3]s"}}%[4]s}}`, l.last, operation, id, images))
}

// asked is the ids of the events that the model asks for, of what was committed.
func (l *ledger) asked(t require.TestingT) []string {
	builder, err := publish.NewBuilder(l.model)
	require.NoError(t, err)
	changes, err := change.Decode(l.model, []byte(`{"Records":[`+strings.Join(l.records, ",")+`]}`))
	require.NoError(t, err)
	var asked publish.Result
	for i := range changes {
		builder.Add(&asked, &changes[i])
	}
	var ids []string
	for i := range asked.Events {
		ids = append(ids, asked.Events[i].ID)
	}
	return slices.Sorted(slices.Values(ids))
}

// run delivers the stream as the event source mapping does, with batches of any size and functions that are replaced.
func (l *ledger) run(t *rapid.T) {
	for from := 0; from < len(l.records); {
		if rapid.IntRange(0, 4).Draw(t, "restart") == 0 {
			l.restart(t)
		}
		end := rapid.IntRange(from+1, len(l.records)).Draw(t, "end of batch")
		response, err := l.consumer.Handle(context.Background(), []byte(`{"Records":[`+strings.Join(l.records[from:end], ",")+`]}`))
		require.NoError(t, err)
		from = l.checkpoint(t, response, end)
	}
}

func (l *ledger) checkpoint(t *rapid.T, response consume.Response, end int) int {
	if len(response.BatchItemFailures) == 0 {
		return end
	}
	at := slices.IndexFunc(l.records, func(r string) bool {
		return strings.Contains(r, fmt.Sprintf(`"SequenceNumber":%q`, response.BatchItemFailures[0].ItemIdentifier))
	})
	require.GreaterOrEqual(t, at, 0)
	return at
}

// Whatever fails: the events that the bus has taken are those that the model asks for of what was committed, none before
// it was audited; and a subscriber that goes by Latest ends with the table's state, in whatever order, and how often, its
// events come.
func TestEventsAreWhatTheTableCommitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger(t)
		for range rapid.IntRange(1, 40).Draw(t, "writes") {
			l.write(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "item"), rapid.IntRange(-1, 3).Draw(t, "level"),
				rapid.IntRange(0, 3).Draw(t, "commits") > 0)
		}
		l.disturb(t)
		l.run(t)
		require.Empty(t, l.wrong)
		var got []string
		for _, entry := range l.taken {
			got = append(got, read(entry).ID)
		}
		slices.Sort(got)
		require.Equal(t, l.asked(t), slices.Compact(got))
		require.Equal(t, l.table, l.subscribe(t))
	})
}

// The proof above would see it: an outlet that is not behind the audit publishes what is not audited.
func TestTheProofSeesAWrongOrder(t *testing.T) {
	l := newLedger(t)
	l.write("a", 1, true)
	slices.Reverse(l.consumer.Chains[0])
	_, err := l.consumer.Handle(t.Context(), []byte(`{"Records":[`+l.records[0]+`]}`))
	require.NoError(t, err)
	require.Len(t, l.wrong, 1)
	require.Contains(t, l.wrong[0], "before it was audited")
}
