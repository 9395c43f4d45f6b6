package mapping_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// The invocation records are checked against the example in the service's documentation (docErrors), field by field.
func TestInvocationRecord(t *testing.T) {
	const payload = `{\"Records\":[{\"eventID\":\"<k>-1\",\"dynamodb\":{\"SequenceNumber\":\"1\"}},` +
		`{\"eventID\":\"k-2\",\"dynamodb\":{\"SequenceNumber\":\"2\"}}]}`
	const batch = `"version":"1.0","timestamp":"2026-11-14T00:13:19.500Z","DDBStreamBatchInfo":{` +
		`"shardId":"shardId-0001","startSequenceNumber":"1","endSequenceNumber":"2",` +
		`"approximateArrivalOfFirstRecord":"2026-11-14T00:11:09Z","approximateArrivalOfLastRecord":"2026-11-14T00:11:29Z",` +
		`"batchSize":2,"streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/shop/stream/2026-11-14T00:04:06.388"},` +
		`"payload":"` + payload + `"}`
	const function = `"functionArn":"arn:aws:lambda:us-east-1:000000000000:function:consumer"`
	for _, test := range []struct {
		name   string
		config func(*mapping.Config)
		end    func(*world)
		body   string
	}{
		{
			"the function failed", both(partial, retries(0)), func(w *world) { w.fails("1 2") },
			`{"requestContext":{"requestId":"request-2",` + function + `,"condition":"RetryAttemptsExhausted","approximateInvokeCount":1},` +
				`"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},` + batch,
		},
		{
			"the function named a record", both(partial, retries(0)), func(w *world) { w.reports("1 2", "1") },
			`{"requestContext":{"requestId":"request-2",` + function + `,"condition":"RetryAttemptsExhausted","approximateInvokeCount":1},` +
				`"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},` + batch,
		},
		{
			"the records were too old from the start", age(60), func(*world) {},
			`{"requestContext":{"requestId":"fresh",` + function + `,"condition":"RecordAgeExceeded","approximateInvokeCount":0},` + batch,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := testConfig()
			test.config(&config)
			w := newWorld(t, config)
			w.now = start.Add(500 * time.Millisecond)
			w.open("shardId-0001", "")
			w.write("shardId-0001", record("1", "<k>", start.Add(-130*time.Second), false))
			w.write("shardId-0001", record("2", "k", start.Add(-110*time.Second), false))
			w.start()
			test.end(w)
			require.Len(t, w.stores, 1)
			body, err := w.stores[0].Failure.Body("fresh")
			require.NoError(t, err)
			require.Equal(t, test.body, string(body))
			require.Equal(t, "aws/lambda/f89f8514/shardId-0001/2026/11/14/2026-11-14T00.13.19-6ba7b810",
				w.stores[0].Failure.Key("6ba7b810"))
		})
	}
}

func TestKeyIsInUTC(t *testing.T) {
	f := mapping.Failure{
		Mapping: "m", Shard: "s", At: time.Date(2026, 1, 1, 1, 2, 3, 0, time.FixedZone("CET", 3600)),
	}
	require.Equal(t, "aws/lambda/m/s/2026/01/01/2026-01-01T00.02.03-u", f.Key("u"))
}

func TestEventNeedsBodies(t *testing.T) {
	invoke := mapping.Invoke{Records: []mapping.Record{{Sequence: "1", Body: json.RawMessage(`{}`)}, {Sequence: "2"}}}
	_, err := invoke.Event()
	require.ErrorContains(t, err, "record 2 has no body")
	_, err = mapping.Failure{Records: invoke.Records}.Body("r")
	require.ErrorContains(t, err, "record 2 has no body")
	invoke.Records[1].Body = json.RawMessage(`{"a":1}`)
	event, err := invoke.Event()
	require.NoError(t, err)
	require.Equal(t, `{"Records":[{},{"a":1}]}`, string(event))
}
