package s3fake_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/pkg/parked"
)

var _ parked.S3 = (*s3fake.S3)(nil)

// TestFakeAnswersAsTheEngine makes the same random calls of a real engine and of the fake.
func TestFakeAnswersAsTheEngine(t *testing.T) {
	real, bucket := s3test.Bucket(t)
	const seeds = 6
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 3))
		fake := &s3fake.S3{}
		root := fmt.Sprintf("seed-%d/", seed)
		for n := range 60 {
			call := randomCall(r, root, bucket)
			require.Equal(t, call(t, real), call(t, fake), "seed %d, call %d", seed, n)
		}
	}
}

type apiCall func(t *testing.T, client parked.S3) string

// randomCall is one of the calls that the pipeline makes, on few keys, so that they meet.
func randomCall(r *rand.Rand, root, bucket string) apiCall {
	key := root + []string{"a", "b/1", "b/2", "b/x/y", "c/y/z"}[r.IntN(5)]
	body := []byte(strings.Repeat("x", 1+r.IntN(9)))
	once := r.IntN(2) == 0
	wrong := !once && r.IntN(8) == 0 // which of two reasons to refuse a put comes first is nowhere written
	prefix, delimiter := root+[]string{"", "b", "b/", "c/"}[r.IntN(4)], []string{"", "/"}[r.IntN(2)]
	switch r.IntN(3) {
	case 0:
		return func(t *testing.T, client parked.S3) string { return get(t, client, bucket, key) }
	case 1:
		return func(t *testing.T, client parked.S3) string { return list(t, client, bucket, prefix, delimiter) }
	}
	return func(t *testing.T, client parked.S3) string {
		sum := sha256.Sum256(body)
		if wrong {
			sum[0]++
		}
		in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body),
			ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:]))}
		if once {
			in.IfNoneMatch = aws.String("*")
		}
		_, err := client.PutObject(t.Context(), in)
		return fmt.Sprintf("put %s once %v: %s", key, once, refusal(err))
	}
}

// refusal is the code of an error, with the names that are used for one thing brought together.
func refusal(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Sprint(err)
	}
	if code := api.ErrorCode(); strings.Contains(code, "Digest") || strings.Contains(code, "Checksum") || code == "InvalidRequest" {
		return "wrong checksum"
	}
	return api.ErrorCode()
}

func get(t *testing.T, client parked.S3, bucket, key string) string {
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "get " + key + ": " + refusal(err)
	}
	body, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	return fmt.Sprintf("get %s: %s", key, body)
}

// list reads all pages, of two entries each. Whether an empty one follows a full one is nowhere written.
func list(t *testing.T, client parked.S3, bucket, prefix, delimiter string) string {
	all := "list " + prefix + delimiter + ":"
	if fake, is := client.(*s3fake.S3); is {
		fake.Page = 2
	}
	var token *string
	for {
		in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, ContinuationToken: token, MaxKeys: aws.Int32(2)}
		if delimiter != "" {
			in.Delimiter = &delimiter
		}
		out, err := client.ListObjectsV2(t.Context(), in)
		require.NoError(t, err)
		for _, o := range out.Contents {
			all += fmt.Sprintf(" %s(%d)", *o.Key, *o.Size)
		}
		for _, p := range out.CommonPrefixes {
			all += " " + *p.Prefix
		}
		if !aws.ToBool(out.IsTruncated) {
			return all
		}
		token = out.NextContinuationToken
	}
}
