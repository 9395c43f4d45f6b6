// Package s3claims reads the claims of package events from S3. A function needs s3:GetObject on claims/* of the bucket.
package s3claims

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/events"
)

// S3 is the part of *s3.Client that reads an object.
type S3 interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Claims reads from S3. Where Bucket is set, claims in others are refused before anything is read.
type Claims struct {
	Client S3
	Bucket string
}

var _ events.Claims = (*Claims)(nil)

// Open implements events.Claims.
func (c *Claims) Open(ctx context.Context, bucket, key string) (io.ReadCloser, error) {
	if c.Bucket != "" && bucket != c.Bucket {
		return nil, fmt.Errorf("the claim is in bucket %s, and this subscriber reads from %s only", bucket, c.Bucket)
	}
	out, err := c.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}
