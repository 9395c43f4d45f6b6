// Command digester is the Lambda function that seals the audit log, on a schedule of 15 minutes. It stands alone, since
// it may sign. Its whole environment is checked at start; a fault ends the process before the first call.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/digester"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/parked"
)

func main() {
	d, err := newDigester(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "digester:", err)
		os.Exit(1)
	}
	lambda.Start(d.Handle)
}

func newDigester(ctx context.Context) (*digester.Digester, error) {
	s, err := digester.Load(os.Getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := awsclients.Load(ctx)
	if err != nil {
		return nil, err
	}
	objects, err := awsclients.S3(cfg, os.Getenv("AWS_ENDPOINT_URL_S3"))
	if err != nil {
		return nil, err
	}
	signers, err := digester.OpenKeys(s.Keys, kms.NewFromConfig(cfg))
	if err != nil {
		return nil, err
	}
	return &digester.Digester{
		Sealer: audit.NewSealer(audit.SealerConfig{
			Log: s.Log, Client: objects, Bucket: s.AuditBucket, Retention: s.Retention, Signers: signers, Now: time.Now,
			Waits: &parked.Store{Client: objects, Bucket: s.FailuresBucket, Now: time.Now},
		}),
		Log:     slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: s.LogLevel})),
		Metrics: &consume.Metrics{Out: os.Stdout, Function: s.Function, Stage: s.Stage},
		Now:     time.Now,
	}, nil
}
