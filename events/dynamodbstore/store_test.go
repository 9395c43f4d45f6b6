package dynamodbstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/events"
	"github.com/outflow-dev/outflow/events/dynamodbstore"
	"github.com/outflow-dev/outflow/internal/enginetest"
)

// newStore makes a store in a new table of DynamoDB Local.
func newStore(t testing.TB) *dynamodbstore.Store {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	client := dynamodb.New(dynamodb.Options{Region: "us-east-1", BaseEndpoint: &url,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	table := "handled-" + uuid.NewString()
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	require.NoError(t, err)
	return &dynamodbstore.Store{Client: client, Table: table}
}

// Both stores do as events.Store says.
func TestStoresConform(t *testing.T) {
	t.Run("memory", func(t *testing.T) { conform(t, &events.Memory{}) })
	t.Run("dynamodb", func(t *testing.T) { conform(t, newStore(t)) })
}

func conform(t *testing.T, s events.Store) {
	start := time.Date(2026, 11, 2, 9, 20, 0, 0, time.UTC)
	lease := func(begin, end int) events.Lease {
		return events.Lease{Begin: start.Add(time.Duration(begin) * time.Second), End: start.Add(time.Duration(end) * time.Second)}
	}
	entry := func(version string) events.Entry { return events.Entry{Version: version} }
	begin := func(key, version string, l events.Lease) (events.Entry, error) {
		return s.Begin(t.Context(), key, entry(version), l)
	}
	ctx := t.Context()

	last, err := begin("k", "1", lease(0, 60))
	require.NoError(t, err)
	require.Zero(t, last)
	_, err = begin("k", "1", lease(1, 61))
	require.ErrorIs(t, err, events.ErrBusy)
	_, err = begin("k", "2", lease(59, 119))
	require.ErrorIs(t, err, events.ErrBusy, "a later one waits as well")
	_, err = begin("other", "1", lease(1, 61))
	require.NoError(t, err, "keys do not know of each other")

	require.NoError(t, s.Release(ctx, "k", lease(1, 61)), "not its lease")
	_, err = begin("k", "1", lease(2, 62))
	require.ErrorIs(t, err, events.ErrBusy)
	require.NoError(t, s.Release(ctx, "k", lease(0, 60)))
	last, err = begin("k", "2", lease(2, 62))
	require.NoError(t, err)
	require.Zero(t, last)

	whole := events.Entry{Version: "2", Revision: "7", Expires: start.Add(time.Hour)}
	require.ErrorIs(t, s.Finish(ctx, "k", whole, lease(0, 60)), events.ErrLost)
	require.NoError(t, s.Finish(ctx, "k", whole, lease(2, 62)))
	for _, version := range []string{"1", "2"} {
		last, err = begin("k", version, lease(3, 63))
		require.NoError(t, err)
		require.Equal(t, whole, last, "and no lease is taken")
	}
	last, err = begin("k", "3", lease(4, 64))
	require.NoError(t, err)
	require.Equal(t, whole, last)
	last, err = begin("k", "2", lease(4, 64))
	require.NoError(t, err, "what is handled is, though another is at work on the next")
	require.Equal(t, whole, last)

	last, err = begin("k", "3", lease(64, 124))
	require.NoError(t, err, "who held the lease is taken for dead")
	require.Equal(t, whole, last)
	require.ErrorIs(t, s.Finish(ctx, "k", entry("3"), lease(4, 64)), events.ErrLost)
	require.NoError(t, s.Release(ctx, "k", lease(64, 124)))
	last, err = begin("k", "3", lease(65, 125))
	require.NoError(t, err)
	require.Equal(t, whole, last, "a release keeps what was finished")
	require.NoError(t, s.Finish(ctx, "k", entry("3"), lease(65, 125)))
	last, err = begin("k", "3", lease(66, 126))
	require.NoError(t, err)
	require.Equal(t, entry("3"), last, "without the revision and expiry of before")
}

func TestReleaseLeavesNothingBehind(t *testing.T) {
	s := newStore(t)
	l := events.Lease{Begin: time.Unix(1, 0), End: time.Unix(2, 0)}
	_, err := s.Begin(t.Context(), "k", events.Entry{Version: "1", Expires: time.Unix(9, 0)}, l)
	require.NoError(t, err)
	client := s.Client.(*dynamodb.Client)
	count := func() int32 {
		out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &s.Table})
		require.NoError(t, err)
		return out.Count
	}
	require.EqualValues(t, 1, count())
	require.NoError(t, s.Release(t.Context(), "k", l))
	require.Zero(t, count())
}

// deaf is a client whose answers are lost.
type deaf struct{ dynamodbstore.DynamoDB }

func (d deaf) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if _, err := d.DynamoDB.UpdateItem(ctx, in, o...); err != nil {
		return nil, err
	}
	return nil, errors.New("connection reset by peer")
}

func TestFinishMayBeTriedAgain(t *testing.T) {
	s := newStore(t)
	l := events.Lease{Begin: time.Unix(1, 0), End: time.Unix(2, 0)}
	done := events.Entry{Version: "1"}
	_, err := s.Begin(t.Context(), "k", done, l)
	require.NoError(t, err)
	lost := dynamodbstore.Store{Client: deaf{s.Client}, Table: s.Table}
	require.ErrorContains(t, lost.Finish(t.Context(), "k", done, l), "finish k in table "+s.Table+": connection reset")
	require.NoError(t, s.Finish(t.Context(), "k", done, l))
}

// Of many functions that get one event at one time, one handles it.
func TestOneOfManyHandles(t *testing.T) {
	s := newStore(t)
	e, err := events.Parse([]byte(`{"detail-type":"X","source":"s","detail":{"metadata":{"id":"1","type":"X","entity":"E","itemVersion":"1","key":{}}}}`))
	require.NoError(t, err)
	d := events.Deduper{Store: s, Name: "n", Now: time.Now}
	var mu sync.Mutex
	calls := 0
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			_, err := d.Do(t.Context(), e, func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				calls++
				return nil
			})
			if err != nil && !errors.Is(err, events.ErrBusy) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, calls)
}
