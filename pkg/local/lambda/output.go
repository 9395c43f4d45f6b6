package lambda

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	pipeCapacity = 64 << 10  // of Linux and the most of macOS: one read takes all that a pipe holds
	maxLine      = 256 << 10 // a longer one is cut, as CloudWatch Logs does
)

// stragglerGrace is how long a process that left the group of an ended instance may still hold its output.
const stragglerGrace = time.Second

// output moves what an instance writes, to stdout and stderr alike, into the function's log, line by line.
type output struct {
	pipe *os.File
	log  *lineLog
	done chan struct{} // closed when nothing more comes

	mu      sync.Mutex // held while bytes move, so that they keep their order
	buf     []byte
	partial []byte // of a line
}

// newOutput returns the output and the file to start the process with.
func newOutput(log *lineLog) (*output, *os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("open a pipe for the function's output: %w", err)
	}
	return &output{pipe: read, log: log, done: make(chan struct{}), buf: make([]byte, pipeCapacity)}, write, nil
}

// copy moves bytes until every writer is gone, or the deadline of close.
func (o *output) copy() {
	defer close(o.done)
	conn, err := o.pipe.SyscallConn()
	for open := true; open && err == nil; {
		err = conn.Read(func(fd uintptr) bool {
			var empty bool
			open, empty = o.pull(fd)
			return !empty
		})
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush()
}

// drain moves all that has been written so far, so that the log has it before what the caller writes next.
func (o *output) drain() {
	conn, err := o.pipe.SyscallConn()
	if err == nil {
		err = conn.Control(func(fd uintptr) { o.pull(fd) })
	}
	if err != nil { // closed: copy has moved everything
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush()
}

// close waits for the rest of an ended process's output.
func (o *output) close() {
	_ = o.pipe.SetReadDeadline(time.Now().Add(stragglerGrace)) // a pipe takes deadlines
	<-o.done
	_ = o.pipe.Close()
}

func (o *output) pull(fd uintptr) (open, empty bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := syscall.Read(int(fd), o.buf)
	switch {
	case errors.Is(err, syscall.EINTR):
		return true, false
	case errors.Is(err, syscall.EAGAIN):
		return true, true
	case err != nil || n == 0:
		return false, false
	}
	o.take(o.buf[:n])
	return true, false
}

func (o *output) take(chunk []byte) {
	o.partial = append(o.partial, chunk...)
	if end := bytes.LastIndexByte(o.partial, '\n') + 1; end > 0 {
		o.log.write(o.partial[:end])
		o.partial = append(o.partial[:0], o.partial[end:]...)
	}
	if len(o.partial) >= maxLine {
		o.flush()
	}
}

func (o *output) flush() {
	if len(o.partial) > 0 {
		o.log.write(append(o.partial, '\n'))
		o.partial = o.partial[:0]
	}
}
