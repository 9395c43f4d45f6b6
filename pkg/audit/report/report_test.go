package report_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/report"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// generated is a log of the generator in a bucket.
func generated(t *testing.T, c auditlog.Config) (report.Config, *s3fake.S3, auditlog.Log) {
	t.Helper()
	memory := auditlog.NewMemory()
	made, err := auditlog.Write(c, memory)
	require.NoError(t, err)
	bucket := &s3fake.S3{}
	for key, body := range memory.Objects {
		bucket.Set(key, body)
	}
	log := &audit.Log{Client: bucket, Bucket: "audit", Name: made.Name}
	return report.Config{Log: log, From: auditlog.Start, To: auditlog.Start.Add(3 * time.Hour), Now: made.End, Verified: &verify.Report{}}, bucket, made
}

func build(t *testing.T, c report.Config) *report.Report {
	t.Helper()
	r, err := report.Build(t.Context(), c)
	require.NoError(t, err)
	return r
}

func TestReportOfAWholeLog(t *testing.T) {
	c, _, made := generated(t, auditlog.Config{Seed: 1, Changes: 200, Items: 20, Span: 3 * time.Hour, Duplicates: 2, Rotate: 5})
	c.To = made.End
	r := build(t, c)
	require.Empty(t, r.Wrong)
	require.Empty(t, r.NotProven)
	require.Equal(t, verify.Fine, r.Status)
	require.EqualValues(t, made.Digests, r.Digests.Count)
	require.EqualValues(t, made.Lines, r.Lines.Read)
	require.EqualValues(t, made.Lines, r.Digests.Lines)
	require.EqualValues(t, made.Changes, r.Lines.Records)
	require.Equal(t, 20, r.Lines.Items)
	require.Len(t, r.Keys, len(made.Keys))
	require.Equal(t, made.Keys[0].ID, r.Keys[0].ID)
	require.Equal(t, made.Anchors[len(made.Anchors)-1].String(), r.Digests.Anchor)
	sum := 0
	for _, one := range r.Changes {
		sum += one.Insert + one.Modify + one.Remove
	}
	require.Equal(t, r.Lines.Records, sum)

	c.Verified = nil
	r = build(t, c)
	require.Equal(t, verify.Unproven, r.Status, "a report is no verification")
	c.From, c.To = made.End.Add(time.Hour), made.End.Add(2*time.Hour)
	require.Contains(t, strings.Join(build(t, c).NotProven, "\n"), "nothing of it is sealed")
}

func TestReportSaysWhatIsWrong(t *testing.T) {
	whole := auditlog.Config{Seed: 3, Changes: 200, Items: 3, Span: 3 * time.Hour}
	for _, row := range []struct {
		name string
		harm func(*s3fake.S3, auditlog.Log)
		says string
	}{
		{"a digest is gone", func(b *s3fake.S3, l auditlog.Log) { b.Delete(audit.DigestKey(l.Name, 4)) }, "0000000004.json is gone"},
		{"a digest is altered", func(b *s3fake.S3, l auditlog.Log) { b.Set(audit.DigestKey(l.Name, 4), []byte("{}")) }, "0000000004.json"},
		{"a segment is altered", func(b *s3fake.S3, _ auditlog.Log) { b.Set(segments(b)[3], []byte("x")) }, "not a segment"},
		{"a segment is gone", func(b *s3fake.S3, _ auditlog.Log) { b.Delete(segments(b)[3]) }, "changes between are missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, bucket, made := generated(t, whole)
			row.harm(bucket, made)
			r := build(t, c)
			require.Equal(t, verify.Wrong, r.Status)
			require.Contains(t, strings.Join(r.Wrong, "\n"), row.says)
		})
	}
	c, bucket, _ := generated(t, whole)
	bucket.Fail = func(string, string) s3fake.Fault { return s3fake.Fault{Err: s3fake.Error("AccessDenied")} }
	_, err := report.Build(t.Context(), c)
	require.ErrorContains(t, err, "AccessDenied")
}

func segments(b *s3fake.S3) (keys []string) {
	for key := range b.Objects() {
		if strings.HasSuffix(key, ".ndjson.gz") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// hostile is a log whose actors have names that a page must not take for markup.
func hostile(t *testing.T) report.Config {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(`
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK], stamps: {actor: by}}
entities:
  Item: {key: {PK: "I#{id}"}}
`))
	require.NoError(t, faults.Err())
	var records []string
	for i, name := range []string{"<script>alert(1)</script>", `"quoted' & ünïcode\u0000`, "</table>"} {
		records = append(records, fmt.Sprintf(`{"eventID":"e%d","eventName":"INSERT","eventSource":"aws:dynamodb","awsRegion":"eu-west-1",`+
			`"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312","dynamodb":{`+
			`"ApproximateCreationDateTime":1793610000,"Keys":{"PK":{"S":"I#%d"}},"SequenceNumber":"%d","StreamViewType":"NEW_AND_OLD_IMAGES",`+
			`"NewImage":{"PK":{"S":"I#%d"},"by":{"S":%q}}}}`, i, i, i+1, i, name))
	}
	changes, err := change.Decode(m, []byte(strings.ReplaceAll(`{"Records":[`+strings.Join(records, ",")+`]}`, `\x00`, `\u0000`)))
	require.NoError(t, err)
	bucket := &s3fake.S3{}
	for _, s := range audit.Cut(m, "shop-test", changes) {
		body, err := s.Compressed()
		require.NoError(t, err)
		bucket.Set(s.Key, body)
	}
	from := time.Unix(1793610000, 0)
	return report.Config{Log: &audit.Log{Client: bucket, Bucket: "audit", Name: "shop-test"}, From: from, To: from.Add(time.Hour), Now: from}
}

func TestThePageIsValidAndNeedsNothingElse(t *testing.T) {
	python := toolbox.Python(t, filepath.Join("testdata", "requirements.txt"))
	whole, _, _ := generated(t, auditlog.Config{Seed: 1, Changes: 100})
	broken, bucket, _ := generated(t, auditlog.Config{Seed: 2, Changes: 100, Items: 1, Raw: 30, Adopted: 1})
	bucket.Delete(segments(bucket)[1])
	broken.Verified.Counts = map[verify.Class]int64{verify.ChainBroken: 1, verify.Raw: 2}
	broken.Verified.Findings = []verify.Finding{{Class: verify.ChainBroken, Object: "audit/v1/x", Line: 3, Detail: "a < b"}}
	broken.Verified.NotProven = []string{"versions"}
	empty, _, _ := generated(t, auditlog.Config{Seed: 1})
	empty.From, empty.To = empty.To.AddDate(1, 0, 0), empty.To.AddDate(2, 0, 0)
	args := []string{filepath.Join("testdata", "valid.py")}
	for i, c := range []report.Config{whole, broken, empty, hostile(t)} {
		var out bytes.Buffer
		require.NoError(t, build(t, c).Render(&out))
		require.NotContains(t, out.String(), "ZgotmplZ")
		name := filepath.Join(t.TempDir(), fmt.Sprintf("%d.html", i))
		require.NoError(t, os.WriteFile(name, out.Bytes(), 0o600))
		args = append(args, name)
	}
	output, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.Equal(t, 4, strings.Count(string(output), "valid"))
}

func TestThePageTakesNoNameForMarkup(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, build(t, hostile(t)).Render(&out))
	require.NotContains(t, out.String(), "<script")
	require.Contains(t, out.String(), "&lt;script&gt;alert(1)")
	require.Equal(t, strings.Count(out.String(), "<table>"), strings.Count(out.String(), "</table>"))
}
