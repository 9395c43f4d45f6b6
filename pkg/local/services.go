package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/local/bus"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/table"
)

// clients reach the engines.
type clients struct {
	dynamodb *dynamodb.Client
	streams  *dynamodbstreams.Client
	s3       *s3.Client
}

// connect makes the clients, and the target as far as it is known.
func (p *Pipeline) connect(context.Context) error {
	e, name := p.engines, p.config.Model.Name+"-"+p.config.Stage
	p.Target = target.Target{
		Stage: p.config.Stage, Region: engine.Region, DynamoDB: e.DynamoDB, Table: name, OpenSearch: e.OpenSearch,
		IndexPrefix: name + "-", S3: e.S3, AuditBucket: name + "-audit", FailuresBucket: name + "-failures", Bus: name,
		AccessKeyID: e.AccessKeyID, SecretAccessKey: e.SecretAccessKey,
	}
	config := aws.Config{
		Region: engine.Region, Credentials: credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretAccessKey, ""),
	}
	p.clients = &clients{
		dynamodb: dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.BaseEndpoint = &e.DynamoDB }),
		streams:  dynamodbstreams.NewFromConfig(config, func(o *dynamodbstreams.Options) { o.BaseEndpoint = &e.DynamoDB }),
		s3: s3.NewFromConfig(config, func(o *s3.Options) {
			o.BaseEndpoint, o.UsePathStyle = &e.S3, true
		}),
	}
	return nil
}

// provision makes the table and the buckets where they are missing.
func (p *Pipeline) provision(ctx context.Context) error {
	arn, err := table.New(p.clients.dynamodb, p.config.Model, p.Target.Table).Create(ctx)
	if err != nil {
		return err
	}
	p.Target.StreamARN = arn
	audit := &s3.CreateBucketInput{Bucket: &p.Target.AuditBucket, ObjectLockEnabledForBucket: aws.Bool(true)}
	failures := &s3.CreateBucketInput{Bucket: &p.Target.FailuresBucket}
	for _, bucket := range []*s3.CreateBucketInput{audit, failures} {
		_, err := p.clients.s3.CreateBucket(ctx, bucket)
		var owned *s3types.BucketAlreadyOwnedByYou
		var exists *s3types.BucketAlreadyExists
		if err != nil && !errors.As(err, &owned) && !errors.As(err, &exists) {
			return fmt.Errorf("create bucket %s: %w", *bucket.Bucket, err)
		}
	}
	return nil
}

// failures is the S3 on-failure destination.
type failures struct {
	client *s3.Client
	bucket string
}

// Store implements Destination.
func (f failures) Store(ctx context.Context, failure mapping.Failure) error {
	body, err := failure.Body(uuid.NewString())
	if err != nil {
		return err
	}
	_, err = f.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &f.bucket, Key: aws.String(failure.Key(uuid.NewString())), Body: bytes.NewReader(body),
	})
	return err
}

// busServer is the event bus behind an address.
type busServer struct {
	bus    *bus.Bus
	server *http.Server
	served chan error // the end of serving
}

// startBus serves the bus on a free port of this machine.
func (p *Pipeline) startBus(context.Context) error {
	out, err := p.openLog("bus.log")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("event bus: listen: %w", err)
	}
	p.Target.Events = "http://" + listener.Addr().String() // which subscribers are told
	b, err := p.openBus(slog.New(slog.NewJSONHandler(out, nil)))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p.bus = &busServer{b, &http.Server{Handler: b.Handler()}, make(chan error, 1)}
	go func() { p.bus.served <- p.bus.server.Serve(listener) }()
	return nil
}

func (p *Pipeline) openBus(log *slog.Logger) (*bus.Bus, error) {
	functions, err := p.hostSubscribers()
	if err != nil {
		return nil, err
	}
	return bus.New(bus.Config{Dir: p.config.Dir, Buses: []string{p.Target.Bus}, Functions: functions, Log: log})
}

func (b *busServer) stop(ctx context.Context) error {
	err := b.server.Shutdown(ctx)
	if served := <-b.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("event bus: %w", served))
	}
	return errors.Join(err, b.bus.Close(ctx))
}
