package engine_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

func dynamoClient(engines *engine.Engines) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{BaseEndpoint: &engines.DynamoDB, Region: engine.Region, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(engines.AccessKeyID, engines.SecretAccessKey, "")})
}

func s3Client(engines *engine.Engines) *s3.Client {
	return s3.New(s3.Options{BaseEndpoint: &engines.S3, Region: engine.Region, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(engines.AccessKeyID, engines.SecretAccessKey, "")})
}

func createTable(t *testing.T, engines *engine.Engines) {
	t.Helper()
	_, err := dynamoClient(engines).CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("shop"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("PK"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("PK"), KeyType: types.KeyTypeHash}},
	})
	require.NoError(t, err)
}

func put(t *testing.T, engines *engine.Engines, key, value string) error {
	t.Helper()
	_, err := dynamoClient(engines).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("shop"),
		Item: map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: key}, "v": &types.AttributeValueMemberS{Value: value}}})
	return err
}

func requireItem(t *testing.T, engines *engine.Engines, key, value string) {
	t.Helper()
	got, err := dynamoClient(engines).GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("shop"), ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: key}}})
	require.NoError(t, err)
	require.Equal(t, &types.AttributeValueMemberS{Value: value}, got.Item["v"])
}

// createLockedBucket makes a bucket with object lock, which needs the older versions' folder.
func createLockedBucket(t *testing.T, engines *engine.Engines) {
	t.Helper()
	_, err := s3Client(engines).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("audit"), ObjectLockEnabledForBucket: aws.Bool(true)})
	require.NoError(t, err)
}

func putObject(t *testing.T, engines *engine.Engines, key, content string) {
	t.Helper()
	_, err := s3Client(engines).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("audit"), Key: &key,
		Body: strings.NewReader(content), ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256, IfNoneMatch: aws.String("*")})
	require.NoError(t, err)
}

func requireObject(t *testing.T, engines *engine.Engines, key, content string) {
	t.Helper()
	got, err := s3Client(engines).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("audit"), Key: &key})
	require.NoError(t, err)
	defer func() { require.NoError(t, got.Body.Close()) }()
	body, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	require.Equal(t, content, string(body))
}

// ask sends a request to OpenSearch and returns the body of a good answer.
func ask(t *testing.T, engines *engine.Engines, method, path, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, engines.OpenSearch+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Less(t, response.StatusCode, 300, "%s", content)
	return string(content)
}
