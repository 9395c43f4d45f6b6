package awsclients_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients"
)

func TestEndpointsOfTheEnvironmentAreUsed(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+r.Header.Get("X-Amz-Target"))
		_, _ = w.Write([]byte(`{}`))
	}))
	defer server.Close()
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
	cfg, err := awsclients.Load(t.Context())
	require.NoError(t, err)
	objects, err := awsclients.S3(cfg, server.URL)
	require.NoError(t, err)
	_, err = objects.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("a/b")})
	require.NoError(t, err)
	events, err := awsclients.EventBridge(cfg, server.URL)
	require.NoError(t, err)
	_, err = events.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{}}})
	require.NoError(t, err)
	require.Equal(t, []string{"GET /bucket/a/b", "POST /AWSEvents.PutEvents"}, asked)
}

func TestEndpointThatIsNoURLIsRefused(t *testing.T) {
	_, err := awsclients.S3(aws.Config{}, "localhost:7070")
	require.ErrorContains(t, err, `AWS_ENDPOINT_URL_S3 is "localhost:7070"`)
	_, err = awsclients.DynamoDB(aws.Config{}, "localhost:8000")
	require.ErrorContains(t, err, `AWS_ENDPOINT_URL_DYNAMODB is "localhost:8000"`)
	_, err = awsclients.EventBridge(aws.Config{}, "://")
	require.ErrorContains(t, err, "AWS_ENDPOINT_URL_EVENTBRIDGE")
}
