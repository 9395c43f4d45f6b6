package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/outflow-dev/outflow/pkg/contract"
	"github.com/outflow-dev/outflow/pkg/model"
)

type eventsDiffCommand struct {
	Old  string `arg:"" help:"What is published now: a model (model.yaml or model.json), or a folder of outflow generate."`
	New  string `arg:"" help:"What is to be published; as OLD."`
	JSON bool   `help:"Print JSON."`
}

// Run compares and prints. Its error is errWrong where readers would break.
func (c *eventsDiffCommand) Run(out io.Writer, say diagnostics) error {
	old, err := readContract(c.Old, say)
	if err != nil {
		return err
	}
	current, err := readContract(c.New, say)
	if err != nil {
		return err
	}
	if len(old.Events)+len(current.Events) == 0 {
		return unproven("neither %s nor %s has events", c.Old, c.New)
	}
	differences := contract.Compare(old, current)
	if err := c.print(out, differences); err != nil {
		return err
	}
	for _, d := range differences {
		if d.Level == contract.Breaking {
			return errWrong
		}
	}
	return nil
}

func (c *eventsDiffCommand) print(out io.Writer, differences []contract.Difference) error {
	counts := map[contract.Level]int{}
	for _, d := range differences {
		counts[d.Level]++
	}
	if c.JSON {
		return printJSON(out, "  ", struct {
			Breaking    int                   `json:"breaking"`
			Differences []contract.Difference `json:"differences"`
		}{counts[contract.Breaking], append([]contract.Difference{}, differences...)})
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, d := range differences {
		event := "all events"
		if d.Event != "" {
			event = fmt.Sprintf("%s schema %d", d.Event, d.Schema)
		}
		if d.So != "" {
			d.What += ": " + d.So
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.Level, event, d.Where, d.What)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d breaking, %d of meaning, %d compatible\n%s",
		counts[contract.Breaking], counts[contract.Meaning], counts[contract.Compatible], c.advice(counts))
	return err
}

func (c *eventsDiffCommand) advice(counts map[contract.Level]int) string {
	if counts[contract.Breaking] == 0 {
		return ""
	}
	return "Publish what breaks beside what was: list the event's old rule with its schema number and the new one with the next,\n" +
		"until no reader takes the old one (docs/events.md, Changing an event).\n"
}

// readContract reads a contract from a contract folder, or takes it out of a model. Faults of a model are printed.
func readContract(path string, say diagnostics) (*contract.Contract, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return readContractFolder(path)
	}
	m, err := readEitherModel(path, say)
	if err != nil {
		return nil, err
	}
	return contract.Of(m)
}

// maxContract bounds a file before it is read whole: a model of 1 MiB gives less.
const maxContract = 64 << 20

func readContractFolder(folder string) (*contract.Contract, error) {
	path := filepath.Join(folder, contract.Name)
	src, err := readFile(path, maxContract)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no %s: it is not a folder of outflow generate", folder, contract.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	c, err := contract.Load(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// readEitherModel reads a model as people write it or as outflow build compiles it, which is JSON.
func readEitherModel(path string, say diagnostics) (*model.Model, error) {
	src, err := readFile(path, maxContract)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if !json.Valid(src) {
		return parseModel(path, src, say)
	}
	m, err := model.Load(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}
