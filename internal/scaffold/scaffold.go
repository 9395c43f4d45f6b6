// Package scaffold writes what a project begins with: a commented model with recorded changes, a test of both, a
// subscriber, and a Terraform root with the module that belongs to this outflow.
//
// It writes to new or empty folders only, and nothing over anything.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/outflow-dev/outflow/terraform"
)

// project is what a project begins with, with the word PROJECT where its name goes.
//
//go:embed project
var project embed.FS

// mark stands for the project's name. A word of which it is only a part, such as PROJECT_FOLDER, stays.
var mark = regexp.MustCompile(`\bPROJECT\b`)

// ModuleFolder is where a project has the Terraform module.
const ModuleFolder = "terraform/outflow"

// namePattern is narrower than the model's own, so that a stage and a function's name fit behind it.
var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,25}[a-z0-9]$`)

// CheckName says what is wrong with a project's name, which becomes the model's.
func CheckName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("%q cannot name a project: a name is 2 to 27 lower-case letters, digits and hyphens, a letter first "+
			"and no hyphen last, since tables, buckets and functions are named after it", name)
	}
	return nil
}

// Write writes a project to a folder and returns its files, relative to the folder.
func Write(folder, name string) ([]string, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	files, err := fs.Sub(project, "project")
	if err != nil {
		return nil, err
	}
	written, err := copyTo(folder, files, func(content []byte) []byte { return mark.ReplaceAll(content, []byte(name)) })
	if err != nil {
		return written, err
	}
	_, err = WriteModule(filepath.Join(folder, ModuleFolder))
	return append(written, ModuleFolder), err
}

// WriteModule writes the Terraform module to a folder.
func WriteModule(folder string) ([]string, error) {
	module, err := fs.Sub(terraform.Module, ".")
	if err != nil {
		return nil, err
	}
	return copyTo(folder, module, func(content []byte) []byte { return content })
}

// copyTo refuses a folder in which something is, so that nobody's work is written over.
func copyTo(folder string, files fs.FS, edit func([]byte) []byte) ([]string, error) {
	switch entries, err := os.ReadDir(folder); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("write to %s: %w", folder, err)
	case len(entries) > 0:
		return nil, fmt.Errorf("%s is not empty, and nothing is written over anything: name a new folder", folder)
	}
	var written []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		name = visible(name)
		to := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		written = append(written, name)
		return os.WriteFile(to, edit(content), 0o644)
	})
	return written, err
}

// visible gives a file the name that it has in a project: embedding leaves out those that begin with a dot.
func visible(name string) string {
	if base, ok := strings.CutSuffix(name, "gitignore"); ok {
		return base + ".gitignore"
	}
	return name
}
