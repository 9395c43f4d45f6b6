// Command outflow is the command line of the pipeline: it checks, builds and previews models.
//
// Exit status, everywhere: 0 fine, 1 looked and found wrong, 2 cannot prove complete, 3 could not look, 4 usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitFine     = 0
	exitWrong    = 1
	exitUnproven = 2
	exitBlind    = 3
	exitUsage    = 4
)

// Errors that end a command with a status of their own; any other means that it could not look.
var (
	errWrong    = errors.New("found wrong")         // it looked, found something wrong, and has said what
	errUnproven = errors.New("nothing was checked") // there was nothing to look at
)

type commands struct {
	Init     initCommand     `cmd:"" help:"Begin a project: a model, its test, a subscriber and a Terraform root, in a new folder."`
	Check    checkCommand    `cmd:"" help:"Check a model: every fault with file, line and column."`
	Build    buildCommand    `cmd:"" help:"Check a model and make what Terraform deploys of it: model.json and the functions' zips."`
	Preview  previewCommand  `cmd:"" help:"Show what stream records become in the three outlets, without any engine."`
	Generate generateCommand `cmd:"" help:"Write the contracts of the model's events: schemas, types, samples, a page for people."`
	Dev      devCommand      `cmd:"" help:"Run the whole pipeline on this machine, on real engines."`
	Status   statusCommand   `cmd:"" help:"Say how a running pipeline is: lag, counts, what is parked, engines."`
	Demo     demoCommand     `cmd:"" help:"Follow one order through the pipeline on this machine, on real engines."`
	Smoke    smokeCommand    `cmd:"" help:"Write one item to a running pipeline, see it everywhere, and take it out again."`
	Why      whyCommand      `cmd:"" help:"Show all that a running pipeline knows of one item, on one screen."`
	Search   searchCommand   `cmd:"" help:"Search the documents of a running pipeline."`
	Events   eventsCommand   `cmd:"" help:"Watch events and send them again; test patterns of subscribers; compare contracts."`
	Audit    auditCommand    `cmd:"" help:"Read the audit log of a running pipeline."`
	Parked   parkedCommand   `cmd:"" help:"List, show and retry the records that an outlet could not take."`
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	status := -1
	parser, err := kong.New(&commands{},
		kong.Name("outflow"),
		kong.Description("From a DynamoDB single table to search documents, events and an audit log."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { status = code }),
		kong.UsageOnError(),
		kong.BindTo(stdout, (*io.Writer)(nil)),
		kong.BindTo(os.Stdin, (*io.Reader)(nil)),
		kong.Bind(diagnostics{stderr}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "outflow:", err)
		return exitUsage
	}
	command, err := parser.Parse(args)
	if status >= 0 { // help was asked for and printed
		return status
	}
	if err != nil {
		fmt.Fprintf(stderr, "outflow: %v\nTry outflow --help.\n", err)
		return exitUsage
	}
	return exit(command.Run(), stderr)
}

// diagnostics is where commands say what is not their result: standard error.
type diagnostics struct{ io.Writer }

func exit(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errWrong):
		return exitWrong
	case errors.Is(err, errUnproven):
		fmt.Fprintln(stderr, "outflow:", err)
		return exitUnproven
	}
	fmt.Fprintln(stderr, "outflow:", err)
	return exitBlind
}
