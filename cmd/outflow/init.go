package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/outflow-dev/outflow/internal/scaffold"
)

type initCommand struct {
	Folder     string `arg:"" name:"name" help:"The project's name, and the new folder to write it to: shop, or path/to/shop."`
	ModuleOnly bool   `help:"Write the Terraform module of this outflow alone to the folder, for a project that has the rest."`
}

// Help is printed by --help.
func (c *initCommand) Help() string {
	return "Writes a project that works as it is: a commented model.yaml with recorded changes, a test of both and a subscriber " +
		"(Python, standard library), and a Terraform root. A folder with something in it is refused."
}

// Validate checks the name, which becomes the model's.
func (c *initCommand) Validate() error {
	if c.ModuleOnly {
		return nil
	}
	return scaffold.CheckName(filepath.Base(filepath.Clean(c.Folder)))
}

// Run writes the project and says what to do next.
func (c *initCommand) Run(out io.Writer) error {
	if c.ModuleOnly {
		files, err := scaffold.WriteModule(c.Folder)
		if err != nil {
			return fmt.Errorf("init: %w", err)
		}
		_, err = fmt.Fprintf(out, "%s: %d files of the Terraform module\n", c.Folder, len(files))
		return err
	}
	files, err := scaffold.Write(c.Folder, filepath.Base(filepath.Clean(c.Folder)))
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	for _, name := range files {
		fmt.Fprintln(out, filepath.Join(c.Folder, filepath.FromSlash(name)))
	}
	_, err = fmt.Fprintf(out, "\nNext: cd %s, then outflow check model.yaml, outflow preview model.yaml changes.json, "+
		"outflow dev model.yaml; README.md says more\n", c.Folder)
	return err
}
