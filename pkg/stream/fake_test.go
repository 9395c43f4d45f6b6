package stream_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/stream"
)

// fake is a stream whose shards all have the same records, numbered from 1. Its iterators are "<generation>/<records
// before it>"; each GetShardIterator begins a generation.
type fake struct {
	view    types.StreamViewType
	shards  []types.Shard // listed one a page
	records int
	closed  bool // the shards end behind the last record

	failIterator, failRecords error // what the next call answers

	described, generation int
	positions             []string
}

type options = func(*dynamodbstreams.Options)

func (f *fake) DescribeStream(_ context.Context, in *dynamodbstreams.DescribeStreamInput, _ ...options) (*dynamodbstreams.DescribeStreamOutput, error) {
	f.described++
	at := 0
	for i, s := range f.shards {
		if aws.ToString(s.ShardId) == aws.ToString(in.ExclusiveStartShardId) {
			at = i + 1
		}
	}
	page := &types.StreamDescription{StreamArn: in.StreamArn, StreamViewType: f.view}
	if at < len(f.shards) {
		page.Shards = f.shards[at : at+1]
	}
	if at+1 < len(f.shards) {
		page.LastEvaluatedShardId = f.shards[at].ShardId
	}
	return &dynamodbstreams.DescribeStreamOutput{StreamDescription: page}, nil
}

func (f *fake) GetShardIterator(_ context.Context, in *dynamodbstreams.GetShardIteratorInput, _ ...options) (*dynamodbstreams.GetShardIteratorOutput, error) {
	if err := f.failIterator; err != nil {
		f.failIterator = nil
		return nil, err
	}
	f.positions = append(f.positions, strings.TrimSpace(string(in.ShardIteratorType)+" "+aws.ToString(in.SequenceNumber)))
	f.generation++
	before := 0
	if in.SequenceNumber != nil {
		before, _ = strconv.Atoi(*in.SequenceNumber)
	}
	switch in.ShardIteratorType {
	case types.ShardIteratorTypeAtSequenceNumber:
		before--
	case types.ShardIteratorTypeLatest:
		before = f.records
	}
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: f.iterator(before)}, nil
}

func (f *fake) GetRecords(_ context.Context, in *dynamodbstreams.GetRecordsInput, _ ...options) (*dynamodbstreams.GetRecordsOutput, error) {
	if err := f.failRecords; err != nil {
		f.failRecords = nil
		return nil, err
	}
	_, place, _ := strings.Cut(*in.ShardIterator, "/")
	before, err := strconv.Atoi(place)
	if err != nil {
		return nil, err
	}
	out := &dynamodbstreams.GetRecordsOutput{}
	for ; before < f.records && len(out.Records) < int(*in.Limit); before++ {
		out.Records = append(out.Records, types.Record{
			EventName: "UNKNOWN_TO_SDK_VERSION",
			Dynamodb:  &types.StreamRecord{SequenceNumber: aws.String(strconv.Itoa(before + 1)), OldImage: item("PK", "x")},
		})
	}
	if before < f.records || !f.closed {
		out.NextShardIterator = f.iterator(before)
	}
	return out, nil
}

func (f *fake) iterator(before int) *string {
	return aws.String(fmt.Sprintf("%d/%d", f.generation, before))
}

func item(name, value string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{name: text(value)}
}

func text(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

func newReader(t *testing.T, api stream.API) *stream.Reader {
	t.Helper()
	r, err := stream.New(api, stream.Config{Stream: arn})
	require.NoError(t, err)
	return r
}
