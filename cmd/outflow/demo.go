package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/demo"
	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/table"
)

type demoCommand struct {
	Model    string `arg:"" help:"The shop's model file; the story is about its entities."`
	Consumer string `placeholder:"PATH" help:"The consumer's binary. Default: functions/consumer/bootstrap beside outflow's own."`
}

// Run tells the shop's story on a pipeline of its own, in a folder that is removed again.
func (c *demoCommand) Run(ctx context.Context, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "outflow-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m, err := readModel(c.Model, out)
	if err != nil {
		return err
	}
	flags := localFlags{Dir: dir, Consumer: c.Consumer}
	p, err := flags.start(ctx, c.Model, out)
	if err != nil {
		return err
	}
	d, err := newDemo(m, &p.Target, dir, out)
	if err == nil {
		err = d.Run(ctx)
	}
	return errors.Join(err, stop(p, out))
}

func newDemo(m *model.Model, t *target.Target, dir string, out io.Writer) (*demo.Demo, error) {
	config := aws.Config{Region: t.Region, Credentials: credentials.NewStaticCredentialsProvider(t.AccessKeyID, t.SecretAccessKey, "")}
	objects, err := awsclients.S3(config, t.S3)
	if err != nil {
		return nil, err
	}
	domain, err := search.NewClient(search.ClientConfig{URL: t.OpenSearch})
	if err != nil {
		return nil, err
	}
	items := dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.BaseEndpoint = &t.DynamoDB })
	return &demo.Demo{
		Model: m, Table: table.New(items, m, t.Table), Out: out,
		World: &demo.World{
			Search: &search.Reader{Client: domain, Prefix: t.IndexPrefix, Model: m}, Table: m.Table,
			Log:        &audit.Log{Client: objects, Bucket: t.AuditBucket, Name: m.Name + "-" + t.Stage},
			EventsFile: filepath.Join(dir, "events.ndjson"),
		},
	}, nil
}
