package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/console"
)

type statusCommand struct {
	Target string `default:".outflow/dev.json" placeholder:"FILE" help:"The target file that outflow dev wrote. Else ${default}."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help is printed by --help.
func (c *statusCommand) Help() string {
	return "Lag, counts of each outlet, what is parked, and whether the engines answer. " +
		"Exit status: 0 healthy, 1 something is wrong, 3 it is not running."
}

// Run asks the running pipeline's console.
func (c *statusCommand) Run(ctx context.Context, out io.Writer) error {
	s, err := askConsole(ctx, c.Target)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(out, "  ", s)
	} else {
		err = printStatus(out, &s)
	}
	if err == nil && !s.Healthy {
		err = errWrong
	}
	return err
}

type devStatusCommand struct {
	Dir  string `default:".outflow" help:"The folder of outflow dev. Else ${default}."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Help is printed by --help.
func (c *devStatusCommand) Help() string { return (&statusCommand{}).Help() }

// Run is outflow status with the folder's target file.
func (c *devStatusCommand) Run(ctx context.Context, out io.Writer) error {
	return (&statusCommand{Target: filepath.Join(c.Dir, local.TargetFile), JSON: c.JSON}).Run(ctx, out)
}

const maxStatus = 16 << 20 // bytes

func askConsole(ctx context.Context, file string) (s console.Status, err error) {
	t, err := target.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("outflow dev is not running, or not ready yet: there is no %s, which it writes when it is", file)
	}
	if err != nil {
		return s, err
	}
	if t.Console == "" {
		return s, fmt.Errorf("the target %s has no console: that of a deployment is CloudWatch's dashboard; "+
			"outflow parked list says what is parked there", file)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.Console+"/status", http.NoBody)
	if err != nil {
		return s, fmt.Errorf("the console that %s names: %w", file, err)
	}
	answer, err := http.DefaultClient.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return s, fmt.Errorf("outflow dev is not running: nothing answers at the console that %s names, "+
			"which one that was killed left; start it again", file)
	}
	if err != nil {
		return s, fmt.Errorf("ask the console: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return s, fmt.Errorf("ask the console at %s: it answers %s: is it that of outflow dev?", t.Console, answer.Status)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxStatus)).Decode(&s); err != nil {
		return s, fmt.Errorf("ask the console at %s: its answer is no status: %w", t.Console, err)
	}
	return s, nil
}
