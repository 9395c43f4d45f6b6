package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// TestSearchBackfillByTheFunction runs the operator's real binary under the runtime host, with so little time that it
// takes several invocations.
func TestSearchBackfillByTheFunction(t *testing.T) {
	f := newFilledFloor(t, 600)
	host := newOperatorHost(t, f)
	status, stdout, stderr := f.run("search", "backfill", "--function", "shop-operator", "--rcu", "30", "--segments", "2")
	require.Equal(t, exitFine, status, "%s%s%s", stdout, stderr, host.log.String())
	require.Equal(t, 600, f.shown())
	require.Greater(t, host.invoked, 1, "it was not done in one invocation")
	require.Contains(t, stdout, "complete: 600 items read in ")

	keys := write(t, "keys", "PRODUCT#p000007 METADATA\n\nPRODUCT#p000008 METADATA\n")
	status, stdout, stderr = f.run("search", "backfill", "--function", "shop-operator", "--keys", keys)
	require.Equal(t, exitFine, status, "%s%s%s", stdout, stderr, host.log.String())
	require.Contains(t, stdout, "2 items read in 1 pages: 0 new")

	state := filepath.Join(filepath.Dir(f.path), "backfill.json")
	require.NoError(t, os.WriteFile(state, []byte(`{"format":1,"of":{"table":"shop-prod"},"lanes":[{}]}`), 0o600))
	status, _, stderr = f.run("search", "backfill", "--function", "shop-operator")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, `the table was "shop-prod"`)
	require.Contains(t, stderr, "delete it to begin anew")
	require.NoError(t, os.Remove(state))

	f.makeIndexes(refusing)
	status, stdout, stderr = f.run("search", "backfill", "--function", "shop-operator", "--prefix", "PRODUCT#p00000")
	require.Equal(t, exitWrong, status, "%s%s%s", stdout, stderr, host.log.String())
	require.Contains(t, stdout, "10 refused, listed in ")
	require.NotContains(t, stdout+stderr+host.log.String(), "Warm light", "no item data")

	for _, row := range []struct{ name, request, says string }{
		{"a job that there is none of", `{"job":"dance"}`, `there is no job \"dance\": jobs are backfill, purge and parked-retry`},
		{"no job", `{}`, `there is no job`},
		{"an option that is wrong", `{"job":"backfill","entity":"Lamp"}`, `no document has the root entity \"Lamp\"`},
		{"keys that are none", `{"job":"backfill","keys":[{"PK":"x"}]}`, `line 1: not a primary key such as`},
	} {
		result, err := host.function.Invoke(t.Context(), []byte(row.request))
		require.NoError(t, err)
		require.Equal(t, lambda.Failed, result.Outcome)
		require.Contains(t, string(result.Payload), row.says, row.name)
	}
	f.park("search", record(1, lampKey, "", lamp))
	moveParked(t, f)
	status, stdout, stderr = f.run("parked", "retry", "--all", "--yes", "--function", "shop-operator")
	require.Equal(t, exitFine, status, "%s%s%s", stdout, stderr, host.log.String())
	require.Contains(t, stdout, "1 retried; 1 brought in, 0 still open")
	result, err := host.function.Invoke(t.Context(), []byte(`{"detail-type":"Scheduled Event","source":"aws.events"}`))
	require.NoError(t, err)
	require.Equal(t, lambda.Succeeded, result.Outcome, "%s", result.Payload)
	require.Contains(t, string(result.Payload), `{"job":"purge","done":true,"counts":{"PurgeConflicts":0,"PurgeDeleted":0`)
	require.Contains(t, host.log.String(), `"Metrics":[{"Name":"PurgeConflicts","Unit":"Count"}`)
}

// moveParked puts what is parked in the floor's fake into its real bucket.
func moveParked(t *testing.T, f *shopFloor) {
	t.Helper()
	objects, err := f.deployment().objects()
	require.NoError(t, err)
	for key, object := range f.failures.Objects() {
		_, err := objects.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &f.target.FailuresBucket, Key: &key, Body: bytes.NewReader(object.Body),
		})
		require.NoError(t, err)
	}
}

// operatorHost is Lambda with one function: the part of its API that invokes.
type operatorHost struct {
	function *lambda.Function
	invoked  int
	log      bytes.Buffer
}

func newOperatorHost(t *testing.T, f *shopFloor) *operatorHost {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary,
		"github.com/outflow-dev/outflow/functions/operator").CombinedOutput()
	require.NoError(t, err, "%s", out)
	h := &operatorHost{}
	target := &f.target
	h.function, err = lambda.New(lambda.Config{
		Name: "shop-operator", Binary: binary, Timeout: 8 * time.Second, Memory: 512, Log: &h.log,
		Env: map[string]string{
			"OUTFLOW_MODEL": filepath.Join(filepath.Dir(f.path), "model.json"), "OUTFLOW_STAGE": target.Stage, "OUTFLOW_OUTLETS": "search",
			"OUTFLOW_OPENSEARCH_URL": target.OpenSearch, "OUTFLOW_FAILURES_BUCKET": target.FailuresBucket, "OUTFLOW_TABLE": target.Table,
			"AWS_REGION": target.Region, "AWS_ACCESS_KEY_ID": target.AccessKeyID, "AWS_SECRET_ACCESS_KEY": target.SecretAccessKey,
			"AWS_ENDPOINT_URL_S3": target.S3, "AWS_ENDPOINT_URL_DYNAMODB": target.DynamoDB,
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.function.Stop(context.Background())) })
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", server.URL)
	return h
}

// ServeHTTP is Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
func (h *operatorHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/2015-03-31/functions/shop-operator/invocations" {
		http.Error(w, "no such function", http.StatusNotFound)
		return
	}
	h.invoked++
	result, err := h.function.Invoke(r.Context(), payload)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if result.Error != nil {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	w.Write(result.Payload)
}
