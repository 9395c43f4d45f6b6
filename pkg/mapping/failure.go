package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Condition says why a batch was given up, as the invocation record names it.
type Condition string

// The conditions of an invocation record. A record that outlives the stream has none: no invocation record is made.
const (
	RetryAttemptsExhausted Condition = "RetryAttemptsExhausted"
	RecordAgeExceeded      Condition = "RecordAgeExceeded"

	expired Condition = "expired"
)

// Failure is a batch that was given up, as the on-failure destination gets it.
type Failure struct {
	Mapping     string // the mapping's UUID
	StreamARN   string
	FunctionARN string
	Shard       string
	Condition   Condition
	At          time.Time // when it was given up
	Invocations int       // that included these records; 0 where they were too old at once
	Records     []Record

	last response
}

// Key is the object's key in the bucket, as the service lays it out; the UUID is a new random one.
func (f Failure) Key(uuid string) string {
	at := f.At.UTC()
	return fmt.Sprintf("aws/lambda/%s/%s/%s/%s-%s",
		f.Mapping, f.Shard, at.Format("2006/01/02"), at.Format("2006-01-02T15.04.05"), uuid)
}

// Body is the object: the service's invocation record with the whole event as an escaped JSON string in payload. The
// request id is a new random one; it counts only where the function never ran. It fails where a record has no body.
func (f Failure) Body(requestID string) ([]byte, error) {
	payload, err := event(f.Records)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f.invocationRecord(requestID, string(payload))); err != nil {
		return nil, fmt.Errorf("encode invocation record: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

type invocationRecord struct {
	RequestContext     requestContext   `json:"requestContext"`
	ResponseContext    *responseContext `json:"responseContext,omitempty"` // none where the function never ran
	Version            string           `json:"version"`
	Timestamp          string           `json:"timestamp"`
	DDBStreamBatchInfo batchInfo        `json:"DDBStreamBatchInfo"`
	Payload            string           `json:"payload"`
}

type requestContext struct {
	RequestID              string    `json:"requestId"`
	FunctionARN            string    `json:"functionArn"`
	Condition              Condition `json:"condition"`
	ApproximateInvokeCount int       `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"` // none where the function returned and named failed records
}

type batchInfo struct {
	ShardID                         string `json:"shardId"`
	StartSequenceNumber             string `json:"startSequenceNumber"`
	EndSequenceNumber               string `json:"endSequenceNumber"`
	ApproximateArrivalOfFirstRecord string `json:"approximateArrivalOfFirstRecord"`
	ApproximateArrivalOfLastRecord  string `json:"approximateArrivalOfLastRecord"`
	BatchSize                       int    `json:"batchSize"`
	StreamARN                       string `json:"streamArn"`
}

func (f Failure) invocationRecord(requestID, payload string) invocationRecord {
	first, last := f.Records[0], f.Records[len(f.Records)-1]
	r := invocationRecord{
		RequestContext: requestContext{requestID, f.FunctionARN, f.Condition, f.Invocations},
		Version:        "1.0",
		Timestamp:      f.At.UTC().Format("2006-01-02T15:04:05.000Z"),
		DDBStreamBatchInfo: batchInfo{
			f.Shard, first.Sequence, last.Sequence, arrival(first), arrival(last), len(f.Records), f.StreamARN,
		},
		Payload: payload,
	}
	if f.Invocations > 0 {
		r.RequestContext.RequestID = f.last.requestID
		r.ResponseContext = &responseContext{StatusCode: 200, ExecutedVersion: "$LATEST"}
		if f.last.failed {
			r.ResponseContext.FunctionError = "Unhandled"
		}
	}
	return r
}

func arrival(r Record) string { return r.Created.UTC().Format("2006-01-02T15:04:05Z") }
