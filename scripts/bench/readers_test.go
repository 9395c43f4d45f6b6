package bench_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/table"
)

// readers are the three readers of the pipeline, and its writer. Each of the readers belongs to one goroutine at a time.
type readers struct {
	table *table.Table

	domain *search.Reader

	events string // events.ndjson

	objects *s3.Client
	bucket  string
	prefix  string
	last    string // the last segment read
	lines   []byte // of all segments so far
}

func newReaders(b *testing.B, p *local.Pipeline, m *model.Model, dir string) *readers {
	b.Helper()
	t := &p.Target
	config := aws.Config{Region: t.Region, Credentials: credentials.NewStaticCredentialsProvider(t.AccessKeyID, t.SecretAccessKey, "")}
	objects, err := awsclients.S3(config, t.S3)
	require.NoError(b, err)
	domain, err := search.NewClient(search.ClientConfig{URL: t.OpenSearch})
	require.NoError(b, err)
	items := dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.BaseEndpoint = &t.DynamoDB })
	return &readers{
		table:   table.New(items, m, t.Table),
		domain:  &search.Reader{Client: domain, Prefix: t.IndexPrefix, Model: m},
		events:  filepath.Join(dir, "events.ndjson"),
		objects: objects, bucket: t.AuditBucket, prefix: audit.Prefix(m.Name + "-" + t.Stage),
	}
}

// document says whether a search finds the order. An index that is just made has no shard to ask yet.
func (r *readers) document(ctx context.Context, id string) (bool, error) {
	_, found, err := r.domain.Get(ctx, "orders", "Order/"+id)
	var status *search.StatusError
	if errors.Is(err, search.ErrNoIndex) || errors.As(err, &status) && status.Status == http.StatusServiceUnavailable {
		return false, nil
	}
	return found, err
}

// event says whether the order was announced.
func (r *readers) event(_ context.Context, id string) (bool, error) {
	content, err := os.ReadFile(r.events)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Contains(content, fmt.Appendf(nil, `"key":{"order_id":%q}`, id)), err
}

// line says whether the order is in the log. It reads the segments after the last one: a single shard's keys ascend.
func (r *readers) line(ctx context.Context, id string) (bool, error) {
	listed, err := r.objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &r.bucket, Prefix: &r.prefix, StartAfter: &r.last})
	if err != nil {
		return false, err
	}
	for _, object := range listed.Contents {
		if err := r.read(ctx, *object.Key); err != nil {
			return false, err
		}
	}
	return bytes.Contains(r.lines, fmt.Appendf(nil, `"ORDER#%s"`, id)), nil
}

func (r *readers) read(ctx context.Context, key string) error {
	object, err := r.objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &r.bucket, Key: &key})
	if err != nil {
		return err
	}
	defer object.Body.Close()
	body, err := io.ReadAll(object.Body)
	if err != nil {
		return err
	}
	lines, err := audit.ReadSegment(key, body)
	if err != nil {
		return err
	}
	for _, line := range lines {
		r.lines = append(append(r.lines, line.Text...), '\n')
	}
	r.last = key
	return nil
}
