package lambda

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// process is one started binary, the leader of its own process group.
type process struct {
	pid    int
	exited chan struct{}    // closed when the leader is reaped and the rest of its group killed
	state  *os.ProcessState // once exited is closed

	mu     sync.Mutex
	reaped bool
}

func launch(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = attributes()
	p := &process{exited: make(chan struct{})}
	started := make(chan error)
	go p.run(cmd, started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run starts the process and waits for it on one thread of its own: Linux sends the parent-death signal when the
// thread that started the process ends, not when all of this program does.
func (p *process) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	if err == nil {
		p.pid = cmd.Process.Pid
	}
	started <- err
	if err != nil {
		return
	}
	_ = cmd.Wait() // ProcessState tells how it ended
	p.state = cmd.ProcessState
	p.signal(syscall.SIGKILL) // what it left of its group: the group's id is not given anew while a member lives
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	close(p.exited)
}

// signal sends the signal to the whole group. It can only fail where nothing of the group is left.
func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = syscall.Kill(-p.pid, sig)
	}
}

// ending tells, in Lambda's words, how a process that exited did so.
func (p *process) ending() string {
	if p.state.Success() {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + p.state.String()
}
