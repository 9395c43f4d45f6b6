package backfill

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
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Folder is where an export lies: what holds its manifest-summary.json.
type Folder interface {
	// Open opens a file by its name within the folder, with slashes; the error of one that is not there is fs.ErrNotExist,
	// or fs.ErrPermission where that is not to be known.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	String() string
}

// Directory is a folder on this machine.
type Directory string

// Open implements Folder.
func (d Directory) Open(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(d), filepath.FromSlash(name)))
}

// String implements Folder.
func (d Directory) String() string { return strings.TrimSuffix(string(d), "/") }

// Getter is the part of S3's client that a Bucket needs.
type Getter interface {
	GetObject(ctx context.Context, in *s3.GetObjectInput, with ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Bucket is a folder in S3.
type Bucket struct {
	Client Getter
	Name   string
	Prefix string // of the keys, without the slash at its end
}

// ParseBucket reads s3://bucket/prefix, and says whether it is one.
func ParseBucket(url string) (name, prefix string, ok bool) {
	rest, ok := strings.CutPrefix(url, "s3://")
	name, prefix, _ = strings.Cut(rest, "/")
	prefix = strings.TrimSuffix(strings.TrimSuffix(prefix, summaryName), "/")
	return name, prefix, ok && name != ""
}

// String implements Folder.
func (b *Bucket) String() string {
	return strings.TrimSuffix("s3://"+b.Name+"/"+b.Prefix, "/")
}

// Open implements Folder. The object is got in pieces: what is done with the items takes longer than a service lets a
// connection rest, or a client an answer.
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	key := name
	if b.Prefix != "" {
		key = b.Prefix + "/" + name
	}
	r := &pieces{ctx: ctx, bucket: b, key: key}
	if err := r.get(); err != nil {
		return nil, err
	}
	return r, nil
}

const pieceBytes = 4 << 20

// pieces reads an object piece by piece; it must stay the same object.
type pieces struct {
	ctx    context.Context // of Open: a Read has none
	bucket *Bucket
	key    string
	etag   *string
	next   int64 // where the next piece begins
	size   int64 // of the object
	piece  bytes.Reader
}

// Read implements io.Reader.
func (p *pieces) Read(b []byte) (int, error) {
	if p.piece.Len() == 0 {
		if p.next >= p.size {
			return 0, io.EOF
		}
		if err := p.get(); err != nil {
			return 0, err
		}
	}
	return p.piece.Read(b)
}

// Close implements io.Closer.
func (p *pieces) Close() error { return nil }

func (p *pieces) get() error {
	out, err := p.bucket.Client.GetObject(p.ctx, &s3.GetObjectInput{
		Bucket: &p.bucket.Name, Key: &p.key, IfMatch: p.etag,
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", p.next, p.next+pieceBytes-1)),
	})
	var status interface{ HTTPStatusCode() int }
	switch missing := (*types.NoSuchKey)(nil); {
	case errors.As(err, &missing):
		return fmt.Errorf("get s3://%s/%s: %w", p.bucket.Name, p.key, fs.ErrNotExist)
	case errors.As(err, &status) && status.HTTPStatusCode() == http.StatusRequestedRangeNotSatisfiable && p.next == 0:
		return nil // of an empty object no byte can be had
	case errors.As(err, &status) && status.HTTPStatusCode() == http.StatusForbidden:
		return fmt.Errorf("get s3://%s/%s: %w: %w (S3 answers so too where there is no such object, to whom it does not "+
			"allow s3:ListBucket)", p.bucket.Name, p.key, fs.ErrPermission, err)
	case err != nil:
		return fmt.Errorf("get s3://%s/%s: %w", p.bucket.Name, p.key, err)
	}
	defer out.Body.Close()
	content, err := io.ReadAll(io.LimitReader(out.Body, pieceBytes+1))
	if err != nil || len(content) == 0 || len(content) > pieceBytes {
		return fmt.Errorf("get s3://%s/%s: %d bytes from byte %d on: %w", p.bucket.Name, p.key, len(content), p.next,
			errors.Join(err, io.ErrUnexpectedEOF))
	}
	p.etag, p.size = out.ETag, sizeOf(out)
	p.next += int64(len(content))
	p.piece.Reset(content)
	return nil
}

// sizeOf is that of the whole object: the end of "bytes 0-99/1234".
func sizeOf(out *s3.GetObjectOutput) int64 {
	if _, whole, ok := strings.Cut(aws.ToString(out.ContentRange), "/"); ok {
		if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
			return n
		}
	}
	return aws.ToInt64(out.ContentLength)
}
