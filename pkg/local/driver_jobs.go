package local

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// jobs are the reads, invocations and stores that are under way.
type jobs struct {
	driver *Driver
	ctx    context.Context
	group  sync.WaitGroup
}

// start runs a job and gives its end to the machine. Reads and stores end early when the driver stops.
func (j *jobs) start(job func(context.Context) mapping.Input) {
	j.group.Go(func() { j.driver.inputs <- job(j.ctx) })
}

func (d *Driver) list(ctx context.Context) mapping.Input {
	shards, err := d.Stream.Shards(ctx)
	if err != nil {
		return mapping.ListFailed{Detail: err.Error()}
	}
	listed := mapping.ShardsListed{}
	for _, s := range shards {
		listed.Shards = append(listed.Shards, mapping.Shard{ID: s.ID, Parent: s.Parent})
	}
	return listed
}

func (d *Driver) read(ctx context.Context, e mapping.Read) mapping.Input {
	from := stream.Position{Type: string(e.From.Type), Sequence: e.From.Sequence}
	batch, err := d.Stream.Read(ctx, stream.Reading{Shard: e.Shard, From: from, Restart: e.Restart, Limit: e.Limit})
	if err != nil {
		return mapping.ReadFailed{Read: e.ID, Cause: cause(err), Detail: err.Error()}
	}
	read := mapping.RecordsRead{Read: e.ID, End: batch.End, Records: make([]mapping.Record, len(batch.Records))}
	for i, r := range batch.Records {
		hash := fnv.New64a()
		hash.Write(r.Key)
		read.Records[i] = mapping.Record{
			Sequence: r.Sequence, Created: r.Created, Size: len(r.Body), Hash: hash.Sum64(),
			Filtered: d.refuses(&r), Body: r.Body,
		}
	}
	return read
}

// refuses says that the filter criteria do not match the record. One that they cannot read goes to the function, which
// can say what is wrong with it.
func (d *Driver) refuses(r *stream.Record) bool {
	matches, err := d.filter.Matches(r.Body)
	if err != nil {
		d.Log.Error("the filter criteria cannot read a record; it is delivered", "record", r.Sequence, "error", err)
		return false
	}
	return !matches
}

func cause(err error) mapping.Cause {
	switch {
	case errors.Is(err, stream.ErrExpired):
		return mapping.IteratorExpired
	case errors.Is(err, stream.ErrTrimmed):
		return mapping.Trimmed
	case errors.Is(err, stream.ErrGone):
		return mapping.ShardGone
	}
	return mapping.Transient
}

func (d *Driver) invoke(ctx context.Context, e mapping.Invoke) mapping.Input {
	ended := mapping.InvocationEnded{Invocation: e.ID, Outcome: mapping.NotInvocable}
	event, err := e.Event()
	if err != nil {
		d.Log.Error("an invocation cannot be made", "error", err)
		return ended
	}
	result, err := d.Function.Invoke(context.WithoutCancel(ctx), event)
	if err != nil {
		if ctx.Err() == nil {
			d.Log.Warn("the function was not invoked", "error", err)
		}
		return ended
	}
	ended.RequestID, ended.Response = result.RequestID, result.Payload
	switch result.Outcome {
	case lambda.Succeeded:
		ended.Outcome = mapping.Returned
	case lambda.TimedOut:
		ended.Outcome = mapping.TimedOut
	default:
		ended.Outcome = mapping.Errored
	}
	if err := result.Err(); err != nil {
		d.Log.Warn("an invocation failed", "outcome", string(result.Outcome), "request", result.RequestID, "error", err)
	}
	return ended
}

func (d *Driver) store(ctx context.Context, e mapping.StoreFailure) mapping.Input {
	if d.Destination == nil {
		return mapping.StoreFailed{Failure: e.ID, Detail: "the mapping has no on-failure destination"}
	}
	if err := d.Destination.Store(ctx, e.Failure); err != nil {
		return mapping.StoreFailed{Failure: e.ID, Detail: err.Error()}
	}
	return mapping.FailureStored{Failure: e.ID}
}
