package verify_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// store puts objects into a bucket of the engine.
type store struct {
	t      *testing.T
	client *s3.Client
	bucket string
}

func (s *store) Put(key string, body []byte) error {
	sum := sha256.Sum256(body)
	checksum := base64.StdEncoding.EncodeToString(sum[:])
	_, err := s.client.PutObject(s.t.Context(), &s3.PutObjectInput{Bucket: &s.bucket, Key: &key, Body: bytes.NewReader(body), ChecksumSHA256: &checksum})
	return err
}

// A bucket in place, whose versions and delete markers are looked at, and what lies below them.
func TestBucketOnTheEngine(t *testing.T) {
	client, bucket := s3test.Bucket(t)
	s := &store{t, client, bucket}
	log, err := auditlog.Write(auditlog.Config{Seed: 5, Changes: 60, Rotate: 3, Adopted: 1}, s)
	require.NoError(t, err)
	checks := verify.Config{Log: log.Name, Source: verify.Bucket{Client: client, Name: bucket}, Keys: log.Keys[:1], Now: log.End.Add(time.Minute)}
	r, err := verify.Verify(t.Context(), checks)
	require.NoError(t, err)
	require.Empty(t, r.Findings)
	require.Equal(t, log.Lines, r.Lines)
	require.NotContains(t, fmt.Sprint(r.NotProven), "a copy has no versions")

	memory := auditlog.NewMemory()
	_, err = auditlog.Write(auditlog.Config{Seed: 5, Changes: 60, Rotate: 3, Adopted: 1}, memory)
	require.NoError(t, err)
	segments := bucketOf(memory.Objects).keys("dt=")
	require.NoError(t, s.Put(segments[0], []byte("x")))
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &segments[1]})
	require.NoError(t, err)
	r, err = verify.Verify(t.Context(), checks)
	require.NoError(t, err)
	require.Len(t, r.Findings, 2, "what was written is still there below: %+v", r.Findings)
	require.Equal(t, verify.Finding{Class: verify.DeleteMarker, Wrong: true, Object: segments[1], Detail: r.Findings[0].Detail}, r.Findings[0])
	require.Equal(t, verify.Finding{Class: verify.SecondVersion, Wrong: true, Object: segments[0], Detail: r.Findings[1].Detail}, r.Findings[1])

	checks.Source = verify.Bucket{Client: client, Name: bucket + "-that-is-not-there"}
	r, err = verify.Verify(t.Context(), checks)
	require.ErrorContains(t, err, "list versions")
	require.Equal(t, verify.Blind, r.Status)
}
