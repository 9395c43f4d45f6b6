package e2e_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// settle waits until the mapping is behind the last of the records and has nothing in hand. There must be a record.
func (w *world) settle(ctx context.Context, records []stream.Record) error {
	last := records[len(records)-1].Sequence
	return w.until(ctx, "the checkpoint is at "+last, func(context.Context) (bool, error) {
		reached := false
		for _, shard := range w.Mapping().Shards {
			if shard.Waiting > 0 {
				return false, nil
			}
			reached = reached || padded(shard.Checkpoint.Position.Sequence) >= padded(last)
		}
		return reached, nil
	})
}

func padded(sequence string) string { return fmt.Sprintf("%0*s", 40, sequence) }

// records reads the table's stream from its beginning, independently of the mapping, until there is no more. Nobody may
// write meanwhile.
func (w *world) records(ctx context.Context) ([]stream.Record, error) {
	description, err := w.streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &w.Target.StreamARN})
	if err != nil {
		return nil, err
	}
	if shards := description.StreamDescription.Shards; len(shards) != 1 {
		return nil, fmt.Errorf("the stream has %d shards; DynamoDB Local gives one", len(shards))
	}
	first, err := w.streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &w.Target.StreamARN, ShardId: description.StreamDescription.Shards[0].ShardId,
		ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return nil, err
	}
	var all []stream.Record
	for next := first.ShardIterator; next != nil; {
		page, err := w.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: next})
		if err != nil {
			return nil, err
		}
		if len(page.Records) == 0 {
			break
		}
		for _, r := range page.Records {
			all = append(all, stream.NewRecord(r, w.Target.StreamARN))
		}
		next = page.NextShardIterator
	}
	return all, nil
}

// decode decodes records as the consumer does.
func (w *world) decode(records []string) ([]change.Change, error) {
	changes, err := change.Decode(w.model, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	for i := range changes {
		if err == nil && changes[i].Fault != nil {
			err = fmt.Errorf("record %s: %w", records[i], changes[i].Fault)
		}
	}
	return changes, err
}
