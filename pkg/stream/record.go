package stream

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// Record is one stream record.
type Record struct {
	Sequence string          // sequence number, decimal
	Created  time.Time       // ApproximateCreationDateTime; zero where the record has none
	Key      []byte          // the item's primary key as in Body, names sorted: the records of one item have equal ones
	Body     json.RawMessage // an element of Records in the event that Lambda delivers
}

// NewRecord writes a record of the SDK as Lambda delivers it: the same members, what the record does not have left
// out, names of attributes sorted, binaries in standard base64. stream is the ARN.
//
// It refuses nothing, since a record that cannot be understood must not hold up the others: a value of a type that the
// SDK does not know becomes an object without one, which decoding reports.
func NewRecord(record types.Record, stream string) Record {
	out := Record{}
	data := record.Dynamodb
	if data != nil {
		out.Sequence = aws.ToString(data.SequenceNumber)
		out.Created = aws.ToTime(data.ApproximateCreationDateTime)
		out.Key = appendItem(nil, data.Keys)
	}
	b := object{'{'}
	b.text("eventID", record.EventID)
	b.text("eventName", nonempty(string(record.EventName)))
	b.text("eventVersion", record.EventVersion)
	b.text("eventSource", record.EventSource)
	b.text("awsRegion", record.AwsRegion)
	if data != nil {
		b.name("dynamodb")
		b = appendData(b, data)
	}
	b.text("eventSourceARN", nonempty(stream))
	if identity := record.UserIdentity; identity != nil {
		b.name("userIdentity")
		b = append(b, '{')
		b.text("type", identity.Type)
		b.text("principalId", identity.PrincipalId)
		b = append(b, '}')
	}
	out.Body = json.RawMessage(append(b, '}'))
	return out
}

func appendData(b object, data *types.StreamRecord) object {
	b = append(b, '{')
	if at := data.ApproximateCreationDateTime; at != nil {
		b.name("ApproximateCreationDateTime")
		b = appendSeconds(b, *at)
	}
	b.item("Keys", data.Keys)
	b.item("NewImage", data.NewImage)
	b.item("OldImage", data.OldImage)
	b.text("SequenceNumber", data.SequenceNumber)
	if data.SizeBytes != nil {
		b.name("SizeBytes")
		b = strconv.AppendInt(b, *data.SizeBytes, 10)
	}
	b.text("StreamViewType", nonempty(string(data.StreamViewType)))
	return append(b, '}')
}

// appendSeconds writes epoch seconds, with a fraction only where there is one; the SDK keeps milliseconds.
func appendSeconds(b object, at time.Time) object {
	if at.Nanosecond() == 0 {
		return strconv.AppendInt(b, at.Unix(), 10)
	}
	return strconv.AppendFloat(b, float64(at.UnixMilli())/1000, 'f', -1, 64)
}

// object is JSON text that ends inside an object.
type object []byte

func (b *object) name(name string) {
	if last := (*b)[len(*b)-1]; last != '{' {
		*b = append(*b, ',')
	}
	*b = append(jcs.AppendString(*b, name), ':')
}

// text adds a member, or none where there is no value.
func (b *object) text(name string, value *string) {
	if value != nil {
		b.name(name)
		*b = jcs.AppendString(*b, *value)
	}
}

func (b *object) item(name string, item map[string]types.AttributeValue) {
	if item != nil {
		b.name(name)
		*b = appendItem(*b, item)
	}
}

func nonempty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
