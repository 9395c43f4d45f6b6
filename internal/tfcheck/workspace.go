package tfcheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoTerraform says that there is no terraform to run. Whoever wants the check installs it.
var ErrNoTerraform = errors.New("terraform is not on PATH; install version 1.9 or later " +
	"(https://developer.hashicorp.com/terraform/install)")

// copied is what the modules, their tests and the examples read.
var copied = []string{"terraform", "examples/shop/terraform", "docs/runbooks"}

// Workspace is a copy of everything that Terraform reads in the repository, in a folder of its own.
type Workspace struct {
	Folder   string // which holds terraform/, examples/shop/terraform/ and docs/runbooks/
	Provider Provider
}

// Installed is ErrNoTerraform where terraform is not on PATH. Its version is checked by the modules themselves.
func Installed() error {
	if _, err := exec.LookPath("terraform"); err != nil {
		return ErrNoTerraform
	}
	return nil
}

// NewWorkspace copies from the repository to an existing, empty folder.
func NewWorkspace(repository, folder string, p Provider) (*Workspace, error) {
	if err := Installed(); err != nil {
		return nil, err
	}
	for _, part := range copied {
		if err := copyFolder(filepath.Join(repository, part), filepath.Join(folder, part)); err != nil {
			return nil, fmt.Errorf("copy %s: %w", part, err)
		}
	}
	return &Workspace{Folder: folder, Provider: p}, nil
}

// copyFolder leaves out what Terraform has made.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".terraform" {
			return filepath.SkipDir
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, relative), 0o755)
		}
		if strings.HasPrefix(d.Name(), ".terraform") || strings.Contains(d.Name(), ".tfstate") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, relative), content, 0o600)
	})
}

// Terraform runs terraform in a folder of the workspace and returns what it printed. The error holds both what it
// printed and what it complained of.
func (w *Workspace) Terraform(ctx context.Context, folder string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "terraform", args...)
	cmd.Dir = filepath.Join(w.Folder, folder)
	cmd.Env = append(os.Environ(), w.Provider.Environment...)
	cmd.Env = append(cmd.Env, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("terraform %s in %s: %w\n%s%s", args[0], folder, err, out.Bytes(), complaints.Bytes())
	}
	return out.Bytes(), nil
}
