package audit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/stream"
	"github.com/outflow-dev/outflow/pkg/table"
)

// older is a table on the engine whose first items are older than its log.
type older struct {
	t       *testing.T
	client  *dynamodb.Client
	streams *dynamodbstreams.Client
	model   *model.Model
	name    string
	arn     string
	after   int // records of the stream that are older than the log
}

func newOlder(t *testing.T) *older {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	config := aws.Config{Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	o := &older{t: t, client: dynamodb.NewFromConfig(config), streams: dynamodbstreams.NewFromConfig(config), model: shelfModel(t),
		name: "baseline-" + rand.Text()}
	var err error
	o.arn, err = table.New(o.client, o.model, o.name).Create(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := o.client.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &o.name})
		require.NoError(t, err)
	})
	return o
}

func (o *older) put(n int, value string) {
	_, err := o.client.PutItem(o.t.Context(), &dynamodb.PutItemInput{TableName: &o.name, Item: map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: fmt.Sprintf("I#%d", n)}, "v": &types.AttributeValueMemberS{Value: value},
		"pad": &types.AttributeValueMemberS{Value: strings.Repeat("x", 60_000)}, // so that a lane has several pages
	}})
	if err != nil {
		o.t.Error(err)
	}
}

func (o *older) remove(n int) {
	key := map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: fmt.Sprintf("I#%d", n)}}
	if _, err := o.client.DeleteItem(o.t.Context(), &dynamodb.DeleteItemInput{TableName: &o.name, Key: key}); err != nil {
		o.t.Error(err)
	}
}

// changes are the records of the stream that the log gets.
func (o *older) changes() []*change.Change {
	reader, err := stream.New(o.streams, stream.Config{Stream: o.arn})
	require.NoError(o.t, err)
	shards, err := reader.Shards(o.t.Context())
	require.NoError(o.t, err)
	require.Len(o.t, shards, 1)
	var records [][]byte
	from := stream.Position{Type: stream.TrimHorizon}
	for {
		batch, err := reader.Read(o.t.Context(), stream.Reading{Shard: shards[0].ID, From: from, Limit: stream.MaxRecords})
		require.NoError(o.t, err)
		if len(batch.Records) == 0 {
			break
		}
		for _, r := range batch.Records {
			records = append(records, r.Body)
			from = stream.Position{Type: stream.After, Sequence: r.Sequence}
		}
	}
	decoded, err := change.Decode(o.model, bytes.Join([][]byte{[]byte(`{"Records":[`), bytes.Join(records[o.after:], []byte(",")), []byte(`]}`)}, nil))
	require.NoError(o.t, err)
	all := make([]*change.Change, len(decoded))
	for i := range decoded {
		all[i] = &decoded[i]
	}
	return all
}

// A baseline, and another beside live traffic, give every older item a start, and contradict no change.
func TestBaselineOnTheEngines(t *testing.T) {
	o := newOlder(t)
	client, bucket := s3test.Bucket(t)
	const items = 60
	for n := range items {
		o.put(n, "before the log")
	}
	o.after = items
	retry := consume.Retry{First: time.Millisecond, Max: 10 * time.Millisecond, Attempts: 10}
	b := &audit.Baseline{Model: o.model, Log: "small-dev", Client: client, Bucket: bucket, Scanner: o.client, Table: o.name, Stream: o.arn,
		Retention: audit.Retention{Mode: "GOVERNANCE", Days: 1}, Now: time.Now, Retry: retry, Keep: func(audit.Progress) error { return nil }}
	done, err := b.Run(t.Context(), b.Start(2))
	require.NoError(t, err)
	require.Equal(t, items, done.Items)
	require.Greater(t, done.Pages, 2, "several pages a lane")

	var traffic sync.WaitGroup
	traffic.Go(func() {
		for i := range 120 {
			switch n := i * 7 % (items + 10); i % 4 {
			case 3:
				o.remove(n)
			default:
				o.put(n, fmt.Sprint("value ", i))
			}
		}
	})
	_, err = b.Run(t.Context(), b.Start(3))
	require.NoError(t, err)
	traffic.Wait()
	outlet := audit.NewOutlet(audit.OutletConfig{Model: o.model, Log: "small-dev", Client: client, Bucket: bucket, Now: time.Now, Retry: retry})
	require.Empty(t, outlet.Deliver(t.Context(), o.changes()).Pending)

	log := audit.Log{Client: client, Bucket: bucket, Name: "small-dev"}
	baselines, changes := 0, 0
	for n := range items {
		key, err := audit.ParseKey(o.model.Table, fmt.Sprintf("I#%d", n))
		require.NoError(t, err)
		h, err := log.History(t.Context(), audit.ItemQuery{Key: key, Now: time.Now().Add(100 * time.Hour)})
		require.NoError(t, err)
		require.Empty(t, h.Faults)
		for i, standing := range h.Links {
			require.True(t, standing.Proven(), "item %d, line %d (%s): %s", n, i, h.Lines[i].Op, standing)
			if h.Lines[i].Op == audit.OpBaseline {
				baselines++
			} else {
				changes++
			}
		}
	}
	require.GreaterOrEqual(t, baselines, items)
	require.Greater(t, changes, 50)
}
