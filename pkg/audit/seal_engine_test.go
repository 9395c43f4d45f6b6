package audit_test

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// The real store, with object lock in compliance mode: digesters that race each other and consumers make one chain, and
// what they wrote cannot be deleted.
func TestSealOnTheEngine(t *testing.T) {
	client, bucket := s3test.Bucket(t)
	v := newVault(t)
	retention := audit.Retention{Mode: types.ObjectLockRetentionModeCompliance, Days: 1}
	retry := consume.Retry{First: time.Millisecond, Max: 10 * time.Millisecond, Attempts: 20}
	newSealer := func() *audit.Sealer {
		return audit.NewSealer(audit.SealerConfig{Log: "small-dev", Client: client, Bucket: bucket, Retention: retention, Signers: v.keys,
			Waits: v, Now: time.Now, Retry: retry})
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			sealer := newSealer()
			for range 6 {
				if _, err := sealer.Seal(t.Context()); err != nil && !strings.Contains(err.Error(), "first") {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() {
		outlet := audit.NewOutlet(audit.OutletConfig{Model: v.model, Log: "small-dev", Client: client, Bucket: bucket, Retention: retention,
			Now: time.Now, Retry: retry})
		for i := range 20 {
			if o := outlet.Deliver(t.Context(), (&world{model: v.model}).changes(t, record{i, i % 3, "a"})); o.Err != nil {
				t.Error(o.Err)
			}
		}
	})
	all.Wait()
	_, err := newSealer().Seal(t.Context())
	require.NoError(t, err)
	v.fetch(client, bucket)
	digests := v.check(0)
	require.Greater(t, len(digests), 6)

	key := audit.DigestKey("small-dev", digests[len(digests)-1].Number)
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	require.Equal(t, types.ObjectLockModeCompliance, head.ObjectLockMode)
	bypass := true
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: head.VersionId, BypassGovernanceRetention: &bypass})
	require.Error(t, err, "nobody deletes it")
	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte("{}"))})
	require.NoError(t, err, "a version on top can be put")
	_, err = newSealer().Seal(t.Context())
	require.ErrorIs(t, err, audit.ErrTampered)
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err, "and a delete marker")
	_, err = newSealer().Seal(t.Context())
	require.ErrorIs(t, err, audit.ErrTampered)
	require.ErrorContains(t, err, key)
}

// fetch copies a real bucket into the vault's.
func (v *vault) fetch(client *s3.Client, bucket string) {
	ctx := v.t.(*testing.T).Context()
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		require.NoError(v.t, err)
		for _, o := range page.Contents {
			out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
			require.NoError(v.t, err)
			body, err := io.ReadAll(out.Body)
			require.NoError(v.t, err)
			require.NoError(v.t, out.Body.Close())
			v.bucket.Set(*o.Key, body)
		}
	}
}
