package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/outflow-dev/outflow/pkg/audit"
)

type auditDdlCommand struct {
	Bucket string `placeholder:"NAME" help:"The audit bucket, where no target file is at hand; with --log."`
	Log    string `placeholder:"NAME" help:"The log in it, <model's name>-<stage>."`
	targetFlags
}

// Validate checks what needs no file.
func (c *auditDdlCommand) Validate() error {
	if (c.Bucket == "") != (c.Log == "") {
		return errors.New("--bucket and --log go together; without them the target file says both")
	}
	return nil
}

// Run prints the statement.
func (c *auditDdlCommand) Run(out io.Writer) error {
	bucket, name := c.Bucket, c.Log
	if bucket == "" {
		d, err := c.open()
		if err != nil {
			return err
		}
		log, err := d.log()
		if err != nil {
			return err
		}
		bucket, name = log.Bucket, log.Name
	}
	ddl, err := audit.DDL(bucket, name)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(out, "", map[string]any{"bucket": bucket, "log": name, "columns": audit.Columns(), "ddl": ddl})
	}
	_, err = fmt.Fprint(out, ddl)
	return err
}
