package local

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// function is the consumer under the runtime host.
type function = lambda.Function

// What Terraform gives the consumer by default; the local mode gives it the same.
const (
	functionTimeout = 60 * time.Second
	functionMemory  = 512 // MiB
	batchSize       = 1000
	windowSeconds   = 1
)

// startFunction compiles the model beside the function and sets the function up; it is started by its first event.
func (p *Pipeline) startFunction(context.Context) error {
	path := filepath.Join(p.config.Dir, "model.json")
	if err := wholefile.Replace(path, p.config.Model.Marshal(), 0o600); err != nil {
		return err
	}
	log, err := p.openLog("consumer.log")
	if err != nil {
		return err
	}
	p.meter = &Meter{Out: log}
	p.fn, err = lambda.New(lambda.Config{
		Name: p.Target.IndexPrefix + "consumer", Binary: p.config.Consumer, Env: p.environment(path),
		Timeout: functionTimeout, Memory: functionMemory, Log: p.meter,
	})
	if err != nil {
		return fmt.Errorf("%w (make build builds the consumer)", err)
	}
	return nil
}

// clientEnvironment tells the AWS SDKs how to reach the engines and the bus.
func (p *Pipeline) clientEnvironment() map[string]string {
	t := &p.Target
	return map[string]string{
		"AWS_REGION": t.Region, "AWS_ACCESS_KEY_ID": t.AccessKeyID, "AWS_SECRET_ACCESS_KEY": t.SecretAccessKey,
		"AWS_ENDPOINT_URL_S3": t.S3, "AWS_ENDPOINT_URL_EVENTBRIDGE": t.Events, "AWS_ENDPOINT_URL_DYNAMODB": t.DynamoDB,
	}
}

// environment is that of the consumer with all three outlets.
func (p *Pipeline) environment(modelPath string) map[string]string {
	t := &p.Target
	env := p.clientEnvironment()
	maps.Copy(env, map[string]string{
		"OUTFLOW_MODEL": modelPath, "OUTFLOW_STAGE": t.Stage, "OUTFLOW_OUTLETS": "search,audit,events",
		"OUTFLOW_OPENSEARCH_URL": t.OpenSearch, "OUTFLOW_BUS": t.Bus, "OUTFLOW_AUDIT_BUCKET": t.AuditBucket,
		"OUTFLOW_FAILURES_BUCKET": t.FailuresBucket, "OUTFLOW_LOG_LEVEL": os.Getenv("OUTFLOW_LOG_LEVEL"),
	})
	maps.Copy(env, p.config.Env)
	return env
}

// newDriver sets up the event source mapping with the settings that Terraform gives a consumer which hosts audit.
func (p *Pipeline) newDriver(log *slog.Logger) (*Driver, error) {
	reader, err := stream.New(p.clients.streams, stream.Config{Stream: p.Target.StreamARN, Repair: p.marks.Repair})
	if err != nil {
		return nil, err
	}
	config := mapping.Defaults()
	config.ID = uuid.NewSHA1(uuid.NameSpaceURL, []byte(p.Target.StreamARN)).String()
	config.StreamARN, config.FunctionARN = p.Target.StreamARN, p.fn.ARN()
	config.StartingPosition = mapping.TrimHorizon
	config.BatchSize, config.MaximumBatchingWindowInSeconds = batchSize, windowSeconds
	config.ReportBatchItemFailures, config.BisectBatchOnFunctionError, config.OnFailure = true, true, true
	config.MaximumRecordAgeInSeconds = int((12 * time.Hour).Seconds())
	return &Driver{
		Mapping: config, Stream: reader, Function: p.fn, Destination: failures{p.clients.s3, p.Target.FailuresBucket},
		Checkpoints: Checkpoints{Path: filepath.Join(p.config.Dir, "checkpoints.json"), Stream: p.Target.StreamARN}, Log: log,
	}, nil
}

// Instances are the process ids of the consumer's instances.
func (p *Pipeline) Instances() []int { return p.fn.Instances() }

// Mapping describes the event source mapping.
func (p *Pipeline) Mapping() mapping.Snapshot { return p.driver.Snapshot() }
