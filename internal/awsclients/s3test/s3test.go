// Package s3test gives tests a bucket of their own on the real S3 engine. Only tests use it.
package s3test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/enginetest"
)

// region is what the engine accepts signatures for.
const region = "us-east-1"

// Bucket makes a new bucket with versions and object lock, or skips the test where there is no engine.
func Bucket(t testing.TB) (*s3.Client, string) {
	t.Helper()
	endpoint := enginetest.URL(t, enginetest.S3)
	access, secret := enginetest.Credentials(t)
	client, err := awsclients.S3(aws.Config{
		Region: region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: access, SecretAccessKey: secret}, nil
		}),
	}, endpoint)
	require.NoError(t, err)
	name := "test-" + uuid.NewString()
	_, err = client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(name), ObjectLockEnabledForBucket: aws.Bool(true)})
	require.NoError(t, err)
	return client, name
}
