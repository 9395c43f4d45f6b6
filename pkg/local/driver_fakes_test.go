package local_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// fakeStream is one open shard whose records are numbered from 1.
type fakeStream struct {
	mu      sync.Mutex
	records int
	items   int   // that the records are of, in turn; 0 for one without a key
	next    int   // index of the record that the iterator is at
	fail    error // what the next read answers
}

func (f *fakeStream) Shards(context.Context) ([]stream.Shard, error) {
	return []stream.Shard{{ID: "shard-1"}}, nil
}

func (f *fakeStream) Read(_ context.Context, reading stream.Reading) (stream.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail; err != nil {
		f.fail = nil
		return stream.Batch{}, err
	}
	if at, err := strconv.Atoi(reading.From.Sequence); reading.Restart || f.next == 0 {
		f.next = 1
		if err == nil && reading.From.Type == stream.After {
			f.next = at + 1
		} else if err == nil {
			f.next = at
		}
	}
	var batch stream.Batch
	for ; f.next <= f.records && len(batch.Records) < reading.Limit; f.next++ {
		data := &streamtypes.StreamRecord{
			SequenceNumber: aws.String(strconv.Itoa(f.next)), ApproximateCreationDateTime: aws.Time(time.Now()),
		}
		if f.items > 0 {
			data.Keys = map[string]streamtypes.AttributeValue{"PK": &streamtypes.AttributeValueMemberN{Value: strconv.Itoa(f.next % f.items)}}
		}
		batch.Records = append(batch.Records, stream.NewRecord(streamtypes.Record{Dynamodb: data}, streamARN))
	}
	return batch, nil
}

// write adds records behind the last.
func (f *fakeStream) write(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records += n
}

// fakeFunction notes the batches that it gets, as first and last record, and answers what the knob says.
type fakeFunction struct {
	answer func(call int, first, last string) (lambda.Result, error) // nil: all went well

	mu      sync.Mutex
	batches []string
}

func (f *fakeFunction) Invoke(_ context.Context, payload []byte) (lambda.Result, error) {
	first, last, err := bounds(payload)
	if err != nil {
		return lambda.Result{}, err
	}
	f.mu.Lock()
	f.batches = append(f.batches, first+"-"+last)
	call := len(f.batches)
	f.mu.Unlock()
	if f.answer == nil {
		return lambda.Result{Outcome: lambda.Succeeded, Payload: []byte(`{"batchItemFailures":[]}`)}, nil
	}
	return f.answer(call, first, last)
}

// bounds are the sequence numbers of an event's first and last record.
func bounds(payload []byte) (first, last string, err error) {
	var event struct {
		Records []struct {
			Dynamodb struct{ SequenceNumber string }
		}
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return "", "", err
	}
	return event.Records[0].Dynamodb.SequenceNumber, event.Records[len(event.Records)-1].Dynamodb.SequenceNumber, nil
}

func (f *fakeFunction) got() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.batches)
}

func failedFrom(sequence string) (lambda.Result, error) {
	return lambda.Result{Outcome: lambda.Succeeded, Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"` + sequence + `"}]}`)}, nil
}

func done() (lambda.Result, error) { return lambda.Result{Outcome: lambda.Succeeded}, nil }

// until lets time pass, up to an hour of it, until the function has got that many batches, and returns them when what
// follows from the last is done too.
func (f *fakeFunction) until(t *testing.T, batches int) []string {
	t.Helper()
	for hour := time.Now().Add(time.Hour); len(f.got()) < batches && time.Now().Before(hour); {
		pass()
	}
	pass()
	require.GreaterOrEqual(t, len(f.got()), batches)
	return f.got()
}

// pass lets a second of the bubble's time pass, which takes none outside, and what is due in it happen.
func pass() {
	time.Sleep(time.Second) //nolint:forbidigo // of the bubble's time
	synctest.Wait()
}
