package parked

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// S3 is the part of *s3.Client that the bucket is used with.
type S3 interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
}

// Store is the failures bucket. It is safe for concurrent use.
type Store struct {
	Client S3
	Bucket string
	Model  string // version of the model that the outlets work by
	Now    func() time.Time
	Retry  consume.Retry // the zero Retry is a good one
}

var _ consume.Parking = (*Store)(nil)

// Park implements consume.Parking. A record that is there already stays as it is: it is the same one. One that was
// resolved since stays resolved: it has been brought in once, and that is not undone by coming again.
func (s *Store) Park(ctx context.Context, outlet string, c *change.Change, p consume.Poison) error {
	key := consume.ParkedKey(outlet, c)
	if err := s.put(ctx, key, consume.NewParked(outlet, s.Model, c, p, s.Now())); err != nil {
		return fmt.Errorf("park record %s of %s: %w", c.Sequence, outlet, err)
	}
	return nil
}

// put writes an object that is written once.
func (s *Store) put(ctx context.Context, key string, content any) error {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(content); err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	return s.Retry.Do(ctx, func() error {
		_, err := s.Client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String(s.Bucket), Key: aws.String(key), Body: bytes.NewReader(body.Bytes()),
			ContentType: aws.String("application/json"), IfNoneMatch: aws.String("*"),
		})
		var api smithy.APIError
		if errors.As(err, &api) && api.ErrorCode() == "PreconditionFailed" {
			return nil
		}
		if err != nil {
			return fmt.Errorf("put %s into bucket %s: %w", key, s.Bucket, err)
		}
		return nil
	})
}

// maxObject is far above what a batch of 6 MB takes as an escaped string.
const maxObject = 64 << 20

// get reads an object as it is.
func (s *Store) get(ctx context.Context, key string) ([]byte, error) {
	var body []byte
	err := s.Retry.Do(ctx, func() error {
		out, err := s.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(s.Bucket), Key: aws.String(key)})
		if err != nil {
			return fmt.Errorf("get %s from bucket %s: %w", key, s.Bucket, err)
		}
		body, err = io.ReadAll(io.LimitReader(out.Body, maxObject+1))
		if err = errors.Join(err, out.Body.Close()); err != nil {
			return fmt.Errorf("get %s from bucket %s: %w", key, s.Bucket, err)
		}
		return nil
	})
	if err == nil && len(body) > maxObject {
		err = fmt.Errorf("get %s from bucket %s: it has more than %d bytes, which nothing parked has", key, s.Bucket, maxObject)
	}
	return body, err
}
