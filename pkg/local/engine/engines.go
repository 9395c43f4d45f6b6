package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// Region is what clients of the engines sign for; DynamoDB Local and versitygw accept this one.
const Region = "us-east-1"

// Engines are running engines and how to reach them.
type Engines struct {
	DynamoDB, OpenSearch, S3     string // endpoint URLs; "" where the plan leaves the engine out
	AccessKeyID, SecretAccessKey string // for all of them

	plan Plan
	dir  string

	mutex      sync.Mutex // guards what follows, and the endpoints until Start returns
	processes  []*process
	held       []*lock // of the folder, then of the ports
	containers bool
	record     record
	died       chan *process
}

// Running says where an engine that was started here runs.
type Running struct {
	Name          Name
	Endpoint, Log string
	PID           int
	Took          time.Duration // from its start until it was ready
}

// Running lists the engines that were started here, but for those in Docker.
func (e *Engines) Running() []Running {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	running := make([]Running, len(e.processes))
	for i, p := range e.processes {
		running[i] = Running{Name: p.name, Endpoint: p.endpoint, Log: p.log, PID: p.pid, Took: p.took}
	}
	slices.SortFunc(running, func(a, b Running) int { return slices.Index(Names(), a.Name) - slices.Index(Names(), b.Name) })
	return running
}

// String is a table for people.
func (e *Engines) String() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	started := map[Name]string{}
	for _, r := range e.Running() {
		started[r.Name] = fmt.Sprintf("process %d, ready after %.1f s, log %s", r.PID, r.Took.Seconds(), r.Log)
	}
	for _, name := range Names() {
		if endpoint := *e.endpoint(name); endpoint != "" {
			say(table, "%s\t%s\t%s\n", releases[name].title, endpoint, started[name])
		}
	}
	_ = table.Flush() // a strings.Builder takes everything
	return text.String()
}

// Wait returns nil when ctx ends, or, if an engine ends by itself before, an error with the end of its log. The
// others go on; call Stop in both cases.
func (e *Engines) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case p := <-e.died:
		return p.failure(errEnded)
	}
}

// Stop ends all engines that were started, S3 first and DynamoDB last, and gives up the folder. Each is asked to end and
// killed if it does not within its grace, or at once when ctx ends. An error says which process is left and how to
// stop it; the folder is then still held, and a second Stop tries again. After a good Stop another does nothing.
func (e *Engines) Stop(ctx context.Context) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if len(e.held) == 0 {
		return nil
	}
	var left []*process
	var faults []error
	order := func(a, b *process) int { return slices.Index(Names(), b.name) - slices.Index(Names(), a.name) }
	for _, p := range slices.SortedFunc(slices.Values(e.processes), order) {
		if err := p.stop(ctx); err != nil {
			left, faults = append(left, p), append(faults, err)
		}
	}
	e.processes = left
	faults = append(faults, e.stopDocker(ctx))
	if err := errors.Join(faults...); err != nil {
		return err
	}
	faults = []error{e.record.clear()}
	for _, held := range slices.Backward(e.held) {
		faults = append(faults, held.release())
	}
	e.held = nil
	return errors.Join(faults...)
}

// claim reserves a port until Stop.
func (e *Engines) claim(asked int) (int, error) {
	claimed, err := claimPort(e.plan.Cache, asked)
	if err != nil {
		return 0, err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.held = append(e.held, claimed.claim)
	return claimed.number, nil
}

// watch takes the process into the care of Stop and Wait.
func (e *Engines) watch(p *process) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.processes = append(e.processes, p)
	go func() {
		<-p.gone
		e.died <- p
	}()
}

func (e *Engines) setEndpoint(name Name, endpoint string) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	*e.endpoint(name) = endpoint
}

func (e *Engines) endpoint(name Name) *string {
	return map[Name]*string{DynamoDB: &e.DynamoDB, OpenSearch: &e.OpenSearch, S3: &e.S3}[name]
}
