package backfill_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

const exportTime = "2026-11-20T08:00:00.123Z"

// exported is a full export as DynamoDB lays it out, by file; each file has the items of so many keys.
func exported(t testing.TB, files ...int) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"_started": nil}
	var manifest bytes.Buffer
	total := 0
	for i, n := range files {
		name := fmt.Sprintf("data/file%d.json.gz", i)
		all[name] = dataFile(t, i, n)
		fmt.Fprintf(&manifest, `{"itemCount":%d,"md5Checksum":%q,"etag":"x-1","dataFileS3Key":"2026-Nov/AWSDynamoDB/0169/%s"}`+"\n",
			n, sum(all[name]), name)
		total += n
	}
	all["manifest-files.json"] = manifest.Bytes()
	all["manifest-summary.json"] = fmt.Appendf(nil, `{"version":"2020-06-30",
		"exportArn":"arn:aws:dynamodb:us-east-1:123456789012:table/shop-test/export/0169","startTime":%[1]q,"endTime":%[1]q,
		"tableArn":"arn:aws:dynamodb:us-east-1:123456789012:table/shop-test","tableId":"t","exportTime":%[1]q,"s3Bucket":"b","s3Prefix":"2026-Nov",
		"s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,"manifestFilesS3Key":"2026-Nov/AWSDynamoDB/0169/manifest-files.json",
		"billedSizeBytes":0,"itemCount":%[2]d,"outputFormat":"DYNAMODB_JSON","exportType":"FULL_EXPORT"}`, exportTime, total)
	return all
}

func dataFile(t testing.TB, file, items int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for i := range items {
		fmt.Fprintf(z, `{"Item":{"PK":{"S":"PRODUCT#%d-%d"},"SK":{"S":"METADATA"},"title":{"S":"line\nfeed"}}}`+"\n", file, i)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func sum(content []byte) string {
	sum := md5.Sum(content)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func lay(t testing.TB, files map[string][]byte) backfill.Directory {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o755))
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	return backfill.Directory(dir)
}

func TestExportIsReadWhole(t *testing.T) {
	e, err := backfill.OpenExport(t.Context(), lay(t, exported(t, 3, 0, 1201)), "shop-test")
	require.NoError(t, err)
	index := &fakeIndex{}
	run := newRun(t, e, index, 1)
	require.NoError(t, run.Do(t.Context()))
	require.Len(t, index.given, 1204)
	require.Equal(t, "PRODUCT#2-1200", index.given[1203])
	require.Equal(t, 1204, run.Progress.State().Counts.Seen)
	at, err := time.Parse(time.RFC3339, exportTime)
	require.NoError(t, err)
	for _, read := range index.times {
		require.True(t, at.Equal(read), "items of an export are states of its time")
	}
	var rest []string
	for page, err := range e.Pages(t.Context(), 2, "1000") {
		require.NoError(t, err)
		rest = append(rest, page.After)
	}
	require.Equal(t, []string{"1201"}, rest, "a file is read on from a line")
}

func TestExportInABucket(t *testing.T) {
	client, bucket := s3test.Bucket(t)
	files := exported(t, 3, 40_000)
	for name, content := range files {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &bucket, Key: aws.String("2026-Nov/AWSDynamoDB/0169/" + name), Body: bytes.NewReader(content),
		})
		require.NoError(t, err)
	}
	name, prefix, ok := backfill.ParseBucket("s3://" + bucket + "/2026-Nov/AWSDynamoDB/0169/")
	require.True(t, ok)
	e, err := backfill.OpenExport(t.Context(), &backfill.Bucket{Client: client, Name: name, Prefix: prefix}, "shop-test")
	require.NoError(t, err)
	index := &fakeIndex{}
	require.NoError(t, newRun(t, e, index, 2).Do(t.Context()))
	require.Len(t, index.given, 40_003)

	_, err = backfill.OpenExport(t.Context(), &backfill.Bucket{Client: client, Name: name, Prefix: "2026-Nov"}, "shop-test")
	require.ErrorIs(t, err, backfill.ErrExport)
	require.ErrorContains(t, err, "there is no manifest-summary.json in s3://"+bucket+"/2026-Nov: name the folder that holds it")
}

// fakeBucket is an object that changes while it is read, or that ends early.
type fakeBucket struct {
	content []byte
	gets    int
	spoil   func(get int, out *s3.GetObjectOutput) error
}

func (f *fakeBucket) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	var from, to int
	if _, err := fmt.Sscanf(*in.Range, "bytes=%d-%d", &from, &to); err != nil {
		return nil, err
	}
	to = min(to+1, len(f.content))
	out := &s3.GetObjectOutput{
		Body: readCloser{bytes.NewReader(f.content[from:to])}, ETag: aws.String("one"),
		ContentRange: aws.String(fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(f.content))),
	}
	f.gets++
	if f.spoil == nil {
		return out, nil
	}
	return out, f.spoil(f.gets, out)
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func TestAnObjectIsGotInPieces(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 600_000) // 9.6 MB
	bucket := &fakeBucket{content: content}
	r, err := (&backfill.Bucket{Client: bucket, Name: "b"}).Open(t.Context(), "x")
	require.NoError(t, err)
	var got bytes.Buffer
	_, err = got.ReadFrom(r)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got.Bytes()))
	require.Equal(t, 3, bucket.gets)

	bucket = &fakeBucket{content: content, spoil: func(get int, out *s3.GetObjectOutput) error {
		if get == 2 {
			out.Body = readCloser{bytes.NewReader(nil)}
		}
		return nil
	}}
	r, err = (&backfill.Bucket{Client: bucket, Name: "b"}).Open(t.Context(), "x")
	require.NoError(t, err)
	_, err = got.ReadFrom(r)
	require.ErrorContains(t, err, "get s3://b/x: 0 bytes from byte 4194304 on: unexpected EOF")
}

// A role without s3:ListBucket is refused what is not there. The checksums beside the manifests need not be.
func TestExportInABucketThatIsNotListed(t *testing.T) {
	files := exported(t, 2)
	bucket := &backfill.Bucket{Client: getter(func(in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
		content, ok := files[*in.Key]
		if !ok {
			denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "Access Denied"}
			refused := &http.Response{StatusCode: http.StatusForbidden}
			return nil, &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: refused}, Err: denied}
		}
		return (&fakeBucket{content: content}).GetObject(t.Context(), in)
	}), Name: "b"}
	e, err := backfill.OpenExport(t.Context(), bucket, "shop-test")
	require.NoError(t, err)
	index := &fakeIndex{}
	require.NoError(t, newRun(t, e, index, 1).Do(t.Context()))
	require.Len(t, index.given, 2)
	delete(files, "manifest-summary.json")
	_, err = backfill.OpenExport(t.Context(), bucket, "shop-test")
	require.ErrorContains(t, err, "get s3://b/manifest-summary.json: ")
	require.ErrorContains(t, err, "s3:ListBucket")
}

type getter func(*s3.GetObjectInput) (*s3.GetObjectOutput, error)

func (g getter) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return g(in)
}

func TestExportsThatCannotBeUsed(t *testing.T) {
	summary := func(old, new string) func(map[string][]byte) {
		return func(f map[string][]byte) {
			require.Contains(t, string(f["manifest-summary.json"]), old)
			f["manifest-summary.json"] = bytes.Replace(f["manifest-summary.json"], []byte(old), []byte(new), 1)
		}
	}
	for _, row := range []struct {
		name  string
		spoil func(map[string][]byte)
		says  string // "" for one that can be used
	}{
		{"as it is", func(map[string][]byte) {}, ""},
		{"a manifest from before there were types", summary(`,"exportType":"FULL_EXPORT"`, ""), ""},
		{"a checksum beside a manifest", func(f map[string][]byte) {
			f["manifest-summary.checksum"], f["manifest-files.md5"] = []byte(sum(f["manifest-summary.json"])), []byte(sum(f["manifest-files.json"])+"\n")
		}, ""},
		{"a wrong checksum beside a manifest", func(f map[string][]byte) { f["manifest-files.md5"] = []byte(sum(nil)) },
			"manifest-files.json is not the file whose MD5 stands beside it"},
		{"incremental", summary("FULL_EXPORT", "INCREMENTAL_EXPORT"), "make a full export"},
		{"ION", summary("DYNAMODB_JSON", "ION"), "its format is ION: export in DYNAMODB_JSON"},
		{"of another table", summary(":table/shop-test\",\"tableId", ":table/shop-prod\",\"tableId"), `it is of table "shop-prod"`},
		{"without a time", summary(`"exportTime":"`+exportTime+`",`, ""), "exportTime is missing"},
		{"with a wrong sum of items", summary(`"itemCount":5`, `"itemCount":6`), "says 6 items, and the data files of manifest-files.json have 5 together"},
		{"not JSON", summary("{", ""), "manifest-summary.json: "},
		{"no summary", func(f map[string][]byte) { delete(f, "manifest-summary.json") }, "name the folder that holds it"},
		{"no list of files", func(f map[string][]byte) { delete(f, "manifest-files.json") }, "there is no manifest-files.json"},
		{"a list of no files", func(f map[string][]byte) { f["manifest-files.json"] = nil }, "it names no data file"},
		{"a file without a checksum", func(f map[string][]byte) {
			f["manifest-files.json"] = []byte(`{"itemCount":5,"dataFileS3Key":"x/data/y"}`)
		}, "entry 1 names no file under data/ with its md5Checksum"},
		{"a damaged data file", func(f map[string][]byte) { f["data/file1.json.gz"][20]++ }, "the manifest says that its MD5 is"},
		{"no data file", func(f map[string][]byte) { delete(f, "data/file1.json.gz") }, "data/file1.json.gz: no such file"},
		{"a data file that is not gzip", replaced([]byte("plain")), "not gzip"},
		{"a data file with too few items", replaced(dataFile(t, 1, 1)), "the manifest says that it has 2 items, and it has 1"},
		{"a line without an item", replaced(zipped(t, "{}\n")), "line 1: a JSON object without an Item"},
		{"a line that is no JSON", replaced(zipped(t, `{"Item":{}}`+"\n"+`{"Item":secret}`)), "line 2: not a JSON object with an Item: wrong at byte 9"},
		{"a line that does not end", replaced(zipped(t, strings.Repeat("x", 5<<20))), "read line 1: bufio.Scanner: token too long"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := maps.Clone(exported(t, 3, 2))
			row.spoil(files)
			e, err := backfill.OpenExport(t.Context(), lay(t, files), "shop-test")
			if err == nil {
				err = newRun(t, e, &fakeIndex{}, 1).Do(t.Context())
			}
			if row.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.says)
			require.NotContains(t, err.Error(), "secret", "an error holds no item data")
		})
	}
}

// replaced puts another file into the export, with its right checksum.
func replaced(content []byte) func(map[string][]byte) {
	return func(f map[string][]byte) {
		f["manifest-files.json"] = bytes.Replace(f["manifest-files.json"], mustJSON(sum(f["data/file1.json.gz"])), mustJSON(sum(content)), 1)
		f["data/file1.json.gz"] = content
	}
}

func mustJSON(s string) []byte {
	content, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return content
}

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}
