package pack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Checkout finds a folder with Outflow's source: the first of the given ones that is in it. The error is ErrNoSource
// where none is.
func Checkout(in ...string) (string, error) {
	for _, folder := range in {
		folder, err := filepath.Abs(folder)
		if err != nil {
			return "", fmt.Errorf("find outflow's source: %w", err)
		}
		for ; ; folder = filepath.Dir(folder) {
			if isCheckout(folder) {
				return folder, nil
			}
			if folder == filepath.Dir(folder) {
				break
			}
		}
	}
	return "", ErrNoSource
}

// ErrNoSource says that no folder is in a checkout; whoever asked looks elsewhere for the functions.
var ErrNoSource = errors.New("no checkout of " + Module)

func isCheckout(folder string) bool {
	content, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	return err == nil && bytes.HasPrefix(content, []byte("module "+Module+"\n"))
}

// Build builds every function from a checkout to folder/<name>/bootstrap, for Lambda on that architecture. It needs Go,
// of the version that the checkout's go.mod asks for.
func Build(ctx context.Context, checkout, arch, folder string) error {
	for _, name := range Functions() {
		b := Binary{Package: "./functions/" + name, OS: "linux", Arch: arch, Out: filepath.Join(folder, name, "bootstrap")}
		if err := b.Build(ctx, checkout); err != nil {
			return err
		}
	}
	return nil
}

// Binary is a command of Outflow's module and what it is built for, in Go's words.
type Binary struct {
	Package  string // such as ./cmd/outflow
	OS, Arch string
	Out      string // the file to write
}

// Build builds the binary so that its bytes follow from the source and the Go version alone.
func (b Binary) Build(ctx context.Context, checkout string) error {
	out, err := filepath.Abs(b.Out)
	if err != nil {
		return fmt.Errorf("build %s: %w", b.Package, err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc",
		"-ldflags", "-s -w", "-o", out, b.Package)
	cmd.Dir = checkout
	cmd.Env = append(os.Environ(), "GOOS="+b.OS, "GOARCH="+b.Arch, "CGO_ENABLED=0",
		"GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off", "GOAMD64=v1", "GOARM64=v8.0") // which would change the binary
	said, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("build %s: %w; install Go (https://go.dev/dl), or use outflow from a release archive, which has the "+
			"functions beside it", b.Package, err)
	case err != nil:
		return fmt.Errorf("build %s in %s: %w\n%s", b.Package, checkout, err, bytes.TrimSpace(said))
	}
	return nil
}
