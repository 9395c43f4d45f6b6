package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/local/bus"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// One event goes through the real binary to all three outlets, and not again when it comes again to the same instance.
func TestEventReachesAllOutlets(t *testing.T) {
	event, err := os.ReadFile("../../examples/shop/changes.json")
	require.NoError(t, err)
	domain, objects, dir := newDomain(t), newObjects(t), t.TempDir()
	f := host(t, lambda.Config{Memory: 512, Env: environment(t, map[string]string{
		"OUTFLOW_OPENSEARCH_URL": domain.url, "AWS_ENDPOINT_URL_S3": objects.url,
		"AWS_ENDPOINT_URL_EVENTBRIDGE": startBus(t, dir), "OUTFLOW_AUDIT_RETENTION": "compliance:7",
	})})
	first := invoke(t, f, event)
	require.True(t, first.Cold)

	require.Contains(t, domain.documents()["Order/o456"], "update", "the document of the order that the events tell of")
	require.Equal(t, recordIDs(t, event), objects.auditedIDs(t))
	events := announced(t, dir)
	require.Subset(t, events, []string{"UserRegistered", "OrderPlaced", "OrderShipped", "OrderRepriced"})

	requests, puts := domain.bulks(), objects.puts()
	again := invoke(t, f, event)
	require.Equal(t, first.PID, again.PID)
	require.Equal(t, requests, domain.bulks(), "no document is written twice by a warm instance")
	require.Equal(t, puts, objects.puts(), "nor a segment")
	require.Equal(t, events, announced(t, dir), "nor is an event sent")
}

// recordIDs are the event ids of a batch.
func recordIDs(t *testing.T, event []byte) []string {
	t.Helper()
	var batch struct {
		Records []struct {
			EventID string `json:"eventID"`
		}
	}
	require.NoError(t, json.Unmarshal(event, &batch))
	require.NotEmpty(t, batch.Records)
	ids := make([]string, len(batch.Records))
	for i, r := range batch.Records {
		ids[i] = r.EventID
	}
	return ids
}

// startBus runs the local bus and returns its endpoint. What it accepts is in events.ndjson of the folder.
func startBus(t testing.TB, dir string) string {
	t.Helper()
	b, err := bus.New(bus.Config{Dir: dir, Buses: []string{"shop-test"}})
	require.NoError(t, err)
	server := httptest.NewServer(b.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, b.Close(context.Background())) // the test's own context is done
	})
	return server.URL
}

// announced are the names of the events that the bus has accepted.
func announced(t *testing.T, dir string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
	require.NoError(t, err)
	var names []string
	for line := range bytes.Lines(content) {
		var event struct {
			Name string `json:"detail-type"`
		}
		require.NoError(t, json.Unmarshal(line, &event))
		names = append(names, event.Name)
	}
	return names
}

// domain is an OpenSearch that takes every document.
type domain struct {
	url string

	mu       sync.Mutex
	indexes  map[string]json.RawMessage // as they were created
	actions  map[string]string          // the last by id
	requests int                        // of _bulk
}

func newDomain(t testing.TB) *domain {
	t.Helper()
	d := &domain{indexes: map[string]json.RawMessage{}, actions: map[string]string{}}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func (d *domain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch {
	case r.URL.Path == "/_bulk":
		d.bulk(w, body)
	case strings.HasPrefix(r.URL.Path, "/_scripts/"):
	case r.Method == http.MethodPut:
		d.indexes[r.URL.Path[1:]] = body
	default:
		found := map[string]json.RawMessage{}
		for name, body := range d.indexes {
			if strings.HasPrefix(name, strings.TrimSuffix(r.URL.Path[1:], "*")) {
				found[name] = body
			}
		}
		_ = json.NewEncoder(w).Encode(found) // the function's own error is what the test sees
	}
}

// bulk takes all of a body and answers as OpenSearch does.
func (d *domain) bulk(w http.ResponseWriter, body []byte) {
	d.requests++
	var items []string
	for line := range bytes.Lines(body) {
		var action struct {
			Update *struct {
				ID string `json:"_id"`
			}
		}
		if err := json.Unmarshal(line, &action); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if action.Update != nil {
			d.actions[action.Update.ID] = string(line)
			items = append(items, fmt.Sprintf(`{"update":{"_id":%q,"status":201,"result":"created"}}`, action.Update.ID))
		}
	}
	fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(items, ","))
}

func (d *domain) documents() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.actions
}

func (d *domain) bulks() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.requests
}

// objects is an S3 that takes every object.
type objects struct {
	url string

	mu     sync.Mutex
	stored map[string][]byte // by bucket and key
	locks  []string          // modes of object lock
}

func newObjects(t testing.TB) *objects {
	t.Helper()
	o := &objects{stored: map[string][]byte{}}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPut {
		http.Error(w, "only whole objects are put here", http.StatusBadRequest)
		return
	}
	o.stored[r.URL.Path[1:]] = body
	o.locks = append(o.locks, r.Header.Get("X-Amz-Object-Lock-Mode"))
}

func (o *objects) puts() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.locks)
}

// auditedIDs are the event ids of all audit lines, in the order of their segments, all under the lock that was asked for.
func (o *objects) auditedIDs(t *testing.T) []string {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var ids []string
	for _, path := range slices.Sorted(maps.Keys(o.stored)) {
		bucket, key, _ := strings.Cut(path, "/")
		require.Equal(t, "shop-test-audit", bucket, "nothing is parked")
		if strings.Contains(key, "/late/") { // notes the hours of old records, for the digester
			continue
		}
		lines, err := audit.ReadSegment(key, o.stored[path])
		require.NoError(t, err)
		for _, line := range lines {
			ids = append(ids, line.ID)
		}
	}
	for _, mode := range o.locks {
		require.Equal(t, "COMPLIANCE", mode)
	}
	return ids
}
