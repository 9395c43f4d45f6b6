package main

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"
)

// An export finds what a scan cannot: documents of items that are gone, and whose removal has never come.
func TestSearchBackfillFromAnExport(t *testing.T) {
	f := newFilledFloor(t, 3)
	status, stdout, stderr := f.run("search", "backfill")
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	dir := f.export(3)
	_, err := f.deployment().items().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: &f.target.Table, Key: map[string]types.AttributeValue{
			"PK": &types.AttributeValueMemberS{Value: "PRODUCT#p000001"}, "SK": &types.AttributeValueMemberS{Value: "METADATA"},
		},
	})
	require.NoError(t, err)
	status, stdout, stderr = f.run("search", "backfill")
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	require.Equal(t, 3, f.shown(), "a scan does not meet what is not there")

	status, stdout, stderr = f.run("search", "backfill", "--from-export", dir)
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	require.Contains(t, stdout, "complete: 3 items read in 1 pages")
	require.Equal(t, 2, f.shown())

	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "one.json.gz"), []byte("other"), 0o600))
	status, _, stderr = f.run("search", "backfill", "--from-export", dir)
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stderr, "data/one.json.gz: the export cannot be used: the manifest says that its MD5 is")
}

// export lays out an export of the first n products as of three weeks ago.
func (f *shopFloor) export(n int) string {
	f.t.Helper()
	var data bytes.Buffer
	z := gzip.NewWriter(&data)
	for i := range n {
		fmt.Fprintf(z, `{"Item":{"PK":{"S":"PRODUCT#p%06d"},"SK":{"S":"METADATA"},"title":{"S":"as it was"}}}`+"\n", i)
	}
	require.NoError(f.t, z.Close())
	sum := md5.Sum(data.Bytes())
	dir := f.t.TempDir()
	require.NoError(f.t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
	for name, content := range map[string]string{
		"data/one.json.gz": data.String(),
		"manifest-files.json": fmt.Sprintf(`{"itemCount":%d,"md5Checksum":%q,"dataFileS3Key":"AWSDynamoDB/1/data/one.json.gz"}`,
			n, base64.StdEncoding.EncodeToString(sum[:])),
		"manifest-summary.json": fmt.Sprintf(`{"exportArn":"arn:aws:dynamodb:us-east-1:1:table/%[1]s/export/1","exportTime":"2026-10-31T00:00:00Z",`+
			`"tableArn":"arn:aws:dynamodb:us-east-1:1:table/%[1]s","itemCount":%[2]d,"outputFormat":"DYNAMODB_JSON"}`, f.target.Table, n),
	} {
		require.NoError(f.t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}
