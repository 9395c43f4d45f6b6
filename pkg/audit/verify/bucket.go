package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// Bucket is the log's own bucket.
type Bucket struct {
	Client S3
	Name   string
}

// S3 is the part of *s3.Client that a log is verified with. It needs s3:ListBucketVersions on the bucket, and
// s3:GetObject and s3:GetObjectVersion on what is below the log's prefix.
type S3 interface {
	ListObjectVersions(context.Context, *s3.ListObjectVersionsInput, ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

var (
	_ Source = Bucket{}
	_ S3     = (*s3.Client)(nil)
)

// List implements Source.
func (b Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		pages := s3.NewListObjectVersionsPaginator(b.Client, &s3.ListObjectVersionsInput{Bucket: &b.Name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, fmt.Errorf("list versions of %s in bucket %s: %w", prefix, b.Name, err))
				return
			}
			for _, object := range merged(page) {
				if !yield(object, nil) {
					return
				}
			}
		}
	}
}

// merged are a page's versions and markers by key. Versions stay in their order, newest first; where a marker stands
// among them does not matter.
func merged(page *s3.ListObjectVersionsOutput) []Object {
	objects := make([]Object, 0, len(page.Versions)+len(page.DeleteMarkers))
	for i := range page.DeleteMarkers {
		m := &page.DeleteMarkers[i]
		objects = append(objects, Object{Key: aws.ToString(m.Key), Version: aws.ToString(m.VersionId), Marker: true})
	}
	for i := range page.Versions {
		v := &page.Versions[i]
		objects = append(objects, Object{Key: aws.ToString(v.Key), Version: aws.ToString(v.VersionId)})
	}
	slices.SortStableFunc(objects, func(a, b Object) int { return cmp.Compare(a.Key, b.Key) })
	return objects
}

// Read implements Source.
func (b Bucket) Read(ctx context.Context, key, version string, limit int64) ([]byte, error) {
	in := &s3.GetObjectInput{Bucket: &b.Name, Key: &key}
	if version != "" {
		in.VersionId = &version
	}
	out, err := b.Client.GetObject(ctx, in)
	var answer smithy.APIError
	if errors.As(err, &answer) && (answer.ErrorCode() == "NoSuchKey" || answer.ErrorCode() == "NoSuchVersion") {
		return nil, ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", key, err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(io.LimitReader(out.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", key, err)
	}
	if int64(len(body)) > limit {
		return nil, ErrTooLarge
	}
	return body, nil
}

// Versioned implements Source.
func (Bucket) Versioned() bool { return true }

// Readers implements Source.
func (Bucket) Readers() int { return 8 }
