package operator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/operator"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

const shop = `
outflow: 1
name: shop
table: {key: [PK, SK]}
entities:
  Product:
    key: {PK: "PRODUCT#{product_id}", SK: METADATA}
    attributes: {title: string}
    search: {index: products, text: [title]}
`

func parseModel(t *testing.T) *model.Model {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(shop))
	require.NoError(t, faults.Err())
	return m
}

// shelf is a deployment with parking and one outlet that takes what a test lets it.
type shelf struct {
	*operator.Operator
	bucket s3fake.S3
	out    bytes.Buffer // of metrics
	takes  func(ctx context.Context, c *change.Change) error
}

func newShelf(t *testing.T, records int) *shelf {
	t.Helper()
	m := parseModel(t)
	s := &shelf{takes: func(context.Context, *change.Change) error { return nil }}
	store := &parked.Store{Client: &s.bucket, Bucket: "failures", Model: m.Version(), Now: time.Now}
	metrics := &consume.Metrics{Out: &s.out, Function: "operator", Stage: "test"}
	c := consume.Consumer{Model: m, Parking: store, Log: slog.New(slog.DiscardHandler), Now: time.Now, Metrics: metrics, Chains: [][]consume.Outlet{{s}}}
	names := 0
	s.Operator = &operator.Operator{
		Metrics: metrics, Log: c.Log, Now: time.Now, Margin: time.Second,
		Retrier: &parked.Retrier{Store: store, Consumer: consume.New(c), Now: time.Now, Random: func() string {
			names++
			return fmt.Sprintf("name%08d", names)
		}},
	}
	for i := range records {
		record := fmt.Sprintf(`{"Records":[{"eventID":"e%d","eventName":"INSERT","eventSource":"aws:dynamodb",`+
			`"eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/shop-test/stream/2026-11-01T09:14:07.312",`+
			`"dynamodb":{"ApproximateCreationDateTime":%d,"SequenceNumber":"%d","StreamViewType":"NEW_AND_OLD_IMAGES",`+
			`"Keys":{"PK":{"S":"PRODUCT#%[1]d"},"SK":{"S":"METADATA"}},"NewImage":{"PK":{"S":"PRODUCT#%[1]d"},"SK":{"S":"METADATA"}}}}]}`,
			i, time.Now().Unix(), i+1)
		changes, err := change.Decode(m, []byte(record))
		require.NoError(t, err)
		require.NoError(t, store.Park(t.Context(), s.Name(), &changes[0], consume.Poison{Reason: errors.New("refused")}))
	}
	return s
}

// Name implements consume.Outlet.
func (s *shelf) Name() string { return consume.Search }

// Deliver implements consume.Outlet.
func (s *shelf) Deliver(ctx context.Context, changes []*change.Change) (o consume.Outcome) {
	for i, c := range changes {
		if err := s.takes(ctx, c); err != nil {
			o.Poison = append(o.Poison, consume.Poison{Index: i, Reason: err})
		}
	}
	return o
}

func (s *shelf) ask(ctx context.Context, t *testing.T, request string) operator.Answer {
	t.Helper()
	a, err := s.Handle(ctx, []byte(request))
	require.NoError(t, err)
	return a
}

func TestRequestsThatAreNone(t *testing.T) {
	for _, row := range []struct{ name, request, says string }{
		{"not JSON", `job`, "the request is not one of the operator function"},
		{"no job", `{}`, `there is no job "": jobs are backfill, purge and parked-retry`},
		{"another job", `{"job":"reindex"}`, `there is no job "reindex"`},
		{"a backfill without search", `{"job":"backfill"}`, "backfill: the deployment has no search outlet"},
		{"a purge without search", `{"job":"purge"}`, "purge: the deployment has no search outlet"},
		{"a schedule's event is a purge", `{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`, "purge: "},
		{"another event is not", `{"version":"0","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2"}`, `there is no job ""`},
		{"an export in a folder", `{"job":"backfill","export":"/etc"}`, "a function reads exports in S3 alone"},
		{"a cursor of another job", `{"job":"parked-retry","cursor":{"lanes":[]}}`, "read the cursor"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newShelf(t, 0)
			if strings.Contains(row.request, "export") {
				s.World = func(float64) *backfill.World { return nil }
			}
			_, err := s.Handle(t.Context(), []byte(row.request))
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestParkedRetryGoesOnFromItsCursor(t *testing.T) {
	s := newShelf(t, 5)
	tried := map[string]int{}
	ctx, stop := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer stop()
	s.takes = func(_ context.Context, c *change.Change) error {
		tried[c.Sequence]++
		if c.Sequence == "2" {
			return errors.New("refused still")
		}
		return nil
	}
	a := s.ask(ctx, t, `{"job":"parked-retry"}`)
	require.True(t, a.Done)
	counts := a.Counts.(operator.RetryCounts)
	require.Equal(t, 5, counts.Tried)
	require.Equal(t, 4, counts.Resolved)
	require.Equal(t, 1, counts.Open)
	require.Len(t, counts.Reasons, 1)
	require.Contains(t, counts.Reasons[0], "refused still")
	require.Equal(t, map[string]int{"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}, tried)

	request, err := json.Marshal(operator.Request{Job: operator.ParkedRetry, Cursor: a.Cursor})
	require.NoError(t, err)
	a = s.ask(ctx, t, string(request))
	require.True(t, a.Done)
	require.Zero(t, a.Counts.(operator.RetryCounts).Tried, "what was tried and stays open is behind the cursor")
}

func TestParkedRetryEndsBeforeItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf(t, 4)
		given := 0
		s.takes = func(ctx context.Context, _ *change.Change) error {
			if given++; given == 3 { // the third uses up all the time that there is
				<-ctx.Done()
			}
			return ctx.Err()
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		a := s.ask(ctx, t, `{"job":"parked-retry"}`)
		require.NoError(t, ctx.Err(), "it answers in time")
		require.False(t, a.Done)
		first := a.Counts.(operator.RetryCounts)
		require.Equal(t, 2, first.Tried)

		request, err := json.Marshal(operator.Request{Job: operator.ParkedRetry, Cursor: a.Cursor})
		require.NoError(t, err)
		a = s.ask(t.Context(), t, string(request))
		require.True(t, a.Done)
		require.Equal(t, 2, a.Counts.(operator.RetryCounts).Tried)
	})
}

func TestEnvironmentWithAllItsFaults(t *testing.T) {
	compiled := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, os.WriteFile(compiled, parseModel(t).Marshal(), 0o600))
	right := map[string]string{
		"OUTFLOW_MODEL": compiled, "OUTFLOW_STAGE": "test", "OUTFLOW_OUTLETS": "search", "OUTFLOW_OPENSEARCH_URL": "https://search.example.com",
		"OUTFLOW_FAILURES_BUCKET": "failures", "OUTFLOW_TABLE": "shop-test", "AWS_REGION": "eu-west-1",
	}
	s, m, err := operator.Load(func(name string) string { return right[name] })
	require.NoError(t, err)
	require.Equal(t, "shop-test", s.Table)
	require.Equal(t, "shop", m.Name)

	wrong := map[string]string{
		"OUTFLOW_MODEL": compiled, "OUTFLOW_STAGE": "Test", "OUTFLOW_OUTLETS": "search",
		"OUTFLOW_TABLE": "arn:aws:dynamodb:eu-west-1:123456789012:table/shop", "AWS_ENDPOINT_URL_DYNAMODB": "nowhere",
	}
	_, _, err = operator.Load(func(name string) string { return wrong[name] })
	for _, said := range []string{"OUTFLOW_STAGE", "OUTFLOW_OPENSEARCH_URL is not set", "OUTFLOW_FAILURES_BUCKET is not set", "AWS_REGION is not set",
		"OUTFLOW_TABLE is \"arn:aws", "not its ARN", "AWS_ENDPOINT_URL_DYNAMODB is \"nowhere\""} {
		require.ErrorContains(t, err, said)
	}
}
