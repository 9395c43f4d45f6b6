package lambda

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// instance is one process of the function with a Runtime API of its own.
type instance struct {
	cfg     *Config
	log     *lineLog
	process *process
	output  *output
	server  *http.Server

	asked chan struct{}    // holds one while the runtime's request for work is waiting, or is new
	work  chan *invocation // hands an invocation to that request
	gone  chan struct{}    // closed when the process is reaped, its group killed and its output read
	// registered says that the runtime registered itself as an extension, and so gets SIGTERM before it is killed.
	registered atomic.Bool
	peak       int64 // bytes resident at most, as last measured; belongs to the goroutine in await

	mu      sync.Mutex
	current *invocation // handed over, not yet released
	answer  *answer     // to current
	init    *answer     // the runtime's report of a failed init
}

// ending is what await saw first.
type ending int

const (
	asked ending = iota
	exited
	timedOut
	outOfMemory
	cancelled
)

// memoryInterval is how often the memory of a running instance is measured. What a Go program can touch in that time
// is how far above its limit it may get.
const memoryInterval = 10 * time.Millisecond

// startInstance starts the binary; the error is this machine's or says that the binary cannot run.
func startInstance(cfg *Config, log *lineLog) (*instance, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the Runtime API: %w", err)
	}
	i := &instance{
		cfg: cfg, log: log,
		asked: make(chan struct{}, 1), work: make(chan *invocation), gone: make(chan struct{}),
	}
	if err := i.launch(listener.Addr().String()); err != nil {
		_ = listener.Close() // nobody knew its address
		return nil, err
	}
	i.server = &http.Server{Handler: i.api(), ErrorLog: log.standard()}
	go i.serve(listener)
	go i.tend()
	return i, nil
}

func (i *instance) launch(endpoint string) error {
	out, stdout, err := newOutput(i.log)
	if err != nil {
		return err
	}
	cmd := exec.Command(i.cfg.Binary)
	cmd.Dir = filepath.Dir(i.cfg.Binary)
	cmd.Env = i.cfg.environment(endpoint, logStream(time.Now()))
	cmd.Stdout, cmd.Stderr = stdout, stdout
	i.output = out
	i.process, err = launch(cmd)
	_ = stdout.Close() // the process has its own; nothing was written here
	go out.copy()
	if err != nil {
		out.close()
	}
	return err
}

// serve answers the Runtime API until the process is gone. Without it the process is of no use.
func (i *instance) serve(listener net.Listener) {
	if err := i.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		i.log.printf("the Runtime API of process %d failed: %v", i.process.pid, err)
		i.process.signal(syscall.SIGKILL)
	}
}

func (i *instance) tend() {
	<-i.process.exited
	i.output.close()
	_ = i.server.Close() // its connections ended with the process
	close(i.gone)
}

// hand gives the invocation to the waiting runtime. It is false where the process is gone and never saw it.
func (i *instance) hand(inv *invocation) bool {
	if i.isGone() {
		return false
	}
	inv.begin(i.log)
	i.mu.Lock()
	i.current, i.answer = inv, nil
	i.mu.Unlock()
	timer := time.NewTimer(time.Until(inv.deadline))
	defer timer.Stop()
	select {
	case i.work <- inv:
		return true
	case <-timer.C: // the runtime hung up and lives on: await ends it
		return true
	case <-i.gone:
		return false
	}
}

func (i *instance) isGone() bool {
	select {
	case <-i.gone:
		return true
	default:
		return false
	}
}

// await waits until the runtime asks for work and measures its memory meanwhile. On every other ending but exited the
// process group is killed; the process is then gone.
func (i *instance) await(ctx context.Context, deadline time.Time) ending {
	end := i.wait(ctx, deadline)
	if end == asked && i.aboveMemory() {
		end = outOfMemory
	}
	if end != asked {
		i.process.signal(syscall.SIGKILL)
		<-i.gone
	}
	return end
}

func (i *instance) wait(ctx context.Context, deadline time.Time) ending {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	memory := time.NewTicker(memoryInterval)
	defer memory.Stop()
	for {
		select {
		case <-i.asked:
			if i.settled() {
				return asked
			}
		case <-i.gone:
			return exited
		case <-timer.C:
			return timedOut
		case <-ctx.Done():
			return cancelled
		case <-memory.C:
			if i.aboveMemory() {
				return outOfMemory
			}
		}
	}
}

// aboveMemory measures; a process that cannot be read is ending, which shows elsewhere.
func (i *instance) aboveMemory() bool {
	if resident, err := peakResident(i.process.pid); err == nil {
		i.peak = max(i.peak, resident)
	}
	return i.peak > int64(i.cfg.Memory)<<20
}

// settled says that nothing is owed for an invocation. A request for work that the runtime gave up can be noticed
// late, when the next invocation is already in hand.
func (i *instance) settled() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.current == nil || i.answer != nil
}

// release ends the invocation and returns the runtime's answer to it, or nil.
func (i *instance) release() *answer {
	i.mu.Lock()
	defer i.mu.Unlock()
	given := i.answer
	i.current, i.answer = nil, nil
	return given
}

// initFault is the runtime's report of a failed init, or nil.
func (i *instance) initFault() *answer {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.init
}

func logStream(now time.Time) string { return now.UTC().Format("2006/01/02/[$LATEST]") + newID() }
