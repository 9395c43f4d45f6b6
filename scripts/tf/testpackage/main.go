// Command testpackage writes the model of the package that the Terraform modules are tested with: the shop's, compiled. Its
// zips are empty ones and stay as they are; a plan does not look into them.
package main

import (
	"fmt"
	"os"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/model"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "testpackage: give the model.yaml and the model.json to write")
		os.Exit(4) //nolint:forbidigo // the one place that exits
	}
	if err := compile(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "testpackage:", err)
		os.Exit(1) //nolint:forbidigo // the one place that exits
	}
}

func compile(from, to string) error {
	source, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	m, faults := model.Parse(from, source)
	if err := faults.Err(); err != nil {
		return err
	}
	return wholefile.Replace(to, m.Marshal(), 0o644)
}
