package local

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// Invoker runs a function; *lambda.Function is one.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) (lambda.Result, error)
}

// Stream is what a mapping reads.
type Stream interface {
	stream.Lister
	stream.Source
}

// Destination keeps batches that were given up: the S3 on-failure destination.
type Destination interface {
	Store(ctx context.Context, f mapping.Failure) error
}

// Driver does what an event source mapping asks for: it reads the stream, invokes the function, stores failed
// batches and keeps the checkpoints. Its fields are set before Run.
type Driver struct {
	Mapping     mapping.Config
	Stream      Stream
	Function    Invoker
	Destination Destination
	Checkpoints Checkpoints
	Log         *slog.Logger

	inputs  chan mapping.Input
	mu      sync.Mutex
	machine *mapping.Machine
}

// Run drives the mapping until ctx ends. Then it begins nothing more, lets the invocations that run finish (the
// function's time-out bounds them; ending the function ends them too), and keeps the last checkpoints, so that what was
// handled does not come again.
func (d *Driver) Run(ctx context.Context) error {
	saved, err := d.Checkpoints.Load()
	if err != nil {
		return err
	}
	machine, err := mapping.New(d.Mapping, saved)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.machine = machine
	d.mu.Unlock()
	d.inputs = make(chan mapping.Input)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := &jobs{driver: d, ctx: ctx}
	err = d.loop(ctx, jobs)
	cancel()
	if late := d.drain(jobs); err == nil {
		err = late
	}
	return err
}

// loop gives the machine its inputs, one at a time.
func (d *Driver) loop(ctx context.Context, jobs *jobs) error {
	wake := time.NewTimer(0)
	defer wake.Stop()
	for {
		var in mapping.Input
		select {
		case <-ctx.Done():
			return nil
		case in = <-d.inputs:
		case <-wake.C:
			in = mapping.Tick{}
		}
		effects, checkpoints := d.step(in)
		wake.Stop()
		d.begin(effects, wake, jobs)
		if err := d.record(effects, checkpoints); err != nil {
			return err
		}
	}
}

// drain takes in the ends of the jobs that are under way, and returns when there are none.
func (d *Driver) drain(jobs *jobs) error {
	ended := make(chan struct{})
	go func() {
		jobs.group.Wait()
		close(ended)
	}()
	var fault error
	for {
		select {
		case <-ended:
			return fault
		case in := <-d.inputs:
			if err := d.record(d.step(in)); fault == nil {
				fault = err
			}
		}
	}
}

func (d *Driver) step(in mapping.Input) ([]mapping.Effect, []mapping.Checkpoint) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.machine.Step(time.Now(), in), d.machine.Checkpoints()
}

// begin begins what a step asks for.
func (d *Driver) begin(effects []mapping.Effect, wake *time.Timer, jobs *jobs) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case mapping.ListShards:
			jobs.start(func(ctx context.Context) mapping.Input { return d.list(ctx) })
		case mapping.Read:
			jobs.start(func(ctx context.Context) mapping.Input { return d.read(ctx, e) })
		case mapping.Invoke:
			jobs.start(func(ctx context.Context) mapping.Input { return d.invoke(ctx, e) })
		case mapping.StoreFailure:
			jobs.start(func(ctx context.Context) mapping.Input { return d.store(ctx, e) })
		case mapping.WakeAt:
			wake.Reset(max(0, time.Until(e.At)))
		}
	}
}

// record logs a step's alarms and keeps its checkpoints.
func (d *Driver) record(effects []mapping.Effect, checkpoints []mapping.Checkpoint) error {
	save := false
	for _, effect := range effects {
		switch e := effect.(type) {
		case mapping.SaveCheckpoint, mapping.ForgetCheckpoint:
			save = true
		case mapping.Alarm:
			d.Log.Error(e.Message, "alarm", string(e.Kind), "shard", e.Shard, "records", len(e.Records))
		}
	}
	if !save {
		return nil
	}
	return d.Checkpoints.Save(checkpoints)
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
		read.Records[i] = mapping.Record{Sequence: r.Sequence, Created: r.Created, Size: len(r.Body), Hash: hash.Sum64(), Body: r.Body}
	}
	return read
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

// Snapshot describes the mapping; the zero Snapshot before Run.
func (d *Driver) Snapshot() mapping.Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.machine == nil {
		return mapping.Snapshot{}
	}
	return d.machine.Snapshot()
}

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
