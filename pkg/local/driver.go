package local

import (
	"context"
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

	mu      sync.Mutex // guards what follows
	inputs  chan mapping.Input
	filter  *mapping.Filter
	machine *mapping.Machine
	alarms  map[mapping.AlarmKind]Raised
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
	filter, err := mapping.NewFilter(d.Mapping.Filters)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.machine, d.filter, d.inputs, d.alarms = machine, filter, make(chan mapping.Input), map[mapping.AlarmKind]Raised{}
	d.mu.Unlock()
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
			d.raise(e)
		}
	}
	if !save {
		return nil
	}
	return d.Checkpoints.Save(checkpoints)
}
