package s3claims_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/events/s3claims"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
)

func TestOpenReadsFromItsBucketOnly(t *testing.T) {
	client := &s3fake.S3{}
	client.Set("claims/1", []byte("body"))
	c := s3claims.Claims{Client: client, Bucket: "shop-claims"}
	body, err := c.Open(t.Context(), "shop-claims", "claims/1")
	require.NoError(t, err)
	content, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, "body", string(content))
	_, err = c.Open(t.Context(), "shop-claims", "claims/2")
	require.Error(t, err)
	client.Fail = func(string, string) s3fake.Fault { panic("another bucket was read") }
	_, err = c.Open(t.Context(), "other", "claims/1")
	require.ErrorContains(t, err, "reads from shop-claims only")
}
