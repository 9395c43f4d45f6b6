package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/outflow-dev/outflow/scripts/engines"
)

// buildVersitygw builds the module of scripts/engines/versitygw; go compares every source with its go.sum.
func (p Plan) buildVersitygw(ctx context.Context, work, folder string, progress io.Writer) error {
	for name, content := range map[string]string{"go.mod": engines.VersitygwMod, "go.sum": engines.VersitygwSum} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, p.golang, "build", "-v", "-trimpath", "-o", filepath.Join(folder, "versitygw"),
		"github.com/versity/versitygw/cmd/versitygw")
	cmd.Dir = work
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0")
	built := 0
	return runTool(ctx, cmd, progress, func(line string) string {
		if module, found := strings.CutPrefix(line, "go: downloading "); found {
			return "  " + module
		}
		if built++; built%100 == 0 {
			return fmt.Sprintf("  %d packages built", built)
		}
		return ""
	})
}

// runTool runs a tool that may be interrupted by its context, tells people of each of its lines what wording makes of
// it ("" for nothing; a line is not said twice in a row), and puts the end of its output into the error.
func runTool(ctx context.Context, cmd *exec.Cmd, progress io.Writer, wording func(string) string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a tool's own children end with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	output, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	told := make(chan []string)
	go func() { told <- tell(output, progress, wording) }()
	err := cmd.Wait()
	_ = writer.Close() // never fails
	last := <-told
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("run %s: %w; it said:\n    %s", cmd.Path, err, strings.Join(last, "\n    "))
	}
	return nil
}

// tell reads output to its end and returns its last lines.
func tell(output io.Reader, progress io.Writer, wording func(string) string) []string {
	var last []string
	var said string
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	lines.Split(splitLines)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		if text := wording(line); text != "" && text != said {
			say(progress, "%s\n", text)
			said = text
		}
		if !strings.HasPrefix(line, "Progress (") {
			last = append(last[max(0, len(last)-11):], line)
		}
	}
	_, _ = io.Copy(io.Discard, output) // a line too long must not block the tool
	return last
}

// say tells a person something; where nobody can be told, the work goes on.
func say(to io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(to, format, args...) }

// splitLines is bufio.ScanLines that also ends a line at a carriage return, with which Maven redraws its progress.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// tenths says how much of a file is there, rounded down to a tenth, for files of 10 MB and more.
func tenths(have, all string) string {
	done, err := strconv.Atoi(have)
	total, err2 := strconv.Atoi(all)
	if errors.Join(err, err2) != nil || total < 10 {
		return ""
	}
	return fmt.Sprintf("  %d0 %% of %d MB", done*10/total, total)
}
