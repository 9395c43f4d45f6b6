package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/search"
)

// targetFlags are those of commands on a running pipeline.
type targetFlags struct {
	Target string `default:".outflow/dev.json" placeholder:"FILE" help:"From outflow dev or terraform output -json target. Else ${default}."`
	Model  string `placeholder:"FILE" help:"The model: a compiled model.json, or a model.yaml. Default: model.json beside the target file."`
	JSON   bool   `name:"json" help:"Print JSON."`

	running *deployment
	fault   error // why there is none
}

// deployment is one pipeline, as its target file and its model tell it.
type deployment struct {
	target target.Target
	model  *model.Model
	dir    string // of the target file
	aws    aws.Config
}

// AfterApply reads the files before the command runs, so that its arguments can be checked against them while a fault
// is still one of usage. What it could not read is open's to report.
func (f *targetFlags) AfterApply(ctx context.Context) error {
	if f.running == nil {
		f.running, f.fault = f.read(ctx)
	}
	return nil
}

// open returns the deployment that AfterApply has read.
func (f *targetFlags) open() (*deployment, error) { return f.running, f.fault }

func (f *targetFlags) read(ctx context.Context) (*deployment, error) {
	t, err := target.Load(f.Target)
	if err != nil {
		return nil, err
	}
	d := &deployment{target: t, dir: filepath.Dir(f.Target)}
	path := f.Model
	if path == "" {
		path = filepath.Join(d.dir, "model.json")
	}
	if d.model, err = loadModel(path); err != nil {
		return nil, fmt.Errorf("%w\nName the model that the pipeline runs with --model", err)
	}
	if d.name() != strings.TrimSuffix(t.IndexPrefix, "-") {
		return nil, fmt.Errorf("target %s is that of %s, and the model %s makes %s of its stage: name the right model with --model",
			f.Target, strings.TrimSuffix(t.IndexPrefix, "-"), path, d.name())
	}
	d.aws, err = awsConfig(ctx, &t)
	return d, err
}

func loadModel(path string) (*model.Model, error) {
	src, err := readFile(path, maxModelFile)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if strings.EqualFold(filepath.Ext(path), ".json") {
		m, err := model.Load(src)
		if err != nil {
			return nil, fmt.Errorf("read model %s: %w", path, err)
		}
		return m, nil
	}
	m, faults := model.Parse(path, src)
	if err := faults.Err(); err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	return m, nil
}

// awsConfig has the target's own credentials where it has some, else those that the SDK finds.
func awsConfig(ctx context.Context, t *target.Target) (aws.Config, error) {
	if t.AccessKeyID != "" {
		static := credentials.NewStaticCredentialsProvider(t.AccessKeyID, t.SecretAccessKey, "")
		return aws.Config{Region: t.Region, Credentials: static}, nil
	}
	cfg, err := awsclients.Load(ctx)
	cfg.Region = t.Region
	return cfg, err
}

// name is "<name>-<stage>", which the log and all names of the deployment have in common.
func (d *deployment) name() string { return d.model.Name + "-" + d.target.Stage }

func (d *deployment) items() *dynamodb.Client {
	return dynamodb.NewFromConfig(d.aws, func(o *dynamodb.Options) {
		if d.target.DynamoDB != "" {
			o.BaseEndpoint = &d.target.DynamoDB
		}
	})
}

func (d *deployment) objects() (*s3.Client, error) {
	client, err := awsclients.S3(d.aws, d.target.S3)
	if err != nil {
		return nil, fmt.Errorf("the target's s3 is no URL: %w", err)
	}
	return client, nil
}

func (d *deployment) domain() (*search.Client, error) {
	if d.target.OpenSearch == "" {
		return nil, d.lacks("opensearch", "search")
	}
	c := search.ClientConfig{URL: d.target.OpenSearch, Region: d.target.Region}
	if strings.HasPrefix(c.URL, "https://") { // a local engine has neither TLS nor IAM
		c.Credentials = d.aws.Credentials
	}
	return search.NewClient(c)
}

func (d *deployment) documents() (*search.Reader, error) {
	client, err := d.domain()
	if err != nil {
		return nil, err
	}
	return &search.Reader{Client: client, Prefix: d.target.IndexPrefix, Model: d.model}, nil
}

func (d *deployment) log() (*audit.Log, error) {
	if d.target.AuditBucket == "" {
		return nil, d.lacks("auditBucket", "audit")
	}
	client, err := d.objects()
	if err != nil {
		return nil, err
	}
	return &audit.Log{Client: client, Bucket: d.target.AuditBucket, Name: d.name()}, nil
}

func (d *deployment) failures() (*parked.Store, error) {
	if d.target.FailuresBucket == "" {
		return nil, d.lacks("failuresBucket", "parking")
	}
	client, err := d.objects()
	if err != nil {
		return nil, err
	}
	return &parked.Store{
		Client: client, Bucket: d.target.FailuresBucket, Model: d.model.Version(), Now: time.Now,
		Retry: consume.Retry{Attempts: 2}, // people wait less long than functions do
	}, nil
}

func (d *deployment) lacks(member, outlet string) error {
	return fmt.Errorf("the target file has no %s, so %s has no %s to look at", member, d.name(), outlet)
}

// unproven is errUnproven in words of its own.
func unproven(format string, args ...any) error { return &unprovenError{fmt.Sprintf(format, args...)} }

type unprovenError struct{ text string }

func (e *unprovenError) Error() string { return e.text }

func (e *unprovenError) Is(err error) bool { return err == errUnproven }

// hinted adds what most often helps to an error of a service that does not answer.
func hinted(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w\nNothing answers at the address that the target file names: does outflow dev still run?", err)
	}
	return err
}

// printJSON prints one value, for programs; on one line if it is one of many.
func printJSON(out io.Writer, indent string, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	return encoder.Encode(v)
}
