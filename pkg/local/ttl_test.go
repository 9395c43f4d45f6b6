package local_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/model"
)

const (
	streamARN = "arn:aws:dynamodb:ddblocal:000000000000:table/shop-dev/stream/2026-11-20T10:00:00.000"
	expired   = "1795255200"
)

var sweptAt = time.Unix(1795255260, 0)

// fakeTable gives the keys as expired items, as long as they are not deleted. What it is asked is the real engine's to
// test.
type fakeTable struct {
	keys   []string
	delete func() error // what a delete answers; nil lets it happen
}

func (f *fakeTable) Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	out := &dynamodb.ScanOutput{}
	for _, key := range f.keys {
		out.Items = append(out.Items, map[string]types.AttributeValue{
			"PK": &types.AttributeValueMemberS{Value: key}, "ttl": &types.AttributeValueMemberN{Value: expired},
		})
	}
	return out, nil
}

func (f *fakeTable) DeleteItem(
	context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options),
) (*dynamodb.DeleteItemOutput, error) {
	if f.delete != nil {
		return nil, f.delete()
	}
	return &dynamodb.DeleteItemOutput{}, nil
}

func openMarks(t *testing.T, path string) *local.TTLMarks {
	t.Helper()
	marks, err := local.OpenTTLMarks(path, streamARN, "ttl")
	require.NoError(t, err)
	return marks
}

func marksFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "ttl.json")
}

func sweeper(table local.TTLTable, marks *local.TTLMarks) *local.TTLSweeper {
	return &local.TTLSweeper{
		Client: table, Table: "shop", Key: []model.KeyAttribute{{Name: "PK", Type: "S"}}, Attribute: "ttl", Marks: marks,
		Log: slog.New(slog.DiscardHandler),
	}
}

// removal is the record that DynamoDB Local makes of a delete.
func removal(key, ttl string, sequence int) streamtypes.Record {
	pk := &streamtypes.AttributeValueMemberS{Value: key}
	return streamtypes.Record{EventName: streamtypes.OperationTypeRemove, Dynamodb: &streamtypes.StreamRecord{
		SequenceNumber: aws.String(strconv.Itoa(sequence)), Keys: map[string]streamtypes.AttributeValue{"PK": pk},
		OldImage: map[string]streamtypes.AttributeValue{"PK": pk, "ttl": &streamtypes.AttributeValueMemberN{Value: ttl}},
	}}
}

// byService says that the record comes out as a removal by the time to live.
func byService(marks *local.TTLMarks, r streamtypes.Record) bool {
	identity := marks.Repair(r).UserIdentity
	return identity != nil && *identity.Type == "Service" && *identity.PrincipalId == "dynamodb.amazonaws.com"
}

func TestAMarkServesTheRecordOfItsDeleteAlone(t *testing.T) {
	insert := removal("a", expired, 7)
	insert.EventName = streamtypes.OperationTypeInsert
	untimed := removal("a", expired, 7)
	delete(untimed.Dynamodb.OldImage, "ttl")
	engines := removal("z", expired, 7)
	engines.EventName = "UNKNOWN_TO_SDK_VERSION"
	for _, row := range []struct {
		name   string
		record streamtypes.Record
		want   bool
	}{
		{"the delete's record", removal("a", expired, 7), true},
		{"another item", removal("b", expired, 7), false},
		{"another time to live", removal("a", "1795255201", 7), false},
		{"an insert of the item", insert, false},
		{"an old image without a time to live", untimed, false},
		{"a removal by the engine itself, of any item", engines, true},
		{"a record without content", streamtypes.Record{EventName: streamtypes.OperationTypeRemove}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			marks := openMarks(t, marksFile(t))
			deleted, err := sweeper(&fakeTable{keys: []string{"a"}}, marks).Sweep(t.Context(), sweptAt)
			require.NoError(t, err)
			require.Equal(t, 1, deleted)

			require.Equal(t, row.want, byService(marks, row.record))
			require.Equal(t, row.name != "the delete's record", byService(marks, removal("a", expired, 8)), "the mark is left")
		})
	}
}

func TestARecordReadAgainGetsTheSameAnswerAlsoByALaterStart(t *testing.T) {
	path := marksFile(t)
	marks := openMarks(t, path)
	s := sweeper(&fakeTable{keys: []string{"a"}}, marks)
	for range 2 { // the item was written again, with the same time
		_, err := s.Sweep(t.Context(), sweptAt)
		require.NoError(t, err)
	}

	require.True(t, byService(marks, removal("a", expired, 7)))
	require.True(t, byService(marks, removal("a", expired, 9)))
	require.NoError(t, marks.Save())
	for name, marks := range map[string]*local.TTLMarks{"same run": marks, "later run": openMarks(t, path)} {
		for range 2 {
			require.True(t, byService(marks, removal("a", expired, 7)), name)
			require.True(t, byService(marks, removal("a", expired, 9)), name)
			require.False(t, byService(marks, removal("a", expired, 11)), name+": a user's delete")
		}
	}
}

func TestAMarkIsInTheFileBeforeItsDelete(t *testing.T) {
	path, found := marksFile(t), false
	table := &fakeTable{keys: []string{"a"}, delete: func() error {
		found = byService(openMarks(t, path), removal("a", expired, 7)) // a run that begins now
		return nil
	}}
	_, err := sweeper(table, openMarks(t, path)).Sweep(t.Context(), sweptAt)
	require.NoError(t, err)
	require.True(t, found)
}

func TestWhatWasChangedMeanwhileIsNotMarked(t *testing.T) {
	path := marksFile(t)
	marks := openMarks(t, path)
	table := &fakeTable{keys: []string{"a"}, delete: func() error { return &types.ConditionalCheckFailedException{} }}

	deleted, err := sweeper(table, marks).Sweep(t.Context(), sweptAt)

	require.NoError(t, err)
	require.Zero(t, deleted)
	require.False(t, byService(marks, removal("a", expired, 7)), "a user's delete")
	require.False(t, byService(openMarks(t, path), removal("a", expired, 7)), "nor by a later run")
}

func TestADeleteWithoutAnAnswerKeepsItsOneMark(t *testing.T) {
	lost := errors.New("connection reset")
	path := marksFile(t)
	s := sweeper(&fakeTable{keys: []string{"a", "b"}, delete: func() error { return lost }}, openMarks(t, path))
	for range 3 {
		_, err := s.Sweep(t.Context(), sweptAt)
		require.ErrorIs(t, err, lost)
		require.ErrorContains(t, err, "delete an expired item of table shop")
	}

	marks := openMarks(t, path)
	require.True(t, byService(marks, removal("b", expired, 7)), "it may have been made")
	require.False(t, byService(marks, removal("b", expired, 8)))
}

func TestMarksAreForgottenWithTheirStream(t *testing.T) {
	path := marksFile(t)
	table := &fakeTable{keys: []string{"a"}}
	_, err := sweeper(table, openMarks(t, path)).Sweep(t.Context(), sweptAt)
	require.NoError(t, err)

	other, err := local.OpenTTLMarks(path, streamARN+"1", "ttl")
	require.NoError(t, err)
	require.False(t, byService(other, removal("a", expired, 7)), "another stream's")

	table.keys = []string{"b"}
	_, err = sweeper(table, openMarks(t, path)).Sweep(t.Context(), sweptAt.Add(24*time.Hour))
	require.NoError(t, err)
	require.False(t, byService(openMarks(t, path), removal("a", expired, 7)), "the stream has trimmed its record")
	require.True(t, byService(openMarks(t, path), removal("b", expired, 7)))
}

func TestNothingIsDeletedThatCannotBeMarked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "ttl.json")
	marks := openMarks(t, path)
	table := &fakeTable{keys: []string{"a"}, delete: func() error { return errors.New("deleted") }}

	deleted, err := sweeper(table, marks).Sweep(t.Context(), sweptAt)

	require.ErrorContains(t, err, path)
	require.NotContains(t, err.Error(), "deleted")
	require.Zero(t, deleted)
	require.False(t, byService(marks, removal("a", expired, 7)), "a user's delete")
}

func TestADamagedFileOfMarksSaysWhatToDo(t *testing.T) {
	path := marksFile(t)
	require.NoError(t, os.WriteFile(path, []byte(`{"stream": "arn`), 0o644))
	_, err := local.OpenTTLMarks(path, streamARN, "ttl")
	require.ErrorContains(t, err, path+" is damaged")
	require.ErrorContains(t, err, "delete it")
}
