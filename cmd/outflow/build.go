package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outflow-dev/outflow/internal/pack"
	"github.com/outflow-dev/outflow/internal/wholefile"
)

type buildCommand struct {
	Model     string `arg:"" help:"The model file, model.yaml."`
	Out       string `short:"o" required:"" placeholder:"DIR" help:"The folder to write to; made if missing."`
	Arch      string `enum:"arm64,amd64" default:"arm64" help:"What the functions run on: arm64, which Terraform deploys, or amd64."`
	Source    string `placeholder:"DIR" help:"Build the functions from this checkout of Outflow. Default: take those beside outflow."`
	ModelOnly bool   `help:"Write model.json alone, without the functions."`
}

// Help is printed by --help.
func (c *buildCommand) Help() string {
	return "Writes model.json, consumer.zip, digester.zip and operator.zip, which Terraform's package is, a bill of materials of the " +
		"functions (sbom.cdx.json, CycloneDX) and SHA256SUMS. The functions are those of a release, beside outflow in " +
		"functions/ARCH; where there are none, they are built with Go from the checkout that outflow or the working directory is in. " +
		"The same model and functions give the same bytes."
}

// Run checks the model before it looks for anything else.
func (c *buildCommand) Run(ctx context.Context, out io.Writer, say diagnostics) error {
	m, err := readModel(c.Model, say)
	if err != nil {
		return err
	}
	if c.ModelOnly {
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return fmt.Errorf("make output folder: %w", err)
		}
		if err := wholefile.Replace(filepath.Join(c.Out, pack.ModelFile), m.Marshal(), 0o644); err != nil {
			return err
		}
	} else {
		p := pack.Package{Model: m}
		if p.Functions, err = c.functions(ctx, say); err != nil {
			return err
		}
		if err := p.Write(c.Out); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "%s: model %s, hash %s\n", filepath.Join(c.Out, pack.ModelFile), m.Name, m.Hash)
	return err
}

// functions takes those of a release if there are some, and else builds them.
func (c *buildCommand) functions(ctx context.Context, say diagnostics) ([]pack.Function, error) {
	own, err := ownFolder()
	if err != nil {
		return nil, err
	}
	ready := filepath.Join(own, "functions", c.Arch)
	if _, err := os.Stat(ready); c.Source == "" && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(say, "functions: those in", ready)
		return pack.Read(ready, c.Arch)
	}
	checkout, err := c.checkout(own)
	if err != nil {
		return nil, fmt.Errorf("there are no functions in %s, nor a checkout of Outflow to build them from: %w; take a release "+
			"archive as it is unpacked, name a checkout with --source, or have model.json alone with --model-only", ready, err)
	}
	fmt.Fprintln(say, "functions: built with Go from", checkout)
	return buildFunctions(ctx, checkout, c.Arch)
}

func (c *buildCommand) checkout(own string) (string, error) {
	if c.Source != "" {
		return pack.Checkout(c.Source)
	}
	return pack.Checkout(own, ".")
}

func buildFunctions(ctx context.Context, checkout, arch string) (_ []pack.Function, err error) {
	folder, err := os.MkdirTemp("", "outflow-build-")
	if err != nil {
		return nil, fmt.Errorf("build the functions: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := pack.Build(ctx, checkout, arch, folder); err != nil {
		return nil, err
	}
	return pack.Read(folder, arch)
}

// ownFolder is where outflow itself is, also when it was started through a link.
func ownFolder() (string, error) {
	own, err := os.Executable()
	if err == nil {
		own, err = filepath.EvalSymlinks(own)
	}
	if err != nil {
		return "", fmt.Errorf("find outflow's own folder: %w", err)
	}
	return filepath.Dir(own), nil
}
