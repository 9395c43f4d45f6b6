package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// MaxRecords is the most that one GetRecords gives
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html).
const MaxRecords = 1000

// Lister lists the shards of one stream, parents before children.
type Lister interface {
	Shards(ctx context.Context) ([]Shard, error)
}

// Source reads a shard on. Reads of several shards may run at a time, of one shard only one.
type Source interface {
	Read(ctx context.Context, reading Reading) (Batch, error)
}

// API is what a Reader needs of the SDK's client.
type API interface {
	DescribeStream(
		context.Context, *dynamodbstreams.DescribeStreamInput, ...func(*dynamodbstreams.Options),
	) (*dynamodbstreams.DescribeStreamOutput, error)
	GetShardIterator(
		context.Context, *dynamodbstreams.GetShardIteratorInput, ...func(*dynamodbstreams.Options),
	) (*dynamodbstreams.GetShardIteratorOutput, error)
	GetRecords(
		context.Context, *dynamodbstreams.GetRecordsInput, ...func(*dynamodbstreams.Options),
	) (*dynamodbstreams.GetRecordsOutput, error)
}

var (
	_ API    = (*dynamodbstreams.Client)(nil)
	_ Lister = (*Reader)(nil)
	_ Source = (*Reader)(nil)
)

// Config says which stream is read.
type Config struct {
	Stream string // its ARN
	// Repair, where it is set, changes a record before it is written as JSON. The service's records need none; those of
	// DynamoDB Local need LocalTTL.
	Repair func(types.Record) types.Record
}

// Reader reads one stream. It holds an iterator for each shard that was read, and is safe for use by several
// goroutines.
type Reader struct {
	api    API
	config Config

	mu        sync.Mutex
	iterators map[string]string // by shard
}

// New makes a Reader; it calls nothing.
func New(api API, config Config) (*Reader, error) {
	if config.Stream == "" {
		return nil, errors.New("read stream: no ARN of a stream is given; DescribeTable gives it as LatestStreamArn")
	}
	return &Reader{api: api, config: config, iterators: map[string]string{}}, nil
}

// Reading says what to read.
type Reading struct {
	Shard   string
	From    Position // where a new iterator is taken
	Restart bool     // take a new iterator even though the last read of the shard gave one to go on with
	Limit   int      // records, 1 to MaxRecords
}

// Batch is what one read gave. Few or no records do not mean that there are no more; End does: the shard is closed,
// and its children can begin.
type Batch struct {
	Records []Record
	End     bool
}

// Read reads on behind the last Read of the shard, or, where it holds no iterator and with Restart, from the given
// position. After an error a read begins where this one did, and after ErrExpired, ErrTrimmed and ErrGone with a new
// iterator.
func (r *Reader) Read(ctx context.Context, reading Reading) (Batch, error) {
	if reading.Limit < 1 || reading.Limit > MaxRecords {
		return Batch{}, fmt.Errorf("read shard %s: limit %d is not between 1 and %d", reading.Shard, reading.Limit, MaxRecords)
	}
	iterator, err := r.iterator(ctx, reading)
	if err != nil {
		return Batch{}, err
	}
	limit := int32(reading.Limit)
	out, err := r.api.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: &iterator, Limit: &limit})
	if err != nil {
		return Batch{}, r.failed(reading.Shard, failure("get records of shard "+reading.Shard, err))
	}
	r.keep(reading.Shard, aws.ToString(out.NextShardIterator))
	batch := Batch{Records: make([]Record, len(out.Records)), End: out.NextShardIterator == nil}
	for i, record := range out.Records {
		if r.config.Repair != nil {
			record = r.config.Repair(record)
		}
		batch.Records[i] = NewRecord(record, r.config.Stream)
	}
	return batch, nil
}
