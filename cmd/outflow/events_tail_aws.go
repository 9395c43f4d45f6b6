package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/bustail"
)

// tailHelp says what differs in AWS.
const tailHelp = `In AWS it makes a rule and a queue for itself, called outflow-tail-<deployment>-<time>-<random>, and takes them away ` +
	`when it ends, however it does. One that is killed leaves them behind; ` +
	`the next tail of the deployment removes what is older than a day. ` +
	`Without a PATTERN the events of the model's event_source are shown. ` +
	`Order is not kept; what is delivered twice is shown once. The first seconds, at times a minute, show nothing.

What it must be allowed, and nothing more (docs/events.md has it as a policy):

  events:PutRule, PutTargets, RemoveTargets, DeleteRule    on rule/<bus>/outflow-tail-*
  events:ListRules                                         to find what was left behind
  sqs:CreateQueue, GetQueueUrl, ReceiveMessage,
      DeleteMessage, DeleteQueue                           on outflow-tail-*

Exit status: 0 it has ended by Ctrl-C or --count; 1 a message was no event, or something that it made could not be removed; ` +
	`3 it could not begin or go on.`

// awsTail follows a bus in AWS.
type awsTail struct {
	*deployment
	command *eventsTailCommand
	out     io.Writer
	errs    diagnostics
}

func (t *awsTail) run(ctx context.Context, pattern []byte) error {
	session, err := t.session(pattern)
	if err != nil {
		return err
	}
	ctx, stop := outlast(ctx)
	defer stop()
	report, err := session.Run(ctx)
	switch {
	case err != nil && !t.wanted(ctx, err):
		return err
	case report.Strange > 0 || report.Left:
		return errWrong
	}
	return nil
}

// wanted says that a session ended because people wanted it to: by a signal, at --count, or because what read the output,
// such as head, has had enough.
func (t *awsTail) wanted(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, errEnough) || errors.Is(err, syscall.EPIPE)
}

func (t *awsTail) session(pattern []byte) (*bustail.Tail, error) {
	bus := t.target.Bus
	if bus == "" {
		return nil, t.lacks("bus", "events")
	}
	if strings.HasPrefix(bus, "arn:") {
		return nil, fmt.Errorf("the target's bus is %s: a tail needs the bus's name, and the credentials of the account that has it, "+
			"since its queue must be in the same", bus)
	}
	pattern, err := t.pattern(pattern)
	if err != nil {
		return nil, err
	}
	rules, err := awsclients.EventBridge(t.aws, "")
	if err != nil {
		return nil, err
	}
	printer := &tail{command: t.command, out: t.out}
	return &bustail.Tail{
		Events: rules, Queues: sqs.NewFromConfig(t.aws), Region: t.target.Region, Bus: bus, Deployment: t.name(), Pattern: pattern,
		Random: rand.Uint32(), Now: time.Now, Event: printer.line, Say: func(text string) { fmt.Fprintln(t.errs, text) },
	}, nil
}

// pattern is that of the rule: what was asked for, on one line, since the service limits its length; else all of the model's.
func (t *awsTail) pattern(asked []byte) ([]byte, error) {
	if asked != nil {
		var line bytes.Buffer
		err := json.Compact(&line, asked)
		return line.Bytes(), err
	}
	source := t.model.EventSource
	if source == "" {
		return nil, fmt.Errorf("the model of %s names no event_source, so it has no events: name others' with a PATTERN", t.name())
	}
	return json.Marshal(map[string][]string{"source": {source}})
}

// outlast ends the session in order where the process would be killed and leave rule and queue behind: a terminal that is
// closed, and a pipe whose reader has gone, which then is an error of the write.
func outlast(ctx context.Context) (context.Context, func()) {
	unread := make(chan os.Signal, 1)
	signal.Notify(unread, syscall.SIGPIPE)
	stop := func() {}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGHUP)
	}
	return ctx, func() {
		stop()
		signal.Stop(unread)
	}
}
