package sim_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/sim"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/stream"
	"github.com/outflow-dev/outflow/pkg/table"
)

// TestTableRecordsAsTheEngine writes what a seed wrote into the simulated table also into a real one, and compares the
// records of the two streams.
func TestTableRecordsAsTheEngine(t *testing.T) {
	models := loadModels(t)
	e := newEngine(t, models[0])
	committed := sim.Commit(models, 5, 150)
	require.Greater(t, len(committed), 100)
	for _, c := range committed {
		e.write(t, c)
	}
	records := e.records(t, len(committed))
	for i, c := range committed {
		require.Equal(t, essence(t, models[0], c.Record), essence(t, models[0], records[i]), "record %d", i)
	}
}

// essence is what a record says, but for its identity and time, which no two streams have in common.
func essence(t *testing.T, m *model.Model, record []byte) []string {
	t.Helper()
	changes, err := change.Decode(m, append(append([]byte(`{"Records":[`), record...), `]}`...))
	require.NoError(t, err)
	require.Len(t, changes, 1)
	c := &changes[0]
	require.NoError(t, c.Fault)
	return []string{c.Op, string(c.Keys.AppendCanonical(nil)), string(c.Old.AppendCanonical(nil)), string(c.New.AppendCanonical(nil))}
}

// engine is a table of DynamoDB Local.
type engine struct {
	client *dynamodb.Client
	table  string
	reader *stream.Reader
}

func newEngine(t *testing.T, m *model.Model) *engine {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
	e := &engine{client: dynamodb.NewFromConfig(config), table: "sim-" + rand.Text()}
	arn, err := table.New(e.client, m, e.table).Create(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := e.client.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &e.table})
		require.NoError(t, err)
	})
	e.reader, err = stream.New(dynamodbstreams.NewFromConfig(config), stream.Config{Stream: arn})
	require.NoError(t, err)
	return e
}

func (e *engine) write(t *testing.T, c sim.Committed) {
	t.Helper()
	var err error
	if c.Item == nil {
		_, err = e.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &e.table, Key: attributes(t, c.Key)})
	} else {
		_, err = e.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &e.table, Item: attributes(t, c.Item)})
	}
	require.NoError(t, err)
}

// attributes reads DynamoDB's JSON; the world has texts and numbers only.
func attributes(t *testing.T, content []byte) map[string]types.AttributeValue {
	t.Helper()
	var item map[string]struct{ S, N *string }
	require.NoError(t, json.Unmarshal(content, &item))
	all := map[string]types.AttributeValue{}
	for name, v := range item {
		if v.N != nil {
			all[name] = &types.AttributeValueMemberN{Value: *v.N}
		} else {
			all[name] = &types.AttributeValueMemberS{Value: *v.S}
		}
	}
	return all
}

func (e *engine) records(t *testing.T, n int) [][]byte {
	t.Helper()
	shards, err := e.reader.Shards(t.Context())
	require.NoError(t, err)
	require.Len(t, shards, 1)
	var all [][]byte
	for len(all) < n {
		b, err := e.reader.Read(t.Context(), stream.Reading{
			Shard: shards[0].ID, From: stream.Position{Type: stream.TrimHorizon}, Limit: stream.MaxRecords,
		})
		require.NoError(t, err)
		for _, r := range b.Records {
			all = append(all, r.Body)
		}
	}
	return all
}
