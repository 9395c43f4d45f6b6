package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// iterator returns the one to read with, and keeps it, so that a read which fails goes on from the same place: LATEST
// taken again would be another.
func (r *Reader) iterator(ctx context.Context, reading Reading) (string, error) {
	if held := r.held(reading.Shard); held != "" && !reading.Restart {
		return held, nil
	}
	in, err := reading.From.request(r.config.Stream, reading.Shard)
	if err != nil {
		return "", err
	}
	r.keep(reading.Shard, "")
	out, err := r.api.GetShardIterator(ctx, in)
	if err != nil {
		return "", failure("get iterator of shard "+reading.Shard, err)
	}
	iterator := aws.ToString(out.ShardIterator)
	if iterator == "" {
		return "", fmt.Errorf("get iterator of shard %s: the answer has none; is the endpoint DynamoDB's?", reading.Shard)
	}
	r.keep(reading.Shard, iterator)
	return iterator, nil
}

func (r *Reader) held(shard string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.iterators[shard]
}

// keep notes the iterator to go on with; "" forgets it.
func (r *Reader) keep(shard, iterator string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if iterator == "" {
		delete(r.iterators, shard)
		return
	}
	r.iterators[shard] = iterator
}

// failed forgets an iterator that is of no use any more.
func (r *Reader) failed(shard string, err error) error {
	for _, useless := range []error{ErrExpired, ErrTrimmed, ErrGone} {
		if errors.Is(err, useless) {
			r.keep(shard, "")
		}
	}
	return err
}
