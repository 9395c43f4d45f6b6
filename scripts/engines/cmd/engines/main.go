// Command engines brings and runs the engines of a developer's machine without the rest of the product:
//
//	go run ./scripts/engines/cmd/engines preflight   what would be used, downloaded, and what is missing
//	go run ./scripts/engines/cmd/engines fetch       bring it into the cache
//	go run ./scripts/engines/cmd/engines start       run all until Ctrl-C, with their data in -dir
//	go run ./scripts/engines/cmd/engines exec COMMAND   run a command, such as go test ./..., beside them
//
// It exits with 0 if all went well, 1 if something is missing or failed, and 4 if it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

const usage = "usage: engines preflight|fetch|start|exec [-dir FOLDER] [-only dynamodb,opensearch,s3] [-heap MB] [-docker] [COMMAND]"

var errUsage = errors.New(usage)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	switch {
	case errors.Is(err, errUsage):
		os.Exit(4) //nolint:forbidigo // the one place that exits, with the documented status
	case err != nil:
		os.Exit(1) //nolint:forbidigo // the one place that exits, with the documented status
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	verb, options, command, err := parse(args)
	if err != nil {
		return err
	}
	plan, err := engine.Preflight(ctx, options)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(out, plan); err != nil {
		return err
	}
	if plan.Err() != nil {
		return errors.New("see above what is missing")
	}
	switch verb {
	case "preflight":
		return nil
	case "fetch":
		return engine.Fetch(ctx, plan, out)
	case "exec":
		return execute(ctx, plan, command, out)
	}
	return start(ctx, plan, options.Dir, out)
}

func parse(args []string) (verb string, options engine.Options, command []string, err error) {
	if len(args) == 0 || !slices.Contains([]string{"preflight", "fetch", "start", "exec"}, args[0]) {
		return "", options, nil, errUsage
	}
	verb = args[0]
	var only string
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&options.Dir, "dir", ".outflow", "")
	flags.StringVar(&only, "only", "", "")
	flags.IntVar(&options.HeapMB, "heap", 0, "")
	flags.BoolVar(&options.Docker, "docker", false, "")
	if err := flags.Parse(args[1:]); err != nil || (flags.NArg() > 0) != (verb == "exec") {
		return "", options, nil, errors.Join(err, errUsage)
	}
	for name := range strings.SplitSeq(only, ",") {
		if name != "" {
			options.Only = append(options.Only, engine.Name(name))
		}
	}
	return verb, options, flags.Args(), nil
}

// start runs the engines until ctx ends or one of them does.
func start(ctx context.Context, plan engine.Plan, dir string, out io.Writer) error {
	if err := engine.Fetch(ctx, plan, out); err != nil {
		return err
	}
	engines, err := engine.Start(ctx, plan, dir)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "\n%scredentials: %s %s, region %s\nready; Ctrl-C stops them\n",
		engines, engines.AccessKeyID, engines.SecretAccessKey, engine.Region)
	failed := engines.Wait(ctx)
	err = engines.Stop(context.WithoutCancel(ctx))
	if err == nil {
		_, _ = fmt.Fprintln(out, "stopped; nothing left running") // the engines are what counts, whoever listens
	}
	return errors.Join(failed, err)
}
