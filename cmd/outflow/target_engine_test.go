package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3test"
	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/table"
)

// newRealFloor is a shop on the real engines, with a stage of its own; the bus alone is a fake.
func newRealFloor(t *testing.T) *shopFloor {
	t.Helper()
	f := newShopFloor(t)
	f.target.Stage = "t" + uuid.NewString()[:8]
	name := "shop-" + f.target.Stage
	f.target.Table, f.target.IndexPrefix = name, name+"-"
	f.target.DynamoDB, f.target.OpenSearch = enginetest.URL(t, enginetest.DynamoDB), enginetest.URL(t, enginetest.OpenSearch)
	f.target.S3 = enginetest.URL(t, enginetest.S3)
	f.target.AccessKeyID, f.target.SecretAccessKey = enginetest.Credentials(t)
	_, f.target.AuditBucket = s3test.Bucket(t)
	_, f.target.FailuresBucket = s3test.Bucket(t)
	f.save()
	return f
}

func (f *shopFloor) deployment() *deployment {
	f.t.Helper()
	d, err := (&targetFlags{Target: f.path}).read(f.t.Context())
	require.NoError(f.t, err)
	return d
}

// deliver gives records to all outlets, as the function does, and makes what they wrote searchable.
func (f *shopFloor) deliver(records ...string) {
	f.t.Helper()
	r, err := f.deployment().retrier(outletFlags{})
	require.NoError(f.t, err)
	response, err := r.Consumer.Handle(f.t.Context(), fmt.Appendf(nil, `{"Records":[%s]}`, strings.Join(records, ",")))
	require.NoError(f.t, err)
	require.Empty(f.t, response.BatchItemFailures)
	url := f.target.OpenSearch + "/" + f.target.IndexPrefix + "*/_refresh?expand_wildcards=all"
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, url, nil)
	require.NoError(f.t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(f.t, err)
	require.NoError(f.t, answer.Body.Close())
	require.Equal(f.t, http.StatusOK, answer.StatusCode)
}

// One item's way through the commands on the real engines: it is there, refused by one outlet, retried, and explained.
func TestCommandsOnTheEngines(t *testing.T) {
	f := newRealFloor(t)
	d := f.deployment()
	items := table.New(d.items(), d.model, d.target.Table)
	_, err := items.Create(t.Context())
	require.NoError(t, err)
	require.NoError(t, items.Put(t.Context(), table.Put{Entity: "Product",
		Fields: table.Item{"product_id": "p1", "title": "Lamp", "price": "42"}}))

	status, stdout, _ := f.run("why", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitWrong, status, "the item is there, and not yet its document")
	require.Contains(t, stdout, "readers do not find it")

	f.deliver(record(1, lampKey, "", lamp))
	status, stdout, stderr := f.run("why", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	require.Contains(t, stdout, "insert  Product")
	status, stdout, stderr = f.run("search", "query", "products", "lam")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, `"title":"Lamp"`)
	status, stdout, stderr = f.run("audit", "show", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "1 shown of 1 lines")

	f.deliver(record(2, userKey, "", strings.Replace(user, `"S":"Ann"`, `"N":"5"`, 1)))
	status, _, _ = f.run("parked", "list")
	require.Equal(t, exitWrong, status)
	status, stdout, _ = f.run("parked", "retry", "--all", "--yes")
	require.Equal(t, exitWrong, status, "the event still needs the name")
	require.Contains(t, stdout, "=> open")
	status, stdout, stderr = f.run("parked", "retry", "--all", "--yes", "--model", withoutNameInEvents(t))
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "=> resolved")
	require.Equal(t, []string{"UserRegistered"}, f.published)
	status, _, _ = f.run("parked", "list")
	require.Equal(t, exitFine, status)
}

// withoutNameInEvents is the shop's model, mended so that its event does not need what the item does not have.
func withoutNameInEvents(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(shop)
	require.NoError(t, err)
	mended := strings.Replace(string(source), "{change: insert, data: [name]}", "{change: insert, data: [email]}", 1)
	require.NotEqual(t, string(source), mended)
	path := filepath.Join(t.TempDir(), "mended.yaml")
	require.NoError(t, os.WriteFile(path, []byte(mended), 0o644))
	return path
}
