package stream

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// Shard is one shard of a stream.
type Shard struct {
	ID     string
	Parent string // "" where it has none; it may be trimmed already, and so not listed
	First  string // sequence number of its first record
	Last   string // sequence number of its last record; "" while the shard is open
}

// Shards lists all shards of the stream, parents before children. It reads as many pages of DescribeStream as there
// are. The errors are ErrViewType, ErrGone, ErrThrottled and those of the SDK.
func (r *Reader) Shards(ctx context.Context) ([]Shard, error) {
	var shards []Shard
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: &r.config.Stream}
	for {
		out, err := r.api.DescribeStream(ctx, in)
		if err != nil {
			return nil, failure("list shards of "+r.config.Stream, err)
		}
		page := out.StreamDescription
		if page == nil {
			return nil, fmt.Errorf("list shards of %s: the answer has no stream description; is the endpoint DynamoDB's?",
				r.config.Stream)
		}
		if page.StreamViewType != types.StreamViewTypeNewAndOldImages {
			return nil, fmt.Errorf("list shards of %s: %w; it is %s", r.config.Stream, ErrViewType, page.StreamViewType)
		}
		for _, s := range page.Shards {
			shards = append(shards, shardOf(s))
		}
		if in.ExclusiveStartShardId = page.LastEvaluatedShardId; in.ExclusiveStartShardId == nil {
			return ParentsFirst(shards), nil
		}
	}
}

func shardOf(s types.Shard) Shard {
	shard := Shard{ID: aws.ToString(s.ShardId), Parent: aws.ToString(s.ParentShardId)}
	if numbers := s.SequenceNumberRange; numbers != nil {
		shard.First, shard.Last = aws.ToString(numbers.StartingSequenceNumber), aws.ToString(numbers.EndingSequenceNumber)
	}
	return shard
}

// ParentsFirst returns the shards with every parent before its children, and else by id, which begins with the time
// of the shard's creation. A shard that is listed twice, on two pages, is there once. A parent that is not listed was
// trimmed together with its last record, and holds nothing up.
func ParentsFirst(shards []Shard) []Shard {
	sorted := slices.SortedStableFunc(slices.Values(shards), func(a, b Shard) int { return cmp.Compare(a.ID, b.ID) })
	listed := make(map[string]Shard, len(sorted))
	for _, s := range sorted {
		listed[s.ID] = s
	}
	placed, ordered := make(map[string]bool, len(sorted)), make([]Shard, 0, len(listed))
	for _, s := range sorted {
		// The line of ancestors that are not placed yet, youngest first.
		var line []Shard
		for current, found := listed[s.ID]; found && !placed[current.ID]; current, found = listed[current.Parent] {
			placed[current.ID] = true
			line = append(line, current)
		}
		slices.Reverse(line)
		ordered = append(ordered, line...)
	}
	return ordered
}
