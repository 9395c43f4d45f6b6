package mapping_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// Where a row's behaviour is written down: guide, page, section.
const (
	docStreams     = "Lambda developer guide, Using AWS Lambda with Amazon DynamoDB, Polling and batching streams"
	docStart       = "Lambda developer guide, Using AWS Lambda with Amazon DynamoDB, Polling and stream starting positions"
	docErrors      = "Lambda developer guide, Retain discarded records for a DynamoDB event source, the page's beginning"
	docDestination = "Lambda developer guide, Retain discarded records for a DynamoDB event source, Configuring destinations for failed invocations"
	docPartial     = "Lambda developer guide, Configuring partial batch response with DynamoDB and Lambda, the page's beginning"
	docReport      = "Lambda developer guide, Configuring partial batch response with DynamoDB and Lambda, Report syntax"
	docConditions  = "Lambda developer guide, Configuring partial batch response with DynamoDB and Lambda, Success and failure conditions"
	docBisect      = "Lambda developer guide, Configuring partial batch response with DynamoDB and Lambda, Bisecting a batch"
	docParams      = "Lambda developer guide, Lambda parameters for Amazon DynamoDB event source mappings, the table"
	docBatch       = "Lambda developer guide, How Lambda processes records from stream and queue-based event sources, Batching behavior"
	docFilter      = "Lambda developer guide, Control which events Lambda sends to your function, Filter rule syntax"
	docTableKeys   = "Lambda developer guide, Using event filtering with a DynamoDB event source, Filtering with table keys"
	docAttributes  = "Lambda developer guide, Using event filtering with a DynamoDB event source, Filtering with table attributes"
	docBoolean     = "Lambda developer guide, Using event filtering with a DynamoDB event source, Filtering with Boolean expressions"
	docExists      = "Lambda developer guide, Using event filtering with a DynamoDB event source, Using the Exists operator"
	docFilterJSON  = "Lambda developer guide, Using event filtering with a DynamoDB event source, JSON format for DynamoDB filtering"
	docFilters     = "Lambda developer guide, Control which events Lambda sends to your function, the page's beginning"
	docUnmatched   = "Lambda developer guide, Control which events Lambda sends to your function, Handling records that don't meet filter criteria"
	docMetrics     = "Lambda developer guide, Types of metrics for Lambda functions, Event source mapping metrics"
	docUpdate      = "Lambda API reference, UpdateEventSourceMapping, Request Body (Enabled)"
	docDynamo      = "DynamoDB API reference, GetRecords and GetShardIterator, Errors"
	docShards      = "DynamoDB developer guide, Change data capture for DynamoDB Streams, Reading and processing a stream"
	docRetention   = "DynamoDB developer guide, Change data capture for DynamoDB Streams, Data retention limit for DynamoDB Streams"
	ours           = "not documented by the service; DESIGN.md"
)

var start = time.Date(2026, 11, 14, 0, 13, 19, 0, time.UTC)

// row is one behaviour of the service, its source, and the world in which it shows.
type row struct {
	name, source string
	config       func(*mapping.Config)
	run          func(*world)
}

func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			require.NotEmpty(t, r.source)
			config := testConfig()
			if r.config != nil {
				r.config(&config)
			}
			w := newWorld(t, config)
			r.run(w)
			require.Empty(t, w.invokes, "an invocation that nobody looked at")
			require.Empty(t, w.stores, "a failed batch that nobody looked at")
			require.Empty(t, w.alarms, "an alarm that nobody looked at")
		})
	}
}

func testConfig() mapping.Config {
	c := mapping.Defaults()
	c.ID, c.FunctionARN = "f89f8514", "arn:aws:lambda:us-east-1:000000000000:function:consumer"
	c.StreamARN = "arn:aws:dynamodb:us-east-1:000000000000:table/shop/stream/2026-11-14T00:04:06.388"
	c.StartingPosition = mapping.TrimHorizon
	return c
}

// world is a stream and a driver. Lists and reads are answered at once; invocations and stores wait for the test.
type world struct {
	t       require.TestingT
	config  mapping.Config
	machine *mapping.Machine
	now     time.Time
	wake    time.Time
	shards  []*stream
	lists   int
	listErr string
	booted  []mapping.Checkpoint // what the machine was made with

	invokes []mapping.Invoke
	stores  []mapping.StoreFailure
	alarms  []mapping.Alarm
	saved   map[string]mapping.Checkpoint
	hold    bool // reads wait too, for release
	held    []mapping.Read
	reads   []mapping.Read
	watch   func(now time.Time, in mapping.Input, effects []mapping.Effect) // sees every step before it is done
}

func newWorld(t require.TestingT, config mapping.Config) *world {
	w := &world{t: t, config: config, now: start, saved: map[string]mapping.Checkpoint{}}
	w.boot()
	return w
}

// boot makes a machine from what was saved, as a driver that starts does.
func (w *world) boot() {
	checkpoints := make([]mapping.Checkpoint, 0, len(w.saved))
	for _, c := range w.saved {
		checkpoints = append(checkpoints, c)
	}
	machine, err := mapping.New(w.config, checkpoints)
	require.NoError(w.t, err)
	w.machine, w.booted, w.invokes, w.stores, w.wake = machine, checkpoints, nil, nil, time.Time{}
	w.held = nil
	for _, s := range w.shards {
		s.iterator = -1
	}
}

func (w *world) start() { w.step(mapping.Tick{}) }

// step does all that follows from an input but invocations and stores.
func (w *world) step(in mapping.Input) {
	inputs := []mapping.Input{in}
	for len(inputs) > 0 {
		effects := w.machine.Step(w.now, inputs[0])
		if w.watch != nil {
			w.watch(w.now, inputs[0], effects)
		}
		inputs = inputs[1:]
		w.wake = time.Time{}
		for _, e := range effects {
			if answer := w.do(e); answer != nil {
				inputs = append(inputs, answer)
			}
		}
	}
}

func (w *world) do(effect mapping.Effect) mapping.Input {
	switch e := effect.(type) {
	case mapping.ListShards:
		return w.list()
	case mapping.Read:
		w.reads = append(w.reads, e)
		if w.hold {
			w.held = append(w.held, e)
			return nil
		}
		return w.read(e)
	case mapping.Invoke:
		w.invokes = append(w.invokes, e)
	case mapping.StoreFailure:
		w.stores = append(w.stores, e)
	case mapping.SaveCheckpoint:
		w.saved[e.Checkpoint.Shard] = e.Checkpoint
	case mapping.ForgetCheckpoint:
		delete(w.saved, e.Shard)
	case mapping.Alarm:
		require.NotEmpty(w.t, e.Message)
		w.alarms = append(w.alarms, e)
	case mapping.WakeAt:
		require.True(w.t, e.At.After(w.now), "to be woken in the past would be a busy loop")
		w.wake = e.At
	}
	return nil
}

// pass lets time pass, with a tick whenever the machine asked for one.
func (w *world) pass(d time.Duration) {
	end := w.now.Add(d)
	for !w.wake.IsZero() && !w.wake.After(end) {
		w.now = w.wake
		w.step(mapping.Tick{})
	}
	w.now = end
	w.step(mapping.Tick{})
}

// invoked takes the invocation that waits for these records.
func (w *world) invoked(records string) mapping.Invoke {
	waiting := make([]string, len(w.invokes))
	for i, in := range w.invokes {
		waiting[i] = sequences(in.Records)
	}
	at := slices.Index(waiting, records)
	require.GreaterOrEqual(w.t, at, 0, "no invocation of %s; there are %q", records, waiting)
	in := w.invokes[at]
	w.invokes = slices.Delete(w.invokes, at, at+1)
	return in
}

// await lets time pass until there is an invocation of these records.
func (w *world) await(records string) {
	is := func(i mapping.Invoke) bool { return sequences(i.Records) == records }
	for end := w.now.Add(time.Minute); !slices.ContainsFunc(w.invokes, is) && w.now.Before(end); {
		w.pass(time.Second)
	}
}

func (w *world) quiet() {
	require.Empty(w.t, w.invokes)
	require.Empty(w.t, w.stores)
}

func sequences(records []mapping.Record) string {
	list := make([]string, len(records))
	for i, r := range records {
		list[i] = r.Sequence
	}
	return strings.Join(list, " ")
}

func (w *world) end(i mapping.Invoke, outcome mapping.Outcome, response string) {
	w.step(mapping.InvocationEnded{
		Invocation: i.ID, RequestID: fmt.Sprintf("request-%d", i.ID), Outcome: outcome, Response: []byte(response),
	})
}

func (w *world) ok(records string)    { w.end(w.invoked(records), mapping.Returned, "null") }
func (w *world) fails(records string) { w.end(w.invoked(records), mapping.Errored, "") }

// answers ends an invocation of these records with that answer.
func (w *world) answers(records, response string) {
	w.end(w.invoked(records), mapping.Returned, response)
}

// reports ends an invocation with a partial response that names these records.
func (w *world) reports(records string, failed ...string) {
	type item struct {
		ItemIdentifier string `json:"itemIdentifier"`
	}
	var answer struct {
		BatchItemFailures []item `json:"batchItemFailures"`
	}
	for _, f := range failed {
		answer.BatchItemFailures = append(answer.BatchItemFailures, item{f})
	}
	text, err := json.Marshal(answer)
	require.NoError(w.t, err)
	w.answers(records, string(text))
}

// stored takes the failed batch that waits, which must hold these records, and says that it was written.
func (w *world) stored(condition mapping.Condition, records string) mapping.Failure {
	s := w.refused(condition, records)
	w.step(mapping.FailureStored{Failure: s.ID})
	return s.Failure
}

func (w *world) refused(condition mapping.Condition, records string) mapping.StoreFailure {
	require.NotEmpty(w.t, w.stores, "no failed batch, expected %s", records)
	s := w.stores[0]
	w.stores = w.stores[1:]
	require.Equal(w.t, records, sequences(s.Failure.Records))
	require.Equal(w.t, condition, s.Failure.Condition)
	return s
}

// alarmed takes the alarm that was raised.
func (w *world) alarmed(kind mapping.AlarmKind, records string) {
	require.NotEmpty(w.t, w.alarms, "no alarm, expected %s", kind)
	a := w.alarms[0]
	w.alarms = w.alarms[1:]
	require.Equal(w.t, kind, a.Kind)
	require.Equal(w.t, records, sequences(a.Records))
}

func (w *world) checkpoint(shard string) mapping.Position { return w.saved[shard].Position }

func afterSequence(sequence string) mapping.Position {
	return mapping.Position{Type: mapping.After, Sequence: sequence}
}
