package local_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/stream"
	"github.com/outflow-dev/outflow/pkg/table"
)

const indexedModel = `outflow: 1
name: any
table: {key: [PK], indexes: {GSI1: [GSI1PK]}, ttl: ttl}
entities:
  Any: {key: {PK: "{id}", GSI1PK: "{status}"}, attributes: {status: string}}
`

// indexed is a table with an index and a time to live, on the real engine.
type indexed struct {
	client  *dynamodb.Client
	streams *dynamodbstreams.Client
	name    string
	arn     string
	model   *model.Model
}

func createIndexed(t *testing.T) *indexed {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
	m, faults := model.Parse("model.yaml", []byte(indexedModel))
	require.Empty(t, faults)
	i := &indexed{
		client: dynamodb.NewFromConfig(config), streams: dynamodbstreams.NewFromConfig(config), name: "ttl-" + rand.Text(), model: m,
	}
	var err error
	i.arn, err = table.New(i.client, m, i.name).Create(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := i.client.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &i.name})
		require.NoError(t, err)
	})
	return i
}

func (i *indexed) put(t *testing.T, id string, ttl types.AttributeValue) {
	t.Helper()
	item := map[string]types.AttributeValue{
		"PK":   &types.AttributeValueMemberS{Value: id},                           // without a key of the index: the engine leaves it alone
		"text": &types.AttributeValueMemberS{Value: strings.Repeat("x", 300<<10)}, // four of them exceed a page of a scan
	}
	if ttl != nil {
		item["ttl"] = ttl
	}
	_, err := i.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &i.name, Item: item})
	require.NoError(t, err)
}

// removals reads the stream until there are so many, and tells their causes by item.
func (i *indexed) removals(t *testing.T, reader *stream.Reader, n int) map[string]string {
	t.Helper()
	shards, err := reader.Shards(t.Context())
	require.NoError(t, err)
	causes := map[string]string{}
	reading := stream.Reading{Shard: shards[0].ID, From: stream.Position{Type: stream.TrimHorizon}, Restart: true, Limit: 100}
	for ; len(causes) < n; reading.Restart = false {
		batch, err := reader.Read(t.Context(), reading)
		require.NoError(t, err)
		for _, record := range batch.Records {
			changes, err := change.Decode(i.model, []byte(`{"Records":[`+string(record.Body)+`]}`))
			require.NoError(t, err)
			if c := changes[0]; c.Op == model.Remove {
				var key struct{ PK struct{ S string } }
				require.NoError(t, json.Unmarshal(record.Key, &key))
				causes[key.PK.S] = c.Cause
			}
		}
	}
	return causes
}

func TestSweeperDeletesWhatTheServiceWould(t *testing.T) {
	i, now := createIndexed(t), time.Now()
	number := func(at time.Time) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(at.Unix(), 10)}
	}
	for n := range 6 {
		i.put(t, "expired-"+strconv.Itoa(n), number(now.Add(-time.Duration(n)*time.Minute)))
	}
	i.put(t, "four years", number(now.AddDate(-4, -11, 0)))
	for id, ttl := range map[string]types.AttributeValue{
		"future": number(now.Add(time.Minute)), "six years": number(now.AddDate(-6, 0, 0)), "none": nil,
		"text":  &types.AttributeValueMemberS{Value: strconv.FormatInt(now.Unix()-60, 10)},
		"zero":  &types.AttributeValueMemberN{Value: "0"},
		"by us": number(now.Add(time.Minute)),
	} {
		i.put(t, id, ttl)
	}
	_, err := i.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: &i.name, Key: map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: "by us"}},
	})
	require.NoError(t, err)

	path := marksFile(t)
	marks := openMarks(t, path)
	s := sweeper(i.client, marks)
	s.Table = i.name
	deleted, err := s.Sweep(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 7, deleted)
	deleted, err = s.Sweep(t.Context(), now)
	require.NoError(t, err)
	require.Zero(t, deleted, "the others stay")

	want := map[string]string{"four years": change.CauseTTL, "by us": change.CauseUser}
	for n := range 6 {
		want["expired-"+strconv.Itoa(n)] = change.CauseTTL
	}
	for name, marks := range map[string]*local.TTLMarks{"this run": marks, "the next": openMarks(t, path)} {
		reader, err := stream.New(i.streams, stream.Config{Stream: i.arn, Repair: marks.Repair})
		require.NoError(t, err)
		require.Equal(t, want, i.removals(t, reader, len(want)), name)
	}
}
