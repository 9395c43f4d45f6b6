package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/local/console"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Config says what to run. All fields must be set but Digester, Subscribers, Engines and Env.
type Config struct {
	Dir         string // data, logs, events.ndjson and the target file
	Model       *model.Model
	Stage       string
	Consumer    string         // the consumer's bootstrap binary, built for this machine
	Digester    string         // the digester's; "" for no digests
	Subscribers []Subscriber   // by names of their own
	Engines     engine.Options // the zero value is fine
	Out         io.Writer      // is told what is fetched and started
	// Env overrides variables of the consumer's environment, for one that is to reach an engine by another address than
	// the target's; nil for none.
	Env map[string]string
}

// TargetFile is the name, in the folder, of the file that says how to reach the pipeline. It is there exactly while
// the pipeline is ready.
const TargetFile = "dev.json"

// Pipeline is the pipeline, running.
type Pipeline struct {
	Target target.Target

	config      Config
	engines     *engine.Engines
	clients     *clients
	bus         *busServer
	subscribers []*lambda.Function // as the config has them
	logs        []io.Closer
	marks       *TTLMarks
	driver      *Driver
	fn          *function
	meter       *Meter // of the function's log
	console     *console.Server
	since       time.Time  // it is ready
	failed      chan error // what ended the pipeline by itself
	cancel      context.CancelFunc
	running     sync.WaitGroup
}

// Start brings up everything and returns when it is ready: what is written to the table from then on reaches all
// outlets. A second start on the same folder carries on with the same data. When it fails, or ctx ends before it is
// ready, it leaves nothing running.
func Start(ctx context.Context, c Config) (*Pipeline, error) {
	p := &Pipeline{config: c, failed: make(chan error, 1)}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return p, nil
}

func (p *Pipeline) start(ctx context.Context) error {
	dir, err := filepath.Abs(p.config.Dir)
	if err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	p.config.Dir = dir
	if _, err := os.Stat(p.config.Consumer); err != nil { // known before the engines are waited for
		return fmt.Errorf("the consumer's binary: %w (make build builds it)", err)
	}
	if err := p.checkSubscribers(); err != nil {
		return err
	}
	if err := p.forgetKilled(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		p.startEngines, p.connect, p.provision, p.startBus, p.startFunction, p.startMapping, p.startDigester, p.startConsole,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("the start was interrupted: %w", err)
	}
	return p.Target.Save(p.targetPath())
}

// forgetKilled removes the target file of a run that was killed, so that nobody is sent to what is no longer there while
// the engines come up. That of a run that is alive refuses this start.
func (p *Pipeline) forgetKilled() error {
	if _, err := os.Stat(p.targetPath()); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return engine.WhileFree(p.config.Dir, p.removeTarget)
}

func (p *Pipeline) targetPath() string { return filepath.Join(p.config.Dir, TargetFile) }

// removeTarget is only for who holds the folder: another running pipeline's file is not ours to remove.
func (p *Pipeline) removeTarget() error {
	if err := os.Remove(p.targetPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (p *Pipeline) startEngines(ctx context.Context) error {
	options := p.config.Engines
	options.Dir = p.config.Dir
	plan, err := engine.Preflight(ctx, options)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(p.config.Out, plan); err != nil {
		return err
	}
	if err := plan.Err(); err != nil {
		return err
	}
	if err := engine.Fetch(ctx, plan, p.config.Out); err != nil {
		return err
	}
	if p.engines, err = engine.Start(ctx, plan, p.config.Dir); err != nil {
		return err
	}
	_, err = fmt.Fprint(p.config.Out, p.engines)
	return err
}

// openLog opens a log file of the pipeline, beside those of the engines.
func (p *Pipeline) openLog(name string) (io.Writer, error) {
	f, err := os.OpenFile(filepath.Join(p.config.Dir, "logs", name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	p.logs = append(p.logs, f)
	return f, nil
}

// startMapping runs the event source mapping until Stop.
func (p *Pipeline) startMapping(ctx context.Context) error {
	out, err := p.openLog("mapping.log")
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(out, nil))
	sweeper, err := p.newSweeper(ctx, log)
	if err != nil {
		return err
	}
	if p.driver, err = p.newDriver(log); err != nil {
		return err
	}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.running.Go(func() {
		if err := p.driver.Run(ctx); err != nil {
			p.fail(err)
		}
	})
	if sweeper != nil {
		p.running.Go(func() { sweeper.Run(ctx) })
	}
	p.running.Go(func() {
		if err := p.engines.Wait(ctx); err != nil {
			p.fail(err)
		}
	})
	return nil
}

// fail notes the first reason for which the pipeline ends by itself.
func (p *Pipeline) fail(err error) {
	select {
	case p.failed <- err:
	default:
	}
}

// Wait returns nil when ctx ends, or the reason when a part of the pipeline fails before. Call Stop in both cases.
func (p *Pipeline) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-p.failed:
		return err
	}
}

// Stop ends everything in the order of the flow, and leaves the data. Invocations that run may finish until ctx ends.
// It may be called again.
func (p *Pipeline) Stop(ctx context.Context) error {
	var faults []error
	if p.engines != nil {
		faults = append(faults, p.removeTarget())
	}
	if p.console != nil {
		faults = append(faults, p.console.Stop(ctx))
	}
	if p.cancel != nil {
		p.cancel()
	}
	if p.fn != nil {
		faults = append(faults, p.fn.Stop(ctx))
	}
	p.running.Wait()
	if p.marks != nil {
		faults = append(faults, p.marks.Save())
	}
	if p.bus != nil {
		faults = append(faults, p.bus.stop(ctx))
	}
	faults = append(faults, p.stopSubscribers(ctx))
	if p.engines != nil {
		err := p.engines.Stop(ctx)
		if faults = append(faults, err); err == nil {
			p.engines = nil // and the folder is given up
		}
	}
	for _, log := range p.logs {
		faults = append(faults, log.Close())
	}
	p.console, p.fn, p.bus, p.logs, p.marks = nil, nil, nil, nil, nil
	return errors.Join(faults...)
}
