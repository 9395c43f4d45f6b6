package stream_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/stream"
)

const digits38 = "12345678901234567890.123456789012345678"

func sdkRecord(image map[string]types.AttributeValue) types.Record {
	at := time.Unix(1763726400, 0)
	return types.Record{
		EventID: aws.String("7f8a"), EventName: types.OperationTypeInsert, EventVersion: aws.String("1.1"),
		EventSource: aws.String("aws:dynamodb"), AwsRegion: aws.String("us-east-1"),
		Dynamodb: &types.StreamRecord{
			ApproximateCreationDateTime: &at, Keys: item("PK", "x"), NewImage: image,
			SequenceNumber: aws.String("4421584500000000017450439091"), SizeBytes: aws.Int64(26),
			StreamViewType: types.StreamViewTypeNewAndOldImages,
		},
	}
}

func TestRecordIsWhatLambdaDelivers(t *testing.T) {
	in := sdkRecord(item("PK", "x"))
	in.EventName = types.OperationTypeRemove
	in.Dynamodb.NewImage, in.Dynamodb.OldImage = nil, item("PK", "x")
	in.UserIdentity = &types.Identity{Type: aws.String("Service"), PrincipalId: aws.String("dynamodb.amazonaws.com")}

	record := stream.NewRecord(in, arn)

	require.Equal(t, `{"eventID":"7f8a","eventName":"REMOVE","eventVersion":"1.1","eventSource":"aws:dynamodb",`+
		`"awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1763726400,"Keys":{"PK":{"S":"x"}},`+
		`"OldImage":{"PK":{"S":"x"}},"SequenceNumber":"4421584500000000017450439091","SizeBytes":26,`+
		`"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"`+arn+`",`+
		`"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}}`, string(record.Body))
	require.Equal(t, "4421584500000000017450439091", record.Sequence)
	require.True(t, time.Unix(1763726400, 0).Equal(record.Created))
	require.Equal(t, `{"PK":{"S":"x"}}`, string(record.Key))
}

// AWS's own type for the event reads the record too, so that functions other than ours get what they know.
func TestRecordReadsAsTheEventOfTheLambdaLibrary(t *testing.T) {
	var event events.DynamoDBEventRecord
	require.NoError(t, json.Unmarshal(stream.NewRecord(sdkRecord(everyType()), arn).Body, &event))
	require.Equal(t, arn, event.EventSourceArn)
	require.Equal(t, int64(1763726400), event.Change.ApproximateCreationDateTime.Unix())
	require.Equal(t, digits38, event.Change.NewImage["n"].Number())
	require.Equal(t, []byte{0, 255, 62}, event.Change.NewImage["b"].Binary())
}

func everyType() map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"PK": text("x"), "s": text("\"quoted\" \\ line\n\u2028 \U0001F600 é <&>"), "empty": text(""),
		"n":    &types.AttributeValueMemberN{Value: digits38},
		"b":    &types.AttributeValueMemberB{Value: []byte{0, 255, 62}},
		"bool": &types.AttributeValueMemberBOOL{Value: true},
		"null": &types.AttributeValueMemberNULL{Value: true},
		"l":    &types.AttributeValueMemberL{Value: []types.AttributeValue{text("one"), &types.AttributeValueMemberL{}}},
		"m":    &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"a": text("1"), "b": &types.AttributeValueMemberM{}}},
		"ss":   &types.AttributeValueMemberSS{Value: []string{"a", "b"}},
		"ns":   &types.AttributeValueMemberNS{Value: []string{"1", "2.5"}},
		"bs":   &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2, 3}}},
	}
}

func TestEveryTypeDecodes(t *testing.T) {
	c := decode(t, stream.NewRecord(sdkRecord(everyType()), arn))
	require.Equal(t, `{"PK":{"S":"x"},"b":{"B":"AP8+"},"bool":{"BOOL":true},"bs":{"BS":["AQ==","AgM="]},"empty":{"S":""},`+
		`"l":{"L":[{"S":"one"},{"L":[]}]},"m":{"M":{"a":{"S":"1"},"b":{"M":{}}}},"n":{"N":"`+digits38+`"},`+
		`"ns":{"NS":["1","2.5"]},"null":{"NULL":true},"s":{"S":"\"quoted\" \\ line\n`+"\u2028 \U0001F600 é <&>"+`"},`+
		`"ss":{"SS":["a","b"]}}`, string(c.New.AppendCanonical(nil)))
}

func TestTheDeepestItemDecodes(t *testing.T) {
	c := decode(t, stream.NewRecord(sdkRecord(map[string]types.AttributeValue{"PK": text("x"), "deep": nested(32)}), arn))
	require.Equal(t, 31, strings.Count(string(c.New.AppendCanonical(nil)), `{"L":[`))
}

// nested is a value with that many lists and maps around a text: maps outside, lists within.
func nested(levels int) types.AttributeValue {
	v := text("in")
	for range levels - 1 {
		v = &types.AttributeValueMemberL{Value: []types.AttributeValue{v}}
	}
	return &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"m": v}}
}

func TestAnyItemDecodesToItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "text")
		name := rapid.StringMatching(`.{1,20}`).Draw(t, "name")
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		c := decode(t, stream.NewRecord(sdkRecord(map[string]types.AttributeValue{
			"PK": text("x"),
			"m": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
				name: text(value), "": &types.AttributeValueMemberB{Value: data},
			}},
		}), arn))

		m, found := c.New.Get("m")
		require.True(t, found)
		got, found := m.Get(name)
		require.True(t, found)
		require.Equal(t, strings.ToValidUTF8(value, "\uFFFD"), got.String())
		got, found = m.Get("")
		require.True(t, found)
		require.Equal(t, base64.StdEncoding.EncodeToString(data), got.String())
	})
}

func TestAValueOfAnUnknownTypeFaultsItsRecordAlone(t *testing.T) {
	for name, value := range map[string]types.AttributeValue{
		"unknown": &types.UnknownUnionMember{Tag: "F8"}, "nothing": nil,
	} {
		t.Run(name, func(t *testing.T) {
			image := item("PK", "x")
			image["vector"] = value
			record := stream.NewRecord(sdkRecord(image), arn)
			require.True(t, json.Valid(record.Body))
			changes := decodeAll(t, record, stream.NewRecord(sdkRecord(item("PK", "x")), arn))
			require.ErrorContains(t, changes[0].Fault, "NewImage.vector")
			require.NoError(t, changes[1].Fault)
		})
	}
}

func TestARecordWithNothingInItIsStillAnObject(t *testing.T) {
	require.JSONEq(t, `{}`, string(stream.NewRecord(types.Record{}, "").Body))
	require.JSONEq(t, `{"dynamodb": {}}`, string(stream.NewRecord(types.Record{Dynamodb: &types.StreamRecord{}}, "").Body))
}

func TestFractionsOfASecondAreKept(t *testing.T) {
	in, at := sdkRecord(nil), time.UnixMilli(1763726400120)
	in.Dynamodb.ApproximateCreationDateTime = &at
	require.Contains(t, string(stream.NewRecord(in, arn).Body), `"ApproximateCreationDateTime":1763726400.12,`)
}

func TestLocalTTL(t *testing.T) {
	local := func(edit func(*types.Record)) types.Record {
		r := sdkRecord(nil)
		r.EventName, r.Dynamodb.OldImage = "UNKNOWN_TO_SDK_VERSION", item("PK", "x")
		edit(&r)
		return r
	}
	repaired, turned := stream.LocalTTL(local(func(*types.Record) {}))
	require.True(t, turned)
	c := decode(t, stream.NewRecord(repaired, arn))
	require.Equal(t, model.Remove, c.Op)
	require.Equal(t, change.CauseTTL, c.Cause)

	for name, edit := range map[string]func(*types.Record){
		"a removal":          func(r *types.Record) { r.EventName = types.OperationTypeRemove },
		"somebody's":         func(r *types.Record) { r.UserIdentity = &types.Identity{} },
		"a new image":        func(r *types.Record) { r.Dynamodb.NewImage = item("PK", "x") },
		"no old image":       func(r *types.Record) { r.Dynamodb.OldImage = nil },
		"nothing in it":      func(r *types.Record) { r.Dynamodb = nil },
		"another odd record": func(r *types.Record) { r.EventName = "UNKNOWN" },
	} {
		t.Run(name, func(t *testing.T) {
			in := local(edit)
			out, turned := stream.LocalTTL(in)
			require.False(t, turned)
			require.Equal(t, in, out)
		})
	}
}

// requirer is what tests and properties have in common.
type requirer interface {
	require.TestingT
	Helper()
}

func decode(t requirer, record stream.Record) change.Change {
	t.Helper()
	c := decodeAll(t, record)[0]
	require.NoError(t, c.Fault)
	require.Equal(t, record.Sequence, c.Sequence)
	return c
}

func decodeAll(t requirer, records ...stream.Record) []change.Change {
	t.Helper()
	var bodies []json.RawMessage
	for _, r := range records {
		bodies = append(bodies, r.Body)
	}
	event, err := json.Marshal(map[string]any{"Records": bodies})
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", []byte("outflow: 1\nname: any\ntable: {key: [PK]}\nentities:\n  Any: {key: {PK: \"{id}\"}}\n"))
	require.Empty(t, faults)
	changes, err := change.Decode(m, event)
	require.NoError(t, err)
	require.Len(t, changes, len(records))
	return changes
}
