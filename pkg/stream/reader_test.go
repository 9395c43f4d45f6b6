package stream_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/stream"
)

var fromStart = stream.Reading{Shard: "s", From: stream.Position{Type: stream.TrimHorizon}, Limit: 2}

func sequences(batch stream.Batch) []string {
	var all []string
	for _, r := range batch.Records {
		all = append(all, r.Sequence)
	}
	return all
}

func read(t *testing.T, r *stream.Reader, reading stream.Reading) stream.Batch {
	t.Helper()
	batch, err := r.Read(t.Context(), reading)
	require.NoError(t, err)
	return batch
}

func TestReadGoesOnUntilAClosedShardEnds(t *testing.T) {
	api := &fake{records: 3, closed: true}
	r := newReader(t, api)

	first := read(t, r, fromStart)
	require.Equal(t, []string{"1", "2"}, sequences(first))
	require.False(t, first.End)
	second := read(t, r, fromStart)
	require.Equal(t, []string{"3"}, sequences(second))
	require.True(t, second.End)
	require.Equal(t, []string{"TRIM_HORIZON"}, api.positions, "one iterator for all reads")
}

func TestReadOfAnOpenShardNeverEnds(t *testing.T) {
	api := &fake{}
	r := newReader(t, api)

	require.Equal(t, stream.Batch{Records: []stream.Record{}}, read(t, r, fromStart))
	api.records = 1
	require.Equal(t, []string{"1"}, sequences(read(t, r, fromStart)))
}

func TestReadFromAPosition(t *testing.T) {
	for _, test := range []struct {
		name string
		from stream.Position
		want []string
	}{
		{"oldest", stream.Position{Type: stream.TrimHorizon}, []string{"1", "2", "3"}},
		{"only new ones", stream.Position{Type: stream.Latest}, nil},
		{"at a record", stream.Position{Type: stream.At, Sequence: "2"}, []string{"2", "3"}},
		{"after a record", stream.Position{Type: stream.After, Sequence: "2"}, []string{"3"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReader(t, &fake{records: 3})
			require.Equal(t, test.want, sequences(read(t, r, stream.Reading{Shard: "s", From: test.from, Limit: 10})))
		})
	}
}

func TestRestartTakesANewIterator(t *testing.T) {
	r := newReader(t, &fake{records: 3})
	read(t, r, fromStart)

	again := fromStart
	again.Restart = true
	require.Equal(t, []string{"1", "2"}, sequences(read(t, r, again)))
	require.Equal(t, []string{"3"}, sequences(read(t, r, fromStart)), "the new one is kept")
}

func TestShardsHaveIteratorsOfTheirOwn(t *testing.T) {
	r := newReader(t, &fake{records: 3})
	other := fromStart
	other.Shard = "other"

	read(t, r, fromStart)
	require.Equal(t, []string{"1", "2"}, sequences(read(t, r, other)))
	require.Equal(t, []string{"3"}, sequences(read(t, r, fromStart)))
}

func TestReadErrorsSayWhatToDo(t *testing.T) {
	throttled := &smithy.GenericAPIError{Code: "ThrottlingException"}
	for _, test := range []struct {
		name   string
		answer error
		want   error
		anew   bool // the next read takes a new iterator
	}{
		{"expired", &types.ExpiredIteratorException{}, stream.ErrExpired, true},
		{"trimmed", &types.TrimmedDataAccessException{}, stream.ErrTrimmed, true},
		{"gone", &types.ResourceNotFoundException{}, stream.ErrGone, true},
		{"limit exceeded", &types.LimitExceededException{}, stream.ErrThrottled, false},
		{"throttled", throttled, stream.ErrThrottled, false},
		{"internal", &types.InternalServerError{}, nil, false},
		{"network", errors.New("connection reset"), nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			api := &fake{records: 3}
			r := newReader(t, api)
			read(t, r, fromStart)
			api.failRecords = test.answer

			_, err := r.Read(t.Context(), fromStart)
			requireHint(t, err, test.answer, test.want)

			behind := stream.Reading{Shard: "s", From: stream.Position{Type: stream.After, Sequence: "2"}, Limit: 2}
			require.Equal(t, []string{"3"}, sequences(read(t, r, behind)))
			require.Equal(t, test.anew, len(api.positions) == 2)
		})
	}
}

// requireHint checks that the error has the SDK's in its chain, and of the hints only the wanted one.
func requireHint(t *testing.T, err, answer, want error) {
	t.Helper()
	require.ErrorIs(t, err, answer)
	require.ErrorContains(t, err, "shard s")
	for _, hint := range []error{stream.ErrExpired, stream.ErrTrimmed, stream.ErrGone, stream.ErrThrottled, stream.ErrViewType} {
		require.Equal(t, hint == want, errors.Is(err, hint), hint)
	}
}

func TestFailedIteratorSaysWhatToDo(t *testing.T) {
	api := &fake{records: 3, failIterator: &types.TrimmedDataAccessException{}}
	r := newReader(t, api)

	_, err := r.Read(t.Context(), stream.Reading{Shard: "s", From: stream.Position{Type: stream.After, Sequence: "1"}, Limit: 2})
	require.ErrorIs(t, err, stream.ErrTrimmed)
	require.Equal(t, []string{"1", "2"}, sequences(read(t, r, fromStart)))
}

func TestAFailedReadFromLatestKeepsItsPlace(t *testing.T) {
	api := &fake{records: 3, failRecords: errors.New("connection reset")}
	r := newReader(t, api)
	latest := stream.Reading{Shard: "s", From: stream.Position{Type: stream.Latest}, Limit: 2}

	_, err := r.Read(t.Context(), latest)
	require.Error(t, err)
	api.records = 4
	require.Equal(t, []string{"4"}, sequences(read(t, r, latest)))
}

func TestReadingsThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		name    string
		reading stream.Reading
		says    string
	}{
		{"no limit", stream.Reading{Shard: "s", From: fromStart.From}, "limit 0 is not between 1 and 1000"},
		{"too many", stream.Reading{Shard: "s", From: fromStart.From, Limit: 1001}, "limit 1001"},
		{"no type", stream.Reading{Shard: "s", Limit: 1}, `position type "" is unknown`},
		{"no sequence", stream.Reading{Shard: "s", From: stream.Position{Type: stream.After}, Limit: 1}, "needs a sequence number"},
		{"a sequence too many", stream.Reading{Shard: "s", From: stream.Position{Type: stream.Latest, Sequence: "1"}, Limit: 1}, "has no sequence number"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := newReader(t, &fake{}).Read(t.Context(), test.reading)
			require.ErrorContains(t, err, test.says)
		})
	}
	_, err := stream.New(&fake{}, stream.Config{})
	require.ErrorContains(t, err, "no ARN")
}

func TestRepairComesBeforeTheJSON(t *testing.T) {
	r, err := stream.New(&fake{records: 1}, stream.Config{Stream: arn, Repair: func(record types.Record) types.Record {
		repaired, turned := stream.LocalTTL(record)
		require.True(t, turned)
		return repaired
	}})
	require.NoError(t, err)
	require.JSONEq(t, `{"eventName": "REMOVE", "eventSourceARN": "`+arn+`",
		"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
		"dynamodb": {"SequenceNumber": "1", "OldImage": {"PK": {"S": "x"}}}}`, string(read(t, r, fromStart).Records[0].Body))
}
