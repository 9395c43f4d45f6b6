// Package s3fake is an S3 in memory with failure knobs, for tests: conditional puts, checksums, versions' outward
// behaviour, pagination and delimiters as S3 has them, and calls that fail before or after their effect. Only tests use
// it.
package s3fake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// Fault is what happens to a call.
type Fault struct {
	Err    error // what the call returns; nil for what it would return anyhow
	Effect bool  // the call has its effect all the same: the answer was lost on its way
	Cut    int   // an object that is read ends with an error after so many bytes; 0 for never
}

// S3 is one bucket. The zero S3 is empty.
type S3 struct {
	// Fail is asked before each call, by the operation's name (PutObject, GetObject, ListObjectsV2) and the key or
	// prefix; nil for no faults.
	Fail func(operation, key string) Fault
	// Page is the most keys in a page of a listing; 1,000 if 0.
	Page int

	mu      sync.Mutex
	objects map[string]Object
	Puts    []string // keys of the puts that had an effect, in order
}

// Object is what is stored.
type Object struct {
	Body  []byte
	Input s3.PutObjectInput // as it was put; without Body
}

// Error is an error of S3's API.
func Error(code string) error { return &smithy.GenericAPIError{Code: code, Message: "as asked for"} }

func (f *S3) fault(operation, key string) Fault {
	if f.Fail == nil {
		return Fault{}
	}
	return f.Fail(operation, key)
}

// Objects returns all objects by key.
func (f *S3) Objects() map[string]Object {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.objects)
}

// Object returns one object, and whether there is one.
func (f *S3) Object(key string) (Object, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o, there := f.objects[key]
	return o, there
}

// Set stores an object past all conditions.
func (f *S3) Set(key string, body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set(key, Object{Body: bytes.Clone(body)})
}

// Delete makes an object absent, as a delete marker does.
func (f *S3) Delete(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.objects, key)
}

// PutObject implements the call.
func (f *S3) PutObject(ctx context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	key := aws.ToString(in.Key)
	fault := f.fault("PutObject", key)
	if err := cmp.Or(ctx.Err(), fault.Err); err != nil && !fault.Effect {
		return nil, err
	}
	if err := f.put(key, in); err != nil {
		return nil, cmp.Or(fault.Err, err)
	}
	return &s3.PutObjectOutput{}, fault.Err
}

func (f *S3) put(key string, in *s3.PutObjectInput) error {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	if given := aws.ToString(in.ChecksumSHA256); given != "" && given != base64.StdEncoding.EncodeToString(sum[:]) {
		return Error("BadDigest")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, there := f.objects[key]; there && aws.ToString(in.IfNoneMatch) == "*" {
		return Error("PreconditionFailed")
	}
	stored := *in
	stored.Body = nil
	f.set(key, Object{Body: body, Input: stored})
	f.Puts = append(f.Puts, key)
	return nil
}

func (f *S3) set(key string, o Object) {
	if f.objects == nil {
		f.objects = map[string]Object{}
	}
	f.objects[key] = o
}

// GetObject implements the call.
func (f *S3) GetObject(ctx context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	key := aws.ToString(in.Key)
	fault := f.fault("GetObject", key)
	if err := cmp.Or(ctx.Err(), fault.Err); err != nil {
		return nil, err
	}
	object, there := f.Object(key)
	if !there {
		return nil, &types.NoSuchKey{}
	}
	var body io.Reader = bytes.NewReader(object.Body)
	if fault.Cut > 0 {
		body = io.MultiReader(io.LimitReader(body, int64(fault.Cut)), broken{})
	}
	return &s3.GetObjectOutput{Body: io.NopCloser(body), ContentLength: aws.Int64(int64(len(object.Body)))}, nil
}

// broken is a connection that was cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// ListObjectsV2 implements the call.
func (f *S3) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	prefix := aws.ToString(in.Prefix)
	if err := cmp.Or(ctx.Err(), f.fault("ListObjectsV2", prefix).Err); err != nil {
		return nil, err
	}
	all := f.Objects()
	out := &s3.ListObjectsV2Output{IsTruncated: aws.Bool(false)}
	after, last, n := aws.ToString(in.ContinuationToken), "", 0
	for _, key := range slices.Sorted(maps.Keys(all)) {
		rest, inside := strings.CutPrefix(key, prefix)
		if !inside {
			continue
		}
		group := ""
		if head, _, found := strings.Cut(rest, aws.ToString(in.Delimiter)); found && in.Delimiter != nil {
			group = prefix + head + *in.Delimiter
		}
		name := cmp.Or(group, key)
		if name <= after || name == last {
			continue
		}
		if n == cmp.Or(f.Page, 1000) {
			out.IsTruncated, out.NextContinuationToken = aws.Bool(true), aws.String(last)
			return out, nil
		}
		n, last = n+1, name
		if group != "" {
			out.CommonPrefixes = append(out.CommonPrefixes, types.CommonPrefix{Prefix: aws.String(group)})
			continue
		}
		out.Contents = append(out.Contents, types.Object{Key: aws.String(key), Size: aws.Int64(int64(len(all[key].Body))),
			LastModified: aws.Time(time.Unix(1793611200, 0))})
	}
	return out, nil
}
