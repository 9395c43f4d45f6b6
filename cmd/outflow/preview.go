package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/outflow-dev/outflow/internal/preview"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// minWidth is the narrowest table that can be read.
const minWidth = 80

// maxRecordsFile is what change.Decode takes: far above the 6 MB of a Lambda payload.
const maxRecordsFile = 64 << 20

type previewCommand struct {
	Model   string `arg:"" help:"The model file, model.yaml."`
	Records string `arg:"" optional:"" placeholder:"RECORDS.json" help:"Stream records as Lambda delivers them. Else changes.json beside it."`
	JSON    bool   `name:"json" help:"Print everything as JSON."`
	Out     string `placeholder:"DIR" help:"Write what the functions would send: _bulk bodies, PutEvents calls, audit segments."`
	Stage   string `default:"dev" help:"The stage that names of indexes, bus and log carry."`
	Seed    uint64 `default:"1" help:"Seed of the order in which the records come again."`
	Width   int    `default:"140" help:"Width of the table, in columns."`
}

// Validate is called by kong: what it refuses is wrong usage.
func (c *previewCommand) Validate() error {
	if !consume.ValidStage(c.Stage) {
		return fmt.Errorf("--stage is %q; it must be %s", c.Stage, consume.StageForm)
	}
	if c.Width < minWidth {
		return fmt.Errorf("--width is %d; it must be at least %d", c.Width, minWidth)
	}
	return nil
}

func (c *previewCommand) Run(out io.Writer, say diagnostics) error {
	m, err := readModel(c.Model, say)
	if err != nil {
		return err
	}
	if c.Records == "" {
		c.Records = filepath.Join(filepath.Dir(c.Model), "changes.json")
	}
	changes, err := readRecords(m, c.Records)
	if err != nil {
		return err
	}
	world, err := preview.New(m)
	if err != nil {
		return err
	}
	rows := world.Receive(changes)
	again := world.ReceiveAgain(changes, rand.New(rand.NewPCG(c.Seed, 0)))
	if c.Out != "" {
		if err := preview.WriteFiles(c.Out, c.Stage, m, changes); err != nil {
			return err
		}
	}
	if err := c.print(out, rows, again); err != nil {
		return err
	}
	parked := slices.ContainsFunc(rows, func(r preview.Row) bool { return len(r.Parked) > 0 })
	if parked || !again.Same() {
		return errWrong
	}
	return nil
}

func readRecords(m *model.Model, path string) ([]change.Change, error) {
	src, err := readFile(path, maxRecordsFile)
	if err != nil {
		return nil, fmt.Errorf("read records: %w\nName a file of stream records as Lambda delivers them: outflow preview MODEL RECORDS.json", err)
	}
	if len(src) > maxRecordsFile {
		return nil, fmt.Errorf("read records: %s is larger than %d bytes: cut it into several files", path, maxRecordsFile)
	}
	changes, err := change.Decode(m, src)
	if err != nil {
		return nil, fmt.Errorf("read records: %s: %w", path, err)
	}
	if len(changes) == 0 {
		return nil, fmt.Errorf("%w: %s holds no records", errUnproven, path)
	}
	return changes, nil
}

func (c *previewCommand) print(out io.Writer, rows []preview.Row, again preview.Again) error {
	if c.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			Rows  []preview.Row `json:"rows"`
			Again preview.Again `json:"again"`
		}{rows, again})
	}
	if err := preview.Print(out, rows, c.Width); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nThe same records shuffled and doubled, %d deliveries: "+
		"%d documents changed, %d new event ids, %d new audit ids\n",
		again.Deliveries, again.DocumentsChanged, again.NewEventIDs, again.NewAuditIDs)
	if err == nil && c.Out != "" {
		_, err = fmt.Fprintf(out, "What the functions would send is in %s\n", c.Out)
	}
	if err == nil {
		_, err = fmt.Fprintf(out, "Next: edit %s (add to an event's data, say) and run this again; make demo shows it all on real engines\n",
			c.Model)
	}
	return err
}
