package audit_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// The real engine must answer as the fake does where the log's promises lean on it.
func TestSegmentsOnTheEngine(t *testing.T) {
	client, bucket := s3test.Bucket(t)
	m, faults := model.Parse("model.yaml", []byte(small))
	require.NoError(t, faults.Err())
	outlet := audit.NewOutlet(audit.OutletConfig{
		Model: m, Log: "small-dev", Client: client, Bucket: bucket, Now: time.Now,
		Retention: audit.Retention{Mode: types.ObjectLockRetentionModeGovernance, Days: 1}, Retry: consume.Retry{First: 1, Max: 1, Attempts: 2},
	})
	changes := (&world{model: m}).changes(t, record{1, 0, "a"}, record{2, 1, "b"}, record{3, 0, ""})
	o := outlet.Deliver(t.Context(), changes)
	require.NoError(t, o.Err)
	require.Equal(t, consume.Counts{consume.MetricWritten: 2}, o.Counts)
	o = outlet.Deliver(t.Context(), changes)
	require.NoError(t, o.Err)
	require.Equal(t, consume.Counts{consume.MetricRepeated: 2}, o.Counts, "412, read back, same")

	log := audit.Log{Client: client, Bucket: bucket, Name: "small-dev"}
	var ids, keys []string
	for line, err := range log.Show(t.Context(), audit.Query{}, &audit.Summary{}) {
		require.NoError(t, err)
		ids, keys = append(ids, line.ID), append(keys, line.Segment())
	}
	require.Equal(t, []string{"e1", "e2", "e3"}, ids)

	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &keys[0]})
	require.NoError(t, err)
	require.Equal(t, types.ObjectLockModeGovernance, head.ObjectLockMode)
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &keys[0], VersionId: head.VersionId})
	require.Error(t, err, "the version is locked")

	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &keys[0]})
	require.NoError(t, err, "a delete marker can be put on top")
	o = outlet.Deliver(t.Context(), changes)
	require.NoError(t, o.Err)
	require.Equal(t, consume.Counts{consume.MetricWritten: 1, consume.MetricRepeated: 1}, o.Counts)

	missing := audit.NewOutlet(audit.OutletConfig{Model: m, Log: "small-dev", Client: client, Bucket: bucket + "-x", Now: time.Now,
		Retry: consume.Retry{First: 1, Max: 1, Attempts: 2}})
	o = missing.Deliver(t.Context(), changes)
	require.Len(t, o.Pending, 3)
	require.ErrorContains(t, o.Err, "no such bucket")
}
