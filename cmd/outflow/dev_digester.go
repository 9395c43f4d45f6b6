package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// digesterBeside is the digester's binary beside the consumer's, "" where there is none: the pipeline then runs without
// digests, and says so.
func digesterBeside(consumer string, out io.Writer) string {
	path := filepath.Join(filepath.Dir(filepath.Dir(consumer)), "digester", "bootstrap")
	if _, err := os.Stat(path); err != nil {
		fmt.Fprintf(out, "no digests are made: %v (make build builds the digester)\n", err)
		return ""
	}
	return path
}
