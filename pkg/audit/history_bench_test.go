package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// Environment of BenchmarkHistory: a folder that keeps the log between runs, and how many lines it has.
const (
	benchFolder = "OUTFLOW_BENCH_AUDIT_LOG"
	benchLines  = "OUTFLOW_BENCH_AUDIT_LINES"
)

// BenchmarkHistory reads histories of items from a log of 100,000 lines, or as many as the environment says, in a
// folder: what a bucket would cost beside it are its round trips.
func BenchmarkHistory(b *testing.B) {
	lines := 100_000
	if text := os.Getenv(benchLines); text != "" {
		var err error
		lines, err = strconv.Atoi(text)
		require.NoError(b, err)
	}
	folder := os.Getenv(benchFolder)
	if folder == "" {
		folder = b.TempDir()
	}
	// a day of it for a million lines, so that digests have about as many lines as in a busy log
	config := auditlog.Config{Seed: 1, Items: lines / 10, Changes: lines, SegmentLines: 1000, Span: max(time.Hour, time.Duration(lines)*86400*time.Microsecond)}
	if _, err := os.Stat(filepath.Join(folder, "audit")); err != nil {
		_, err := auditlog.Write(config, auditlog.Folder(folder))
		require.NoError(b, err)
	}
	log := audit.Log{Client: folderReader(folder), Bucket: "audit", Name: "shop-test"}
	end := auditlog.Start.Add(config.Span + time.Hour)
	shown, segments := 0, 0
	for n := 0; b.Loop(); n++ {
		key := fmt.Sprintf(`{"PK":{"S":"ITEM#%d"},"SK":{"S":"X"}}`, n*7919%config.Items)
		h, err := log.History(context.Background(), audit.ItemQuery{Key: []byte(key), Now: end})
		require.NoError(b, err)
		require.Empty(b, h.Faults)
		require.NotEmpty(b, h.Lines)
		shown += len(h.Lines)
		segments += h.Looked.Segments
	}
	b.ReportMetric(float64(shown)/float64(b.N), "changes/op")
	b.ReportMetric(float64(segments)/float64(b.N), "segments/op")
}

// folderReader is a bucket as a folder.
type folderReader string

// GetObject implements audit.Reader.
func (f folderReader) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	name := filepath.Join(string(f), *in.Key)
	if in.Range == nil {
		body, err := os.ReadFile(name)
		if err != nil {
			return nil, s3fake.Error("NoSuchKey")
		}
		return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(body))}, nil
	}
	var from, to int64
	if _, err := fmt.Sscanf(*in.Range, "bytes=%d-%d", &from, &to); err != nil {
		return nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, s3fake.Error("NoSuchKey")
	}
	part := struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, from, to-from+1), file}
	return &s3.GetObjectOutput{Body: part, ContentRange: in.Range}, nil
}

// ListObjectsV2 implements audit.Reader.
func (f folderReader) ListObjectsV2(_ context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	out := &s3.ListObjectsV2Output{}
	start := filepath.Join(string(f), *in.Prefix)
	err := filepath.WalkDir(start, func(name string, d fs.DirEntry, err error) error {
		if name == start { // also where it is not there: a prefix without objects is no error
			return nil
		}
		if err != nil {
			return err
		}
		key := strings.TrimPrefix(filepath.ToSlash(name), string(f)+"/")
		switch {
		case d.IsDir() && in.Delimiter != nil:
			out.CommonPrefixes = append(out.CommonPrefixes, types.CommonPrefix{Prefix: aws.String(key + "/")})
			return fs.SkipDir
		case !d.IsDir():
			info, err := d.Info()
			if err != nil {
				return err
			}
			out.Contents = append(out.Contents, types.Object{Key: &key, Size: aws.Int64(info.Size())})
		}
		return nil
	})
	return out, err
}
