package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// execute starts the engines in a folder of their own, runs a command that finds them by its environment (see package
// enginetest), and stops them. It returns the command's own failure.
func execute(ctx context.Context, plan engine.Plan, command []string, out io.Writer) (err error) {
	if err := engine.Fetch(ctx, plan, out); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "outflow-engines-")
	if err != nil {
		return fmt.Errorf("make a folder for the engines: %w", err)
	}
	defer func() { err = errors.Join(err, engine.Remove(dir)) }()
	engines, err := engine.Start(ctx, plan, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engines.Stop(context.WithoutCancel(ctx))) }()
	_, _ = fmt.Fprint(out, engines) // what counts is the command
	run := exec.CommandContext(ctx, command[0], command[1:]...)
	run.Stdout, run.Stderr = os.Stdout, os.Stderr
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGTERM) }
	run.Env = append(os.Environ(),
		enginetest.Required+"=1",
		enginetest.OpenSearch+"="+engines.OpenSearch, enginetest.DynamoDB+"="+engines.DynamoDB, enginetest.S3+"="+engines.S3,
		enginetest.AccessKey+"="+engines.AccessKeyID, enginetest.SecretKey+"="+engines.SecretAccessKey)
	if err := run.Run(); err != nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
