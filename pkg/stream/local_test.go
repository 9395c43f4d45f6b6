package stream_test

import (
	"context"
	"crypto/rand"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	table "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/change"
	engines "github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// engine is a table of DynamoDB Local, and what reads its stream.
type engine struct {
	items  *dynamodb.Client
	table  string
	reader *stream.Reader
	shard  string
}

func startEngine(t *testing.T) *engine {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	return useEngine(t, url, id, secret)
}

// startOwnEngine starts a DynamoDB Local for this test alone: its time to live goes through all tables of all tests, and
// stops for good where one of them is deleted under it.
func startOwnEngine(t *testing.T) *engine {
	t.Helper()
	enginetest.URL(t, enginetest.DynamoDB) // or skips the test
	plan, err := engines.Preflight(t.Context(), engines.Options{Only: []engines.Name{engines.DynamoDB}})
	require.NoError(t, err)
	require.NoError(t, engines.Fetch(t.Context(), plan, io.Discard))
	own, err := engines.Start(t.Context(), plan, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, own.Stop(context.WithoutCancel(t.Context()))) })
	return useEngine(t, own.DynamoDB, own.AccessKeyID, own.SecretAccessKey)
}

func useEngine(t *testing.T, url, id, secret string) *engine {
	t.Helper()
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
	e := &engine{items: dynamodb.NewFromConfig(config), table: "stream-" + rand.Text()}
	arn := e.create(t)
	var err error
	e.reader, err = stream.New(dynamodbstreams.NewFromConfig(config), stream.Config{
		Stream: arn, Repair: func(r types.Record) types.Record { r, _ = stream.LocalTTL(r); return r },
	})
	require.NoError(t, err)
	shards, err := e.reader.Shards(t.Context())
	require.NoError(t, err)
	require.Len(t, shards, 1)
	e.shard = shards[0].ID
	return e
}

func (e *engine) create(t *testing.T) (streamARN string) {
	t.Helper()
	out, err := e.items.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &e.table, BillingMode: table.BillingModePayPerRequest,
		AttributeDefinitions: []table.AttributeDefinition{{AttributeName: aws.String("PK"), AttributeType: table.ScalarAttributeTypeS}},
		KeySchema:            []table.KeySchemaElement{{AttributeName: aws.String("PK"), KeyType: table.KeyTypeHash}},
		StreamSpecification:  &table.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: table.StreamViewTypeNewAndOldImages},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := e.items.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &e.table})
		require.NoError(t, err)
	})
	return aws.ToString(out.TableDescription.LatestStreamArn)
}

func (e *engine) put(t *testing.T, item map[string]table.AttributeValue) {
	t.Helper()
	_, err := e.items.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &e.table, Item: item})
	require.NoError(t, err)
}

func words(value string) table.AttributeValue { return &table.AttributeValueMemberS{Value: value} }

// next reads until there is a record.
func (e *engine) next(t *testing.T, from stream.Position, restart bool) stream.Record {
	t.Helper()
	for {
		batch, err := e.reader.Read(t.Context(), stream.Reading{Shard: e.shard, From: from, Restart: restart, Limit: 1})
		require.NoError(t, err)
		require.False(t, batch.End)
		if len(batch.Records) > 0 {
			return batch.Records[0]
		}
		restart = false
	}
}

func TestLocalStreamGivesEveryTypeThatWasWritten(t *testing.T) {
	e := startEngine(t)
	deep := words("in")
	for range 31 { // DynamoDB Local refuses a 32nd
		deep = &table.AttributeValueMemberL{Value: []table.AttributeValue{deep}}
	}
	e.put(t, map[string]table.AttributeValue{
		"PK": words("x"), "s": words("\"\\\n\U0001F600"), "deep": deep,
		"n":    &table.AttributeValueMemberN{Value: digits38},
		"b":    &table.AttributeValueMemberB{Value: []byte{0, 255, 62}},
		"bool": &table.AttributeValueMemberBOOL{Value: false},
		"null": &table.AttributeValueMemberNULL{Value: true},
		"l":    &table.AttributeValueMemberL{Value: []table.AttributeValue{}},
		"m":    &table.AttributeValueMemberM{Value: map[string]table.AttributeValue{"a": words("")}},
		"ss":   &table.AttributeValueMemberSS{Value: []string{"b", "a"}},
		"ns":   &table.AttributeValueMemberNS{Value: []string{"2.50", "1"}},
		"bs":   &table.AttributeValueMemberBS{Value: [][]byte{{1}}},
	})

	c := decode(t, e.next(t, stream.Position{Type: stream.TrimHorizon}, false))

	require.Equal(t, model.Insert, c.Op)
	require.Equal(t, "ddblocal", c.Stream.Region)
	require.Equal(t, 12, c.New.Len())
	for name, want := range map[string]string{"n": digits38, "b": "AP8+", "s": "\"\\\n\U0001F600", "bool": "false"} {
		v, found := c.New.Get(name)
		require.True(t, found, name)
		require.Equal(t, want, v.String(), name)
	}
	level, found := c.New.Get("deep")
	for range 31 {
		require.True(t, found)
		level = level.Elem(0)
	}
	require.Equal(t, "in", level.String())
}

func TestLocalStreamIsReadFromEveryPosition(t *testing.T) {
	e := startEngine(t)
	for _, key := range []string{"1", "2", "3"} {
		e.put(t, map[string]table.AttributeValue{"PK": words(key)})
	}
	first := e.next(t, stream.Position{Type: stream.TrimHorizon}, false)
	second := e.next(t, stream.Position{}, false)
	require.Equal(t, `{"PK":{"S":"2"}}`, string(second.Key), "goes on behind the first")

	require.Equal(t, second.Sequence, e.next(t, stream.Position{Type: stream.At, Sequence: second.Sequence}, true).Sequence)
	require.Equal(t, second.Sequence, e.next(t, stream.Position{Type: stream.After, Sequence: first.Sequence}, true).Sequence)

	latest := stream.Reading{Shard: e.shard, From: stream.Position{Type: stream.Latest}, Restart: true, Limit: 10}
	require.Empty(t, read(t, e.reader, latest).Records)
	e.put(t, map[string]table.AttributeValue{"PK": words("4")})
	require.Equal(t, `{"PK":{"S":"4"}}`, string(e.next(t, latest.From, false).Key))

	_, err := e.reader.Read(t.Context(), stream.Reading{Shard: "shardId-00000000000000000000-00000000", From: latest.From, Limit: 1})
	require.ErrorIs(t, err, stream.ErrGone)
}

func TestLocalTTLRemovesAsTheServiceDoes(t *testing.T) {
	e := startOwnEngine(t)
	_, err := e.items.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName:               &e.table,
		TimeToLiveSpecification: &table.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(true)},
	})
	require.NoError(t, err)
	// Five minutes ago: DynamoDB leaves alone what expired more than five years ago.
	expired, err := attributevalue.Marshal(time.Now().Unix() - 300)
	require.NoError(t, err)
	e.put(t, map[string]table.AttributeValue{"PK": words("x"), "ttl": expired})

	require.Equal(t, model.Insert, decode(t, e.next(t, stream.Position{Type: stream.TrimHorizon}, false)).Op)
	removal := decode(t, e.next(t, stream.Position{}, false))
	require.Equal(t, model.Remove, removal.Op)
	require.Equal(t, change.CauseTTL, removal.Cause)
	require.True(t, removal.Old.Exists())
}
