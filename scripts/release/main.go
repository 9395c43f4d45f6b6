// Command release writes what a release of Outflow is: for each platform an archive with outflow, the functions as
// outflow dev runs them there and, for both of Lambda's architectures, as outflow build packs them; and checksums.
// docs/release.md says what is done with it. The same source and Go version give the same bytes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/outflow-dev/outflow/internal/pack"
	"github.com/outflow-dev/outflow/internal/wholefile"
)

// platforms are those that people run outflow on, in Go's words.
func platforms() []string { return []string{"darwin/arm64", "linux/amd64", "linux/arm64"} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "make package:", err)
		os.Exit(1) //nolint:forbidigo // the one place that exits
	}
}

// run takes the folder to write to, and the platforms, where not all are wanted.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("name the folder to write to, then platforms (OS/ARCH; otherwise %s)", strings.Join(platforms(), ", "))
	}
	wanted := args[1:]
	if len(wanted) == 0 {
		wanted = platforms()
	}
	checkout, err := pack.Checkout(".")
	if err != nil {
		return fmt.Errorf("%w; run it in one", err)
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return err
	}
	r := release{checkout: checkout, folder: args[0], out: out, sums: map[string][]byte{}}
	for _, platform := range wanted {
		if err := r.platform(ctx, platform); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
	}
	return wholefile.Replace(filepath.Join(args[0], pack.SumsFile), pack.Sums(r.sums), 0o644)
}
