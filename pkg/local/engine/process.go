package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// command is how one engine is run.
type command struct {
	name     Name
	endpoint string
	path     string
	args     []string
	env      []string // beside this process's own
	workDir  string
	marker   string   // one of args, which names the folder
	user     *account // nil means this process's own
	grace    time.Duration
	ready    probe
}

// process is an engine that runs.
type process struct {
	command
	pid   int
	log   string
	began time.Time
	took  time.Duration // from its start until it was ready
	gone  chan struct{} // closed when it has ended
	exit  error         // how it ended; read only after gone
}

// gate is the shell program through which every engine is started: it waits for a line, and then becomes the
// engine, under the same process id. Where the line never comes, since this program was killed before it had put
// the process on record, it just ends.
const gate = `read -r go || exit 0; exec "$0" "$@" </dev/null`

// launch starts the engine, with its output in dir/logs, after it has put it on record.
func launch(c command, dir string, on *record) (*process, error) {
	p := &process{command: c, log: filepath.Join(dir, "logs", string(c.name)+".log"), began: time.Now(), gone: make(chan struct{})}
	output, err := openLog(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }() // the engine has its own copy
	cmd := exec.Command("/bin/sh", append([]string{"-c", gate, c.path}, c.args...)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.workDir, append(environment(), c.env...), output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's Ctrl-C is for this program alone
	c.user.become(cmd.SysProcAttr)
	open, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run %s: %w", c.path, err)
	}
	p.pid = cmd.Process.Pid
	id, _, err := look(p.pid)
	if err == nil {
		err = on.add(entry{Engine: c.name, identity: id, Marker: c.marker})
	}
	if err == nil {
		_, err = io.WriteString(open, "go\n")
	}
	err = errors.Join(err, open.Close())
	go func() {
		p.exit = cmd.Wait()
		close(p.gone)
	}()
	if err != nil {
		<-p.gone // it ends by itself without the line
		return nil, err
	}
	return p, nil
}

// openLog begins a new log and keeps the one before it.
func openLog(path string) (*os.File, error) {
	if err := os.Rename(path, path+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keep the last log: %w", err)
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
}

// environment is this process's own but for what would change how a JVM or versitygw runs.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		changes := name == "JAVA_TOOL_OPTIONS" || name == "_JAVA_OPTIONS" || name == "JDK_JAVA_OPTIONS" ||
			strings.HasPrefix(name, "VGW_") || strings.HasPrefix(name, "ROOT_")
		if !changes {
			kept = append(kept, variable)
		}
	}
	return kept
}

// awaitReady asks the engine itself until it answers, ends, or the deadline passes.
func (p *process) awaitReady(ctx context.Context) error {
	if err := await(ctx, p.ready, p.gone); err != nil {
		return p.failure(err)
	}
	p.took = time.Since(p.began)
	return nil
}

// failure adds the end of the log to what went wrong.
func (p *process) failure(err error) error {
	select {
	case <-p.gone:
		err = fmt.Errorf("it ended (%v)", describe(p.exit))
	default:
	}
	return fmt.Errorf("%s does not run: %w; the end of %s:\n%s", releases[p.name].title, err, p.log, tail(p.log))
}

func describe(exit error) string {
	if exit == nil {
		return "exit status 0"
	}
	return exit.Error()
}

const tailBytes, tailLines = 8 << 10, 15

// tail returns the last lines of a log, indented.
func tail(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Size() > tailBytes {
		_, _ = file.Seek(-tailBytes, io.SeekEnd) // from the start then
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	lines = lines[max(0, len(lines)-tailLines):]
	return "    " + string(bytes.Join(lines, []byte("\n    ")))
}

// stop ends the engine; see end.
func (p *process) stop(ctx context.Context) error {
	if err := end(ctx, p.pid, p.grace, p.gone); err != nil {
		return fmt.Errorf("stop %s (process %d): %w", p.name, p.pid, err)
	}
	return nil
}
