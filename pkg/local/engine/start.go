package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// patience is how long an engine may take until it is ready. On an idle machine it is 2 to 10 s.
const patience = 3 * time.Minute

// Start runs the plan's engines with their data in dir, and returns when all of them answer. If it fails or ctx ends,
// it stops what it has started and returns the reason, with the end of the log of the engine at fault. A BusyError
// says that another running program uses dir.
func Start(ctx context.Context, plan Plan, dir string) (*Engines, error) {
	if err := plan.Err(); err != nil {
		return nil, err
	}
	dir, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	held, err := take(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	e := &Engines{
		AccessKeyID: plan.AccessKeyID, SecretAccessKey: plan.SecretAccessKey,
		plan: plan, dir: dir, held: []*lock{held}, died: make(chan *process, len(Names())),
		record: record{path: filepath.Join(dir, "engines.json")},
	}
	if err := e.record.stopLeftovers(ctx); err != nil {
		return nil, errors.Join(err, held.release()) // the record stays for the next Start
	}
	if err := e.startAll(ctx); err != nil {
		return nil, errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
	}
	return e, nil
}

func prepare(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := checkRoom(dir, dataRoom); err != nil {
		return "", fmt.Errorf("%s: %w; free some, or choose a folder on another disk", dir, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "logs"), 0o755); err != nil {
		return "", fmt.Errorf("make the folder for the engines' data: %w", err)
	}
	return filepath.EvalSymlinks(dir)
}

// startAll starts what must be started, all at once, since waiting is most of it.
func (e *Engines) startAll(interrupt context.Context) error {
	ctx, cancel := context.WithTimeoutCause(interrupt, patience, errLate)
	defer cancel()
	faults := make([]error, len(e.plan.Items)+1)
	var all sync.WaitGroup
	for i, item := range e.plan.Items {
		all.Go(func() {
			if faults[i] = e.startOne(ctx, item); faults[i] != nil {
				cancel() // the others need not come up
			}
		})
	}
	if e.plan.docker != "" {
		faults[len(e.plan.Items)] = e.startDocker(ctx)
	}
	all.Wait()
	if err := interrupt.Err(); err != nil {
		return fmt.Errorf("the start of the engines was interrupted: %w", err)
	}
	return errors.Join(slices.DeleteFunc(faults, func(err error) bool { return errors.Is(err, context.Canceled) })...)
}

func (e *Engines) startOne(ctx context.Context, item Item) error {
	switch item.Source {
	case Docker:
		return nil
	case Given:
		return e.useGiven(ctx, item)
	}
	if _, err := os.Stat(item.Path); err != nil {
		return fmt.Errorf("%s is not in the cache: %w; fetch it first", releases[item.Name].title, err)
	}
	c, err := e.command(item)
	if err != nil {
		return fmt.Errorf("prepare %s: %w", releases[item.Name].title, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p, err := launch(c, e.dir, &e.record)
	if err != nil {
		return fmt.Errorf("start %s: %w", releases[item.Name].title, err)
	}
	e.watch(p)
	if err := p.awaitReady(ctx); err != nil {
		return err
	}
	e.setEndpoint(item.Name, c.endpoint)
	return nil
}

// useGiven checks that the server answers; it gets a moment, in case it is just being started.
func (e *Engines) useGiven(ctx context.Context, item Item) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 20*time.Second, errLate)
	defer cancel()
	if err := await(ctx, ready(item.Name, item.Endpoint), nil); err != nil {
		return fmt.Errorf("%s at the given endpoint %s: %w; start it, or do not set %s",
			releases[item.Name].title, item.Endpoint, err, variables[item.Name])
	}
	e.setEndpoint(item.Name, item.Endpoint)
	return nil
}

// command claims the ports and prepares the folders of one engine.
func (e *Engines) command(item Item) (command, error) {
	port, err := e.claim(item.Port)
	if err != nil {
		return command{}, err
	}
	switch item.Name {
	case DynamoDB:
		return dynamoCommand(item, e.dir, port)
	case OpenSearch:
		transport, err := e.claim(0)
		if err != nil {
			return command{}, err
		}
		return openSearchCommand(item, e.dir, e.plan.HeapMB, port, transport)
	default:
		return s3Command(item, e.dir, port, e.plan.AccessKeyID, e.plan.SecretAccessKey)
	}
}
