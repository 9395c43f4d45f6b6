package publish_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/stream"
	"github.com/outflow-dev/outflow/pkg/table"
)

// On a real table: every write that was acknowledged is announced, and none that was refused, also not the half of a
// transaction whose other half failed. Each write has a level of its own, by which its event is known.
func TestOnlyCommittedWritesAreAnnounced(t *testing.T) {
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	config := aws.Config{Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	m, faults := model.Parse("model.yaml", []byte(stocks))
	require.NoError(t, faults.Err())
	items := table.New(dynamodb.NewFromConfig(config), m, "stocks-"+rand.Text())
	arn, err := items.Create(t.Context())
	require.NoError(t, err)
	var committed []int
	for level := 1; level <= 60; level += 2 {
		stock := func(id string, level int) table.Put {
			return table.Put{Entity: "Stock", Fields: table.Item{"id": id, "level": level}}
		}
		other := stock("b", level+1)
		if level%3 == 0 {
			other.If = table.Condition{Absent: true} // which b is not, but for the first time
		}
		if err := items.Transact(t.Context(), stock("a", level), other); err == nil {
			committed = append(committed, level, level+1)
		}
	}
	require.NotEmpty(t, committed)
	require.Less(t, len(committed), 60, "some writes are refused")

	var levels []int
	client := &bus{script: func(_ int, entries []types.PutEventsRequestEntry) answer {
		for _, entry := range entries {
			var detail struct{ Data struct{ Level int } }
			require.NoError(t, json.Unmarshal([]byte(*entry.Detail), &detail))
			levels = append(levels, detail.Data.Level)
		}
		return answer{}
	}}
	outlet, err := publish.NewOutlet(publish.OutletConfig{Model: m, Bus: "stocks", Client: client, Claims: &s3fake.S3{}, ClaimsBucket: "claims", Now: time.Now})
	require.NoError(t, err)
	require.Empty(t, outlet.Deliver(t.Context(), readStream(t, m, dynamodbstreams.NewFromConfig(config), arn)).Pending)
	slices.Sort(levels)
	require.Equal(t, committed, levels)
}

func readStream(t *testing.T, m *model.Model, client *dynamodbstreams.Client, arn string) []*change.Change {
	t.Helper()
	reader, err := stream.New(client, stream.Config{Stream: arn})
	require.NoError(t, err)
	shards, err := reader.Shards(context.Background())
	require.NoError(t, err)
	var bodies [][]byte
	for _, shard := range shards {
		batch, err := reader.Read(t.Context(), stream.Reading{Shard: shard.ID, From: stream.Position{Type: stream.TrimHorizon}, Restart: true,
			Limit: stream.MaxRecords})
		require.NoError(t, err)
		for _, record := range batch.Records {
			bodies = append(bodies, record.Body)
		}
	}
	changes, err := change.Decode(m, slices.Concat([]byte(`{"Records":[`), bytes.Join(bodies, []byte{','}), []byte(`]}`)))
	require.NoError(t, err)
	all := make([]*change.Change, len(changes))
	for i := range changes {
		all[i] = &changes[i]
	}
	return all
}
