package table_test

import (
	"context"
	"crypto/rand"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/stream"
	"github.com/outflow-dev/outflow/pkg/table"
)

// local is a table of DynamoDB Local.
type local struct {
	*table.Table
	model *model.Model
	read  func(t *testing.T) []byte // all records of the stream, as an event
}

func localTable(t *testing.T, m *model.Model) *local {
	t.Helper()
	url := enginetest.URL(t, enginetest.DynamoDB)
	id, secret := enginetest.Credentials(t)
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
	client, name := dynamodb.NewFromConfig(config), "table-"+rand.Text()
	l := &local{Table: table.New(client, m, name), model: m}
	arn, err := l.Create(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &name})
		require.NoError(t, err)
	})
	again, err := l.Create(t.Context())
	require.NoError(t, err)
	require.Equal(t, arn, again, "a second start keeps the table")
	l.read = func(t *testing.T) []byte { return event(t, dynamodbstreams.NewFromConfig(config), arn) }
	return l
}

// event reads what the stream has now.
func event(t *testing.T, client *dynamodbstreams.Client, arn string) []byte {
	t.Helper()
	reader, err := stream.New(client, stream.Config{Stream: arn})
	require.NoError(t, err)
	shards, err := reader.Shards(t.Context())
	require.NoError(t, err)
	out := []byte(`{"Records":[`)
	for _, s := range shards {
		batch, err := reader.Read(t.Context(), stream.Reading{Shard: s.ID, From: stream.Position{Type: stream.TrimHorizon}, Limit: stream.MaxRecords})
		require.NoError(t, err)
		for i, record := range batch.Records {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, record.Body...)
		}
	}
	return append(out, `]}`...)
}

func TestLocalKeepsEveryType(t *testing.T) {
	l := localTable(t, loadModel(t))
	at := time.Date(2026, 1, 31, 12, 0, 0, 5e6, time.UTC)
	fields := table.Item{
		"id": "k", "rank": 7, "string": "é", "enum": "A", "integer": int64(-5), "number": 0.5, "decimal": digits38, "boolean": true,
		"timestamp": at, "binary": []byte{0, 255}, "list": []int{2, 1}, "strings": []string{"a"}, "numbers": []string{"1.50"},
		"binaries": [][]byte{{1}}, "times": []time.Time{at}, "map": map[string]int{"a": 1},
		"address": address{Street: "x", Geo: &Geo{map[string]float64{"lat": 52.5}}}, "expires_at": at.Add(time.Hour * 24 * 365 * 50),
	}
	require.NoError(t, l.Put(t.Context(), table.Put{Entity: "Kinds", Fields: fields, If: table.Condition{Absent: true}}))

	found, err := l.Get(t.Context(), "Kinds", table.Item{"id": "k"})
	require.NoError(t, err)
	require.Empty(t, found.Dropped)
	require.Equal(t, table.Item{
		"id": "k", "rank": int64(7), "string": "é", "enum": "A", "integer": int64(-5), "number": 0.5, "decimal": model.Decimal(digits38),
		"boolean": true, "timestamp": at, "binary": []byte{0, 255}, "list": []any{int64(2), int64(1)}, "strings": []any{"a"},
		"numbers": []any{model.Decimal("1.5")}, "binaries": []any{[]byte{1}}, "times": []any{at}, "map": map[string]any{"a": int64(1)},
		"address": map[string]any{"street": "x", "geo": map[string]any{"lat": 52.5}}, "expires_at": at.Add(time.Hour * 24 * 365 * 50).Truncate(time.Second),
	}, found.Fields)

	again := table.Put{Entity: "Kinds", Fields: found.Fields, If: table.Condition{Equal: table.Item{"decimal": digits38}}}
	require.NoError(t, l.Put(t.Context(), again), "what was read can be written")
	require.ErrorIs(t, l.Put(t.Context(), table.Put{Entity: "Kinds", Fields: fields, If: table.Condition{Absent: true}}), table.ErrExists)

	byRank, err := collect(t, l.Table, table.Query{Entity: "Kinds", Index: "GSI2", Key: table.Item{"rank": 7}})
	require.NoError(t, err)
	require.Len(t, byRank, 1)
}

func TestLocalIndexFollowsTheOrder(t *testing.T) {
	l := localTable(t, loadModel(t))
	with := func(status string) int {
		found, err := collect(t, l.Table, table.Query{Entity: "Order", Index: "GSI1", Key: table.Item{"status": status}})
		require.NoError(t, err)
		return len(found)
	}
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	require.NoError(t, l.Put(t.Context(), table.Put{Entity: "Order", Fields: order{ID: "o1", User: "u1", Status: "NEW", Created: &at}, By: ann}))
	require.Equal(t, 1, with("NEW"))

	pay := table.Update{Entity: "Order", Key: o1, Set: table.Item{"status": "PAID"}, If: table.Condition{Equal: table.Item{"status": "NEW"}}}
	require.NoError(t, l.Update(t.Context(), pay))
	require.ErrorIs(t, l.Update(t.Context(), pay), table.ErrCondition)
	require.Equal(t, []int{0, 1}, []int{with("NEW"), with("PAID")})

	require.NoError(t, l.Update(t.Context(), table.Update{Entity: "Order", Key: o1, Remove: []string{"status"}}))
	require.Equal(t, 0, with("PAID"))

	require.NoError(t, l.Delete(t.Context(), table.Delete{Entity: "Order", Key: o1}))
	require.ErrorIs(t, l.Delete(t.Context(), table.Delete{Entity: "Order", Key: o1}), table.ErrNotFound)
	require.ErrorIs(t, l.Update(t.Context(), pay), table.ErrNotFound)
	_, err := l.Get(t.Context(), "Order", o1)
	require.ErrorIs(t, err, table.ErrNotFound)
}

func TestLocalIndexKeyOfSeveralFields(t *testing.T) {
	l := localTable(t, loadModel(t))
	key := table.Item{"sensor": "s", "day": "d", "n": 1}
	require.NoError(t, l.Put(t.Context(), table.Put{Entity: "Reading",
		Fields: table.Item{"sensor": "s", "day": "d", "n": 1, "region": "eu", "site": "ber"}}))
	require.NoError(t, l.Update(t.Context(), table.Update{Entity: "Reading", Key: key, Set: table.Item{"region": "us"}}))
	found, err := collect(t, l.Table, table.Query{Entity: "Reading", Index: "GSI1", Key: table.Item{"region": "us", "site": "ber"}})
	require.NoError(t, err)
	require.Len(t, found, 1)
}

func TestLocalTransactionIsAllOrNothing(t *testing.T) {
	l := localTable(t, loadModel(t))
	placed := table.Put{Entity: "Order", Fields: table.Item{"order_id": "o1", "user_id": "u1"}, If: table.Condition{Absent: true}}
	require.NoError(t, l.Transact(t.Context(), placed, line(1), line(2)))

	err := l.Transact(t.Context(), line(3), placed)
	require.EqualError(t, err, "transact: nothing was written: write 2 (put Order): there is such an item already")
	found, err := collect(t, l.Table, table.Query{Entity: "OrderLine", Key: o1, Descending: true})
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, "2", found[0].Fields["item_id"])

	exists := table.Check{Entity: "Order", Key: o1, If: table.Condition{Exists: true}}
	require.NoError(t, l.Transact(t.Context(), exists, line(3)))
	require.NoError(t, l.Delete(t.Context(), table.Delete{Entity: "Order", Key: o1}))
	require.ErrorIs(t, l.Transact(t.Context(), exists, line(4)), table.ErrNotFound)
}

func TestLocalRevisionsAndEvidence(t *testing.T) {
	l := localTable(t, parse(t, "outflow: 1\nname: docs\ntable: {key: [PK], stamps: {actor: by, revision: rev}}\nentities:\n"+
		"  Doc: {key: {PK: \"DOC#{id}\"}, attributes: {body: string}}\n"))
	id := table.Item{"id": "1"}
	put := func(revision int64, actor string) error {
		return l.Put(t.Context(), table.Put{Entity: "Doc", Fields: table.Item{"id": "1", "body": strconv.FormatInt(revision, 10)},
			By: table.Stamp{Actor: actor, Revision: revision}})
	}
	require.NoError(t, put(0, "ann"))
	require.ErrorIs(t, put(0, "ann"), table.ErrExists)
	require.NoError(t, put(1, "bob"))
	require.ErrorIs(t, put(1, "bob"), table.ErrStale)
	require.NoError(t, l.Update(t.Context(), table.Update{Entity: "Doc", Key: id, Set: table.Item{"body": "x"}}))
	found, err := l.Get(t.Context(), "Doc", id)
	require.NoError(t, err)
	require.Equal(t, table.Stamp{Revision: 3}, found.Stamp, "an update by nobody carries nobody's name")
	require.ErrorIs(t, l.Delete(t.Context(), table.Delete{Entity: "Doc", Key: id, Revision: 2}), table.ErrStale)
	require.NoError(t, l.Delete(t.Context(), table.Delete{Entity: "Doc", Key: id, Revision: 3}))

	changes, err := change.Decode(l.model, l.read(t))
	require.NoError(t, err)
	var told []string
	for _, c := range changes {
		require.NoError(t, c.Fault)
		e := c.Evidence(l.model.Table.Stamps)
		told = append(told, c.Op+" "+e.Revision+" "+e.Actor)
	}
	require.Equal(t, []string{"insert 1 ann", "modify 2 bob", "modify 3 ", "remove  "}, told)
}
