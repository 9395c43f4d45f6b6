// Command mutants plants one fault at a time in the production code and runs the simulation until it notices:
//
//	go run ./internal/sim/cmd/mutants [-seeds N] [-only WORD] internal/sim/mutants.txt
//
// The tree stays as it is: each fault is compiled in through go build -overlay. The list names, for each fault, what it
// is, the file, the line to replace and what to replace it with; the line must be in the file exactly once, so that the
// list cannot rot unseen.
//
// Exit status: 0 every fault was noticed, 1 one was not or the list does not fit the code, 3 something else failed,
// 4 usage.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// mutant is one planted fault.
type mutant struct {
	name, file, old, new string
	line                 int // of the list
}

func main() {
	seeds := flag.Int("seeds", 2000, "how many seeds to run before a fault counts as not noticed")
	only := flag.String("only", "", "only faults whose name holds this")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(4)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	missed, err := run(ctx, flag.Arg(0), *only, *seeds)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(3)
	}
	if missed > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, list, only string, seeds int) (missed int, err error) {
	content, err := os.ReadFile(list)
	if err != nil {
		return 0, err
	}
	mutants, err := parse(string(content))
	if err != nil {
		return 0, err
	}
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	planted := 0
	for _, m := range mutants {
		if !strings.Contains(m.name, only) {
			continue
		}
		planted++
		said, noticed, err := m.try(ctx, folder, seeds)
		if ctx.Err() != nil {
			return missed, ctx.Err()
		}
		if err != nil {
			said = fmt.Sprintf("line %d of the list: %v", m.line, err)
		}
		fmt.Printf("%-9s %-70s %s\n", map[bool]string{true: "noticed", false: "MISSED"}[noticed], m.name, said)
		if !noticed {
			missed++
		}
	}
	fmt.Printf("%d faults planted, %d missed\n", planted, missed)
	return missed, nil
}

// parse reads the list: blocks of a name (# ...), a file, a line with - and a line with +.
func parse(content string) ([]mutant, error) {
	var all []mutant
	for i, line := range strings.Split(content, "\n") {
		last := len(all) - 1
		switch {
		case strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "# "):
			all = append(all, mutant{name: line[2:], line: i + 1})
		case last < 0:
			return nil, fmt.Errorf("line %d: a fault begins with # and what it is", i+1)
		case strings.HasPrefix(line, "- "):
			all[last].old = line[2:]
		case strings.HasPrefix(line, "+ "):
			all[last].new = line[2:]
		default:
			all[last].file = line
		}
	}
	for _, m := range all {
		if m.file == "" || m.old == "" {
			return nil, fmt.Errorf("line %d: %s lacks its file or the line to replace", m.line, m.name)
		}
	}
	return all, nil
}

// try compiles the simulation with the fault in it, and runs seeds until one breaks a promise.
func (m *mutant) try(ctx context.Context, folder string, seeds int) (said string, noticed bool, err error) {
	binary := filepath.Join(folder, "sim")
	overlay, err := m.overlay(folder)
	if err != nil {
		return "", false, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", binary, "./internal/sim/cmd/sim")
	if output, err := build.CombinedOutput(); err != nil {
		return "", false, fmt.Errorf("the fault does not compile: %w\n%s", err, output)
	}
	const step = 20
	for first := 0; first < seeds; first += step {
		out, err := bounded(ctx, binary, "run", strconv.Itoa(step), strconv.Itoa(first))
		for _, line := range strings.Split(out, "\n") {
			if strings.HasPrefix(line, "seed ") {
				return line, true, nil
			}
		}
		if errors.Is(err, context.DeadlineExceeded) || strings.Contains(out, "panic: ") {
			return fmt.Sprintf("seeds %d to %d hang or panic", first, first+step-1), true, nil
		}
	}
	return fmt.Sprintf("not in %d seeds", seeds), false, nil
}

// bounded runs a command that a fault may have made endless.
func bounded(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if ctx.Err() != nil {
		return string(out), ctx.Err()
	}
	return string(out), err
}

// overlay writes the changed file and the overlay that puts it in the place of the real one.
func (m *mutant) overlay(folder string) (string, error) {
	real, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(real)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(content), m.old); n != 1 {
		return "", fmt.Errorf("%s has the line %d times, not once: %s", m.file, n, m.old)
	}
	changed := filepath.Join(folder, "changed.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(content), m.old, m.new, 1)), 0o600); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {real: changed}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}
