package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/mapping"
)

type devCommand struct {
	Up     devUpCommand     `cmd:"" default:"withargs" help:"Run it until Ctrl-C; the word up may be left out."`
	Status devStatusCommand `cmd:"" help:"Say how the pipeline of a folder is; see outflow status --help."`
}

type devUpCommand struct {
	Model string `arg:"" help:"The model file, model.yaml."`
	localFlags
}

// localFlags are those of commands that run the pipeline on this machine.
type localFlags struct {
	Dir      string `default:".outflow" help:"The folder for data, logs, events.ndjson and the target file dev.json."`
	Consumer string `placeholder:"PATH" help:"The consumer's binary. Default: functions/consumer/bootstrap beside outflow's own."`

	Subscriber []local.Subscriber `sep:"none" placeholder:"NAME=PATH" help:"A function's bootstrap that rules can target; may be repeated."`
}

// Run brings the pipeline up and keeps it up until SIGINT or SIGTERM.
func (c *devUpCommand) Run(ctx context.Context, out io.Writer) error {
	p, err := c.start(ctx, c.Model, out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\nready: %s says how to reach it; %s shows how it is; events are appended to %s; Ctrl-C stops it\n",
		filepath.Join(c.Dir, local.TargetFile), p.Target.Console, filepath.Join(c.Dir, "events.ndjson"))
	err = errors.Join(err, tellSubscribers(ctx, p, out), c.watch(ctx, p, out))
	return errors.Join(err, stop(p, out))
}

// start starts the pipeline for a model file.
func (f *localFlags) start(ctx context.Context, modelFile string, out io.Writer) (*local.Pipeline, error) {
	m, err := readModel(modelFile, out)
	if err != nil {
		return nil, err
	}
	consumer := f.Consumer
	if consumer == "" {
		own, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find the consumer's binary: %w; name it with --consumer", err)
		}
		consumer = filepath.Join(filepath.Dir(own), "functions", "consumer", "bootstrap")
	}
	return local.Start(ctx, local.Config{
		Dir: f.Dir, Model: m, Stage: "dev", Consumer: consumer, Digester: digesterBeside(consumer, out),
		Subscribers: f.Subscriber, Out: out,
	})
}

// patience is how long a clean stop may take before what is left is killed.
const patience = 20 * time.Second

func stop(p *local.Pipeline, out io.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	_, err := fmt.Fprintln(out, "stopped; nothing left running")
	return err
}

// watch prints a status line whenever it changes, until ctx ends or the pipeline does.
func (c *devUpCommand) watch(ctx context.Context, p *local.Pipeline, out io.Writer) error {
	ended := make(chan error, 1)
	go func() { ended <- p.Wait(ctx) }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := ""
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
		}
		if line := progress(p.Mapping()); line != last {
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
			last = line
		}
	}
}

func progress(s mapping.Snapshot) string {
	waiting := 0
	for _, shard := range s.Shards {
		waiting += shard.Waiting
	}
	return fmt.Sprintf("read %d, in hand %d, handed over %d, failed %d, given up %d",
		s.Metrics.PolledEventCount, waiting, s.Metrics.InvokedEventCount, s.Metrics.FailedInvokeEventCount,
		s.Metrics.DroppedEventCount+s.Metrics.OnFailureDestinationDeliveredEventCount)
}
