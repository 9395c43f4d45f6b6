package bus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/bus"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("WRITE_EVENTS_TO"); dir != "" {
		writeForever(dir)
	}
	m.Run()
}

// everything is a pattern that all events match, as the body of a call writes it.
const everything = `{\"version\":[\"0\"]}`

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// config is that of a bus in the folder, with a fixed clock and ids that count.
func config(dir string) bus.Config {
	n := 0
	return bus.Config{
		Dir: dir, Buses: []string{"shop-dev"},
		Now:   func() time.Time { return noon },
		NewID: func() string { n++; return fmt.Sprint("id-", n) },
	}
}

// open starts a bus that the test closes itself or leaves to its end.
func open(t testing.TB, cfg bus.Config) *bus.Bus {
	t.Helper()
	b, err := bus.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { closeNow(t, b) })
	return b
}

// closeNow closes the bus without waiting for deliveries.
func closeNow(t testing.TB, b *bus.Bus) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.Close(ctx); err != nil {
		t.Logf("closed: %v", err)
	}
}

// client is the real SDK's client of the bus, without its retries.
func client(t testing.TB, b *bus.Bus) *eventbridge.Client {
	t.Helper()
	server := httptest.NewServer(b.Handler())
	t.Cleanup(server.Close)
	return eventbridge.New(eventbridge.Options{
		BaseEndpoint: aws.String(server.URL), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
}

// call makes one call without a network and decodes its answer into out; it returns the error's code.
func call(t testing.TB, b *bus.Bus, operation, body string, out any) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "AWSEvents."+operation)
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	require.True(t, json.Valid(w.Body.Bytes()), "%s", w.Body)
	if w.Code != http.StatusOK {
		var fault struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &fault))
		require.Equal(t, fault.Type, w.Header().Get("X-Amzn-ErrorType"))
		return fmt.Sprintf("%d %s: %s", w.Code, fault.Type, fault.Message)
	}
	if out != nil {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), out))
	}
	return ""
}

func placed(order string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{
		Source: aws.String("com.example.shop"), DetailType: aws.String("OrderPlaced"),
		Detail: aws.String(fmt.Sprintf(`{"order": %q}`, order)), EventBusName: aws.String("shop-dev"),
	}
}

// put sends the entries and requires that all are accepted.
func put(t testing.TB, c *eventbridge.Client, entries ...types.PutEventsRequestEntry) []string {
	t.Helper()
	out, err := c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries})
	require.NoError(t, err)
	require.Zero(t, out.FailedEntryCount, "%+v", out.Entries)
	var ids []string
	for _, e := range out.Entries {
		ids = append(ids, *e.EventId)
	}
	return ids
}

// subscribe makes a rule for everything from the shop, with the target.
func subscribe(t testing.TB, c *eventbridge.Client, rule string, target types.Target) {
	t.Helper()
	_, err := c.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: &rule, EventBusName: aws.String("shop-dev"), EventPattern: aws.String(`{"source": ["com.example.shop"]}`),
	})
	require.NoError(t, err)
	out, err := c.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: &rule, EventBusName: aws.String("shop-dev"), Targets: []types.Target{target},
	})
	require.NoError(t, err)
	require.Empty(t, out.FailedEntries)
}

// fails requires an error of that code with that text.
func fails(t testing.TB, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode())
	require.Contains(t, api.ErrorMessage(), text)
}

func lines(t testing.TB, elements ...string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(elements...))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	if len(content) == 0 {
		return nil
	}
	require.True(t, bytes.HasSuffix(content, []byte("\n")), "half a line at the end")
	list := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	for _, line := range list {
		require.True(t, json.Valid([]byte(line)), "%s", line)
	}
	return list
}

func eventually(t testing.TB, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, time.Millisecond)
}

const queueARN = "arn:aws:sqs:us-east-1:000000000000:"
