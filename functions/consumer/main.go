// Command consumer is the Lambda function that reads the table's stream and hosts the outlets that OUTFLOW_OUTLETS
// names. Its whole environment is checked at start; a fault ends the process before the first call.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/outflow-dev/outflow/pkg/consume"
)

func main() {
	handle, err := handler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
	lambda.Start(handle)
}

// batches hands the consumer each event as it was delivered: a handler of a function would copy it first.
type batches struct{ consumer *consume.Consumer }

// Invoke implements lambda.Handler.
func (b batches) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	r, err := b.consumer.Handle(ctx, event)
	if err != nil {
		return nil, err
	}
	return json.Marshal(r)
}

func handler(ctx context.Context) (lambda.Handler, error) {
	s, m, err := consume.Load(os.Getenv)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: s.LogLevel}))
	c := consume.Consumer{
		Model: m, Log: log, Now: time.Now,
		Metrics: &consume.Metrics{Out: os.Stdout, Function: s.Function, Stage: s.Stage},
	}
	if c.Chains, c.Parking, err = outlets(ctx, s, m, log); err != nil {
		return nil, err
	}
	return batches{consume.New(c)}, nil
}
