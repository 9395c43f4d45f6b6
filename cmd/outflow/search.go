package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/outflow-dev/outflow/pkg/search"
)

type searchCommand struct {
	Query    searchQueryCommand    `cmd:"" help:"Find documents for a text, as a search UI does: 0 some found, 2 none."`
	Plan     searchPlanCommand     `cmd:"" help:"Compare the model with the indexes: 0 nothing to do, 1 something."`
	Backfill searchBackfillCommand `cmd:"" help:"Bring all items of the table into the indexes: 0 all in, 1 some refused, 2 incomplete."`
}

type searchQueryCommand struct {
	Index string   `arg:"" help:"The index, as the model names it."`
	Text  []string `arg:"" help:"The words; the last may be the beginning of one."`
	Size  int      `default:"10" help:"The most documents, 1 to 10000."`
	targetFlags
}

// maxSize is the most that search.Reader takes.
const maxSize = 10_000

// Validate checks what needs no file.
func (c *searchQueryCommand) Validate() error {
	if c.Size < 1 || c.Size > maxSize {
		return fmt.Errorf("--size %d is not between 1 and %d", c.Size, maxSize)
	}
	return nil
}

// AfterApply checks the index against the model.
func (c *searchQueryCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil {
		return err
	}
	if c.running == nil || c.running.model.Indexes[c.Index] != nil {
		return nil
	}
	var names []string
	for _, index := range c.running.model.SortedIndexes() {
		names = append(names, index.Name)
	}
	return fmt.Errorf("the model has no index %q; it has %s", c.Index, strings.Join(names, ", "))
}

// Run finds and prints.
func (c *searchQueryCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	reader, err := d.documents()
	if err != nil {
		return err
	}
	text := strings.Join(c.Text, " ")
	hits, err := reader.Query(ctx, c.Index, text, c.Size)
	if err != nil {
		return hinted(err)
	}
	if err := c.print(out, text, hits); err != nil {
		return err
	}
	if len(hits) == 0 {
		return unproven("no document of %s that readers see fits %q", c.Index, text)
	}
	return nil
}

func (c *searchQueryCommand) print(out io.Writer, text string, hits []search.Hit) error {
	if c.JSON {
		return printJSON(out, "  ", struct {
			Index string       `json:"index"`
			Text  string       `json:"text"`
			Hits  []search.Hit `json:"hits"`
		}{c.Index, text, hits})
	}
	for _, hit := range hits {
		if _, err := fmt.Fprintf(out, "%8.3f  %s\n          %s\n", hit.Score, hit.ID, hit.Source); err != nil {
			return err
		}
	}
	return nil
}
