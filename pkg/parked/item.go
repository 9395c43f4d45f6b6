package parked

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// Item is a parked record or batch with what it holds.
type Item struct {
	Entry
	Record *consume.Parked // nil for a batch
	Batch  *Batch          // nil for a record

	event []byte // as Lambda delivered it, or with the record alone
}

// Batch is Lambda's invocation record of a batch that was given up ("Retain discarded records for a DynamoDB event
// source", AWS Lambda Developer Guide).
type Batch struct {
	RequestContext struct {
		RequestID   string `json:"requestId"`
		FunctionARN string `json:"functionArn"`
		Condition   string `json:"condition"` // RetryAttemptsExhausted, RecordAgeExceeded
		Invocations int    `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	Timestamp string `json:"timestamp"`
	Info      struct {
		ShardID   string `json:"shardId"`
		Start     string `json:"startSequenceNumber"`
		End       string `json:"endSequenceNumber"`
		BatchSize int    `json:"batchSize"`
		StreamARN string `json:"streamArn"`
	} `json:"DDBStreamBatchInfo"`
	Payload json.RawMessage `json:"payload"` // the event, in a JSON string or as it is
}

// ErrUnreadable is returned for an object that is neither a parked record nor an invocation record with its payload.
// It stays where it is; somebody must look.
var ErrUnreadable = errors.New("the object is nothing that was parked")

// Read reads a record or batch.
func (s *Store) Read(ctx context.Context, e Entry) (Item, error) {
	item := Item{Entry: e}
	body, err := s.get(ctx, e.Key)
	if err != nil {
		return item, err
	}
	if e.IsBatch() {
		err = item.readBatch(body)
	} else {
		err = item.readRecord(body)
	}
	if err != nil {
		return item, fmt.Errorf("%w: %s: %w", ErrUnreadable, e.Key, err)
	}
	return item, nil
}

// recordVersion is the version of consume.Parked that this program reads.
const recordVersion = 1

func (i *Item) readRecord(body []byte) error {
	var r consume.Parked
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	record := []byte(r.Record)
	if record == nil {
		record = r.Raw
	}
	switch {
	case r.Version != recordVersion:
		return fmt.Errorf("its version is %d, and this program reads %d: use a newer one", r.Version, recordVersion)
	case r.Outlet != i.Outlet:
		return fmt.Errorf("it says that it is of the outlet %q", r.Outlet)
	case len(record) == 0:
		return errors.New("it has no record")
	}
	i.Record = &r
	i.event = slices.Concat([]byte(`{"Records":[`), record, []byte(`]}`))
	return nil
}

func (i *Item) readBatch(body []byte) error {
	var b Batch
	if err := json.Unmarshal(body, &b); err != nil {
		return err
	}
	payload := bytes.TrimSpace(b.Payload)
	switch {
	case len(payload) == 0 || string(payload) == "null" || string(payload) == `""`:
		return errors.New("it has no payload: is the mapping's on-failure destination this S3 bucket?")
	case payload[0] == '"':
		var text string
		if err := json.Unmarshal(payload, &text); err != nil {
			return err
		}
		i.event = []byte(text)
	default:
		i.event = payload
	}
	b.Payload = nil
	i.Batch = &b
	return nil
}

// Event is the event with the record, or with all records of the batch.
func (i *Item) Event() []byte { return i.event }
