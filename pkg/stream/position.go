package stream

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// The types of a Position, in the words of GetShardIterator.
const (
	TrimHorizon = string(types.ShardIteratorTypeTrimHorizon)         // the oldest record that the shard still has
	Latest      = string(types.ShardIteratorTypeLatest)              // only what is written from now on
	At          = string(types.ShardIteratorTypeAtSequenceNumber)    // that record and what follows
	After       = string(types.ShardIteratorTypeAfterSequenceNumber) // what follows that record
)

// Position is a place in a shard.
type Position struct {
	Type     string // one of the constants
	Sequence string // sequence number; only with At and After
}

// request asks for an iterator at the position.
func (p Position) request(stream, shard string) (*dynamodbstreams.GetShardIteratorInput, error) {
	in := &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &stream, ShardId: &shard, ShardIteratorType: types.ShardIteratorType(p.Type),
	}
	switch p.Type {
	case TrimHorizon, Latest:
		if p.Sequence != "" {
			return nil, fmt.Errorf("read shard %s: a position of type %s has no sequence number", shard, p.Type)
		}
	case At, After:
		if p.Sequence == "" {
			return nil, fmt.Errorf("read shard %s: a position of type %s needs a sequence number", shard, p.Type)
		}
		in.SequenceNumber = aws.String(p.Sequence)
	default:
		return nil, fmt.Errorf("read shard %s: position type %q is unknown; it is one of %s, %s, %s and %s",
			shard, p.Type, TrimHorizon, Latest, At, After)
	}
	return in, nil
}
