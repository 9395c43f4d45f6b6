// Package enginetest tells tests where the real engines are. `make test` starts them and sets the environment that
// this package reads; a plain `go test` skips what needs an engine and says so.
package enginetest

import (
	"os"
	"testing"
)

// Environment by which `engines exec` tells tests where the engines are.
const (
	OpenSearch = "OUTFLOW_TEST_OPENSEARCH" // URL
	DynamoDB   = "OUTFLOW_TEST_DYNAMODB"   // URL
	S3         = "OUTFLOW_TEST_S3"         // URL
	AccessKey  = "OUTFLOW_TEST_ACCESS_KEY_ID"
	SecretKey  = "OUTFLOW_TEST_SECRET_ACCESS_KEY"

	// Required is set where a missing engine is a failure rather than a reason to skip.
	Required = "OUTFLOW_TEST_ENGINES_REQUIRED"
)

// URL returns the endpoint of an engine, or skips the test (fails it where engines are required).
func URL(t testing.TB, engine string) string {
	t.Helper()
	url := os.Getenv(engine)
	if url == "" && os.Getenv(Required) != "" {
		t.Fatalf("%s is not set, and engines are required: start them with make test", engine)
	}
	if url == "" {
		t.Skipf("%s is not set: run make test to have the engines started", engine)
	}
	return url
}

// Credentials returns the key pair that the local engines take.
func Credentials(t testing.TB) (accessKeyID, secretAccessKey string) {
	t.Helper()
	return os.Getenv(AccessKey), os.Getenv(SecretKey)
}
