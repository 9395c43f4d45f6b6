package main

import (
	"fmt"
	"io"

	"github.com/outflow-dev/outflow/pkg/contract"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search/documents"
)

type generateCommand struct {
	Model string `arg:"" help:"The model: model.yaml, or model.json as outflow build writes it."`
	Out   string `short:"o" required:"" placeholder:"DIR" help:"The folder to write to; made if missing. Files of others in it stay."`
	JSON  bool   `help:"Print JSON."`
}

// Run writes what the model's subscribers work with.
func (c *generateCommand) Run(out io.Writer, say diagnostics) error {
	m, err := readEitherModel(c.Model, say)
	if err != nil {
		return err
	}
	files, events, err := contractFiles(m)
	if err != nil {
		return err
	}
	done, err := contract.Write(c.Out, m.Name, files)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(out, "  ", done)
	}
	for _, name := range done.Removed {
		fmt.Fprintf(out, "removed %s, which the model no longer makes\n", name)
	}
	_, err = fmt.Fprintf(out, "%s: contracts of %d events in %d files, %d of them changed\n", c.Out, events, done.Files, done.Changed)
	return err
}

// contractFiles are the files of a model's contract, and the number of its events: each schema counts. Where the model
// has search indexes, the types of their documents are beside those of the events.
func contractFiles(m *model.Model) ([]contract.File, int, error) {
	c, err := contract.Of(m)
	if err != nil {
		return nil, 0, err
	}
	files, err := c.Files()
	if len(m.Indexes) > 0 {
		content := "// " + contract.Marker + "\n\n" + string(documents.TypeScript(m))
		files = append(files, contract.File{Path: "typescript/documents.ts", Content: []byte(content)})
	}
	return files, len(c.Events), err
}
