package main

import (
	"fmt"
	"io"
	"os"

	"github.com/outflow-dev/outflow/pkg/model"
)

// maxModelFile is more than a model may have, so that a larger file is refused without being read whole.
const maxModelFile = 2 << 20

type checkCommand struct {
	Model string `arg:"" help:"The model file, model.yaml."`
}

func (c *checkCommand) Run(out io.Writer) error {
	m, err := readModel(c.Model, out)
	if err != nil {
		return err
	}
	events := 0
	for _, e := range m.Sorted() {
		events += len(e.Events)
	}
	_, err = fmt.Fprintf(out, "%s: fine: %d entities, %d search indexes, %d events\n", c.Model, len(m.Entities), len(m.Indexes), events)
	return err
}

// readModel reads and checks a model file and prints its faults and warnings. Its error is errWrong where the model
// is wrong, and another where it could not be read.
func readModel(path string, out io.Writer) (*model.Model, error) {
	src, err := readFile(path, maxModelFile)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	return parseModel(path, src, out)
}

// parseModel is readModel for a model whose text is read already.
func parseModel(path string, src []byte, out io.Writer) (*model.Model, error) {
	m, faults := model.Parse(path, src)
	if len(faults) > 0 {
		if _, err := fmt.Fprintln(out, faults); err != nil {
			return nil, err
		}
	}
	if faults.Err() != nil {
		return nil, errWrong
	}
	return m, nil
}

// readFile reads a file of at most limit bytes, and the first limit+1 of a larger one.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}
