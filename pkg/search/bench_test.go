package search_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

const benchRecords = 1000

// BenchmarkBulkBody takes a 1,000-record event to the body of its _bulk request: once as Outflow does, and once as
// the usual function does, by aws-lambda-go's event type, attribute values to maps, and encoding/json.
// The ratio that counts is of the two in one run.
func BenchmarkBulkBody(b *testing.B) {
	event := benchEvent()
	src, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(b, err)
	m, faults := model.Parse("model.yaml", src)
	require.NoError(b, faults.Err())
	p, err := search.NewProjector(m, m.Indexes["products"])
	require.NoError(b, err)
	b.Run("outflow", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(event)))
		for b.Loop() {
			require.NotEmpty(b, outflowBody(b, m, p, event))
		}
	})
	b.Run("usual", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(event)))
		for b.Loop() {
			require.NotEmpty(b, usualBody(b, event))
		}
	})
}

func outflowBody(b *testing.B, m *model.Model, p *search.Projector, event []byte) []byte {
	changes, err := change.Decode(m, event)
	require.NoError(b, err)
	var asked search.Projection
	for i := range changes {
		p.Add(&asked, &changes[i])
	}
	require.Len(b, asked.Operations, benchRecords)
	return search.Bulk("shop-dev-products-000001", m.Indexes["products"], asked.Operations)
}

// usualBody has no versions, no guard, no declared types and no canonical form.
func usualBody(b *testing.B, event []byte) []byte {
	var decoded events.DynamoDBEvent
	require.NoError(b, json.Unmarshal(event, &decoded))
	require.Len(b, decoded.Records, benchRecords)
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	for _, r := range decoded.Records {
		document := map[string]any{}
		for name, value := range r.Change.NewImage {
			document[name] = plain(value)
		}
		id := r.Change.Keys["PK"].String() + "|" + r.Change.Keys["SK"].String()
		action := map[string]any{"index": map[string]any{"_index": "products", "_id": id}}
		require.NoError(b, encoder.Encode(action))
		require.NoError(b, encoder.Encode(document))
	}
	return body.Bytes()
}

func plain(v events.DynamoDBAttributeValue) any {
	switch v.DataType() {
	case events.DataTypeString:
		return v.String()
	case events.DataTypeNumber:
		return json.Number(v.Number())
	case events.DataTypeBoolean:
		return v.Boolean()
	case events.DataTypeStringSet:
		return v.StringSet()
	case events.DataTypeList:
		list := make([]any, len(v.List()))
		for i, element := range v.List() {
			list[i] = plain(element)
		}
		return list
	case events.DataTypeMap:
		members := map[string]any{}
		for name, member := range v.Map() {
			members[name] = plain(member)
		}
		return members
	default:
		return nil
	}
}

// benchEvent is an event of updates to items of about 1 KB, with both images.
func benchEvent() []byte {
	description := strings.Repeat("Warm light, brass switch, walnut foot. ", 18)
	var out bytes.Buffer
	out.WriteString(`{"Records":[`)
	for i := range benchRecords {
		if i > 0 {
			out.WriteByte(',')
		}
		image := func(price int) string {
			return fmt.Sprintf(`{"PK":{"S":"PRODUCT#p%06d"},"SK":{"S":"METADATA"},"title":{"S":"Desk lamp %d"},"description":{"S":%q},`+
				`"price":{"N":"%d.95"},"tags":{"L":[{"S":"lamp"},{"S":"desk"},{"S":"walnut"}]},"updated_by":{"S":"import"},`+
				`"request_id":{"S":"req-%d"},"stock":{"N":"17"},"active":{"BOOL":true},"size":{"M":{"w":{"N":"12"},"h":{"N":"44.5"}}}}`,
				i, i, description, price, i)
		}
		fmt.Fprintf(&out, `{"eventID":"%032x","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",`+
			`"awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1793611200,`+
			`"Keys":{"PK":{"S":"PRODUCT#p%06d"},"SK":{"S":"METADATA"}},"NewImage":%s,"OldImage":%s,`+
			`"SequenceNumber":"442158450000000001745%06d","SizeBytes":2100,"StreamViewType":"NEW_AND_OLD_IMAGES"},`+
			`"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312"}`,
			i, i, image(42), image(41), i)
	}
	out.WriteString(`]}`)
	return out.Bytes()
}
