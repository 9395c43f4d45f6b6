package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// indexCache is a bucket whose key indexes are kept in a folder of this machine, so that a second history asks the bucket
// for none. They never change, their names hold their hash, and they hold hashes of keys, but no item data.
type indexCache struct {
	audit.Reader
	dir string
}

var indexName = regexp.MustCompile(`/keys/[0-9]{8}/([0-9]{10}-([0-9a-f]{16})\.txt)$`)

// cached is the log with its key indexes kept, or the log itself on a machine that has no place for them.
func cached(log *audit.Log) *audit.Log {
	dir, err := os.UserCacheDir()
	if err != nil {
		return log
	}
	dir = filepath.Join(dir, "outflow", "audit")
	if os.MkdirAll(dir, 0o700) != nil {
		return log
	}
	with := *log
	with.Client = &indexCache{log.Client, dir}
	return &with
}

// GetObject implements audit.Reader.
func (c *indexCache) GetObject(ctx context.Context, in *s3.GetObjectInput, o ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	name := indexName.FindStringSubmatch(*in.Key)
	if name == nil {
		return c.Reader.GetObject(ctx, in, o...)
	}
	path := filepath.Join(c.dir, name[1])
	file, err := os.Open(path)
	if err != nil {
		if kept, err := c.keep(ctx, in, path, name[2]); err != nil || !kept {
			if err == nil {
				return c.Reader.GetObject(ctx, in, o...)
			}
			return nil, err
		}
		if file, err = os.Open(path); err != nil {
			return nil, fmt.Errorf("open kept key index: %w", err)
		}
	}
	if in.Range == nil {
		return &s3.GetObjectOutput{Body: file}, nil
	}
	var from, to int64
	if _, err := fmt.Sscanf(*in.Range, "bytes=%d-%d", &from, &to); err != nil {
		return nil, errors.Join(fmt.Errorf("read range %s: %w", *in.Range, err), file.Close())
	}
	part := struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, from, to-from+1), file}
	return &s3.GetObjectOutput{Body: part, ContentRange: in.Range}, nil
}

// keep fetches an index whole. It is not kept where it is not what its name says, or where the disk takes no more: then
// the bucket answers.
func (c *indexCache) keep(ctx context.Context, in *s3.GetObjectInput, path, hash string) (kept bool, err error) {
	whole := *in
	whole.Range = nil
	out, err := c.Reader.GetObject(ctx, &whole)
	if err != nil {
		return false, err
	}
	var body bytes.Buffer
	_, err = body.ReadFrom(out.Body)
	if err = errors.Join(err, out.Body.Close()); err != nil {
		return false, fmt.Errorf("get key index %s: %w", *in.Key, err)
	}
	sum := sha256.Sum256(body.Bytes())
	if hex.EncodeToString(sum[:8]) != hash {
		return false, nil
	}
	return wholefile.Replace(path, body.Bytes(), 0o600) == nil, nil
}
