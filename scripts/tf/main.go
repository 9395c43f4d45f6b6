// Command tf checks the Terraform modules, their tests and the examples: form, validity, tflint, terraform's own tests
// and checkov. It works on a copy, says which AWS provider it worked with, and leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/outflow-dev/outflow/internal/tfcheck"
)

//go:generate go run -C tools ./document ../../../terraform
//go:generate go run ./testpackage ../../examples/shop/model.yaml ../../terraform/tests/package/model.json

// folders are those with a module of their own, roots after what they use.
var folders = []string{
	"terraform/modules/bucket", "terraform/modules/function", "terraform/modules/consumer", "terraform",
	"terraform/examples/minimal", "terraform/examples/complete", "examples/shop/terraform",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "make tf:", err)
		os.Exit(1) //nolint:forbidigo // the one place that exits
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	if err := tfcheck.Installed(); err != nil {
		return err
	}
	repository, err := os.Getwd()
	if err != nil {
		return err
	}
	provider, err := tfcheck.FindProvider(ctx, repository)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "outflow-tf-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	w, err := tfcheck.NewWorkspace(repository, folder, provider)
	if err != nil {
		return err
	}
	c := &checks{repository: repository, Workspace: w, out: out}
	if err := c.say("with %s AWS provider", provider.Name); err != nil {
		return err
	}
	for _, check := range []func(context.Context) error{c.form, c.valid, c.tflint, c.checkov, c.tests} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

type checks struct {
	*tfcheck.Workspace
	repository string
	out        io.Writer
}

func (c *checks) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.out, "terraform: "+format+"\n", args...)
	return err
}

func (c *checks) form(ctx context.Context) error {
	if _, err := c.Terraform(ctx, ".", "fmt", "-check", "-diff", "-recursive", "-no-color"); err != nil {
		return fmt.Errorf("not in terraform's form; run terraform fmt -recursive: %w", err)
	}
	return c.say("formatted")
}

func (c *checks) valid(ctx context.Context) error {
	for _, folder := range folders {
		for _, step := range [][]string{{"init", "-backend=false", "-input=false", "-no-color"}, {"validate", "-no-color"}} {
			if _, err := c.Terraform(ctx, folder, step...); err != nil {
				return err
			}
		}
	}
	return c.say("%d modules valid", len(folders))
}

// tests run the modules' own tests, with all output, since that is what says which promise does not hold.
func (c *checks) tests(ctx context.Context) error {
	out, err := c.Terraform(ctx, "terraform", "test", "-no-color")
	if err != nil {
		return err
	}
	return c.say("tests: %s", lastLine(out))
}

// command runs a tool in the workspace's folder and shows what it says.
func (c *checks) command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.Folder
	cmd.Stdout, cmd.Stderr = c.out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}
