package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/items"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/search"
)

// retry does what outflow parked retry does.
func (w *world) retry(t *testing.T, store *parked.Store, entry parked.Entry) parked.Outcome {
	client, err := search.NewClient(search.ClientConfig{URL: w.Target.OpenSearch})
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	outlet := search.NewOutlet(search.OutletConfig{
		Model: w.model, Prefix: w.Target.IndexPrefix, Client: client, Now: time.Now, Log: log,
		Items: items.Table{Client: w.items, Name: w.Target.Table},
		Retry: consume.Retry{Attempts: 2},
	})
	retrier := parked.Retrier{
		Store: store, Now: time.Now, Random: rand.Text,
		Consumer: consume.New(consume.Consumer{
			Model: w.model, Chains: [][]consume.Outlet{{outlet}}, Parking: store, Log: log, Now: time.Now,
			Metrics: &consume.Metrics{Out: io.Discard},
		}),
	}
	plan, err := retrier.Plan(t.Context(), entry)
	require.NoError(t, err)
	require.Equal(t, parked.Deliver, plan.Action, plan.Why)
	outcome, err := retrier.Do(t.Context(), plan)
	require.NoError(t, err)
	return outcome
}

// function is the consumer once more, with nothing between it and the test.
func (w *world) function(t *testing.T) *lambda.Function {
	target := w.Target
	fn, err := lambda.New(lambda.Config{
		Name: "direct", Binary: w.consumer, Timeout: time.Minute, Memory: 512,
		Env: map[string]string{
			"OUTFLOW_MODEL": filepath.Join(w.dir, "model.json"), "OUTFLOW_STAGE": w.stage,
			"OUTFLOW_OUTLETS": "search,audit,events", "OUTFLOW_OPENSEARCH_URL": target.OpenSearch, "OUTFLOW_BUS": target.Bus,
			"OUTFLOW_AUDIT_BUCKET": target.AuditBucket, "OUTFLOW_FAILURES_BUCKET": target.FailuresBucket,
			"AWS_REGION": target.Region, "AWS_ACCESS_KEY_ID": target.AccessKeyID, "AWS_SECRET_ACCESS_KEY": target.SecretAccessKey,
			"AWS_ENDPOINT_URL_S3": target.S3, "AWS_ENDPOINT_URL_EVENTBRIDGE": target.Events,
			"AWS_ENDPOINT_URL_DYNAMODB": target.DynamoDB,
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fn.Stop(context.Background())) })
	return fn
}

// delivered is the insert of a user as Lambda delivers it; name is a typed value.
func (w *world) delivered(n, name string) string {
	key := fmt.Sprintf(`{"PK":{"S":"USER#%s"},"SK":{"S":"PROFILE"}}`, n)
	return fmt.Sprintf(`{"eventID":"id-%s","eventName":"INSERT","eventSource":"aws:dynamodb","eventSourceARN":%q,"dynamodb":{`+
		`"ApproximateCreationDateTime":%d,"SequenceNumber":%q,"StreamViewType":"NEW_AND_OLD_IMAGES","Keys":%s,"NewImage":%s}}`,
		n, w.Target.StreamARN, time.Now().Unix(), n, key, strings.TrimSuffix(key, "}")+`,"name":`+name+`}`)
}

// published is the number of events that the bus accepted, each time counted.
func (w *world) published(t *testing.T) int {
	content, err := os.ReadFile(filepath.Join(w.dir, "events.ndjson"))
	require.NoError(t, err)
	return strings.Count(string(content), "\n")
}
