// Package awsfake is EventBridge and SQS for tests, at one address. EventBridge is the local bus; of SQS there is what a
// queue of a tail is used for. Calls can be made to fail, before or after they have done their work. Long polls are short.
package awsfake

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/bus"
)

// AWS is both services.
type AWS struct {
	URL string

	t      testing.TB
	events http.Handler
	folder string // of the bus's queue files

	mu     sync.Mutex
	calls  []string
	faults map[string][]Fault
	before map[string]func()
	queues map[string]*queue
}

// Fault is how one call ends.
type Fault struct {
	Status int    // of the answer; 0: as if there were no fault
	Code   string // of the error
	After  bool   // the call does its work first
	Body   string // the answer, instead of an error's
}

// Denied is the answer to who lacks a permission.
func Denied() Fault { return Fault{Status: http.StatusBadRequest, Code: "AccessDeniedException"} }

// New starts both, with these buses.
func New(t testing.TB, buses ...string) *AWS {
	t.Helper()
	folder := t.TempDir()
	events, err := bus.New(bus.Config{Dir: folder, Buses: buses})
	require.NoError(t, err)
	a := &AWS{t: t, events: events.Handler(), folder: filepath.Join(folder, "queues"), faults: map[string][]Fault{},
		before: map[string]func(){}, queues: map[string]*queue{}}
	server := httptest.NewServer(a)
	a.URL = server.URL
	t.Cleanup(func() {
		server.Close()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()              // what was not delivered has nobody to be delivered to
		_ = events.Close(ctx) // so that it says so
	})
	return a
}

// Fail makes the next calls of an operation end so, one each.
func (a *AWS) Fail(operation string, faults ...Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[operation] = append(a.faults[operation], faults...)
}

// Before runs do before the next call of an operation.
func (a *AWS) Before(operation string, do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before[operation] = do
}

// Calls are the operations that were called, in order.
func (a *AWS) Calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// Rules are the names of the rules of a bus.
func (a *AWS) Rules(busName string) []string {
	a.t.Helper()
	var out struct{ Rules []struct{ Name string } }
	a.call("ListRules", map[string]string{"EventBusName": busName}, &out)
	var names []string
	for _, rule := range out.Rules {
		names = append(names, rule.Name)
	}
	return names
}

// Publish puts an event on a bus.
func (a *AWS) Publish(busName, source, detailType, detail string) {
	a.t.Helper()
	var out struct{ FailedEntryCount int }
	entry := map[string]string{"EventBusName": busName, "Source": source, "DetailType": detailType, "Detail": detail}
	a.call("PutEvents", map[string]any{"Entries": []any{entry}}, &out)
	require.Zero(a.t, out.FailedEntryCount)
}

// PutRule makes a rule, as a tail that was killed has left it.
func (a *AWS) PutRule(busName, name string) {
	a.t.Helper()
	a.call("PutRule", map[string]string{"EventBusName": busName, "Name": name, "EventPattern": `{"source":["x"]}`}, new(any))
}

// call is one that neither fails nor counts.
func (a *AWS) call(operation string, in, out any) {
	a.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(a.t, err)
	request := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	request.Header.Set("X-Amz-Target", "AWSEvents."+operation)
	answer := httptest.NewRecorder()
	a.events.ServeHTTP(answer, request)
	require.Equal(a.t, http.StatusOK, answer.Code, answer.Body)
	require.NoError(a.t, json.Unmarshal(answer.Body.Bytes(), out))
}

// ServeHTTP is both services' protocol.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	fault := a.note(operation)
	if fault.Status == 0 || fault.After {
		do := w
		if fault.After {
			do = httptest.NewRecorder() // an answer that is lost
		}
		if service == "AmazonSQS" {
			a.serveQueue(do, r, operation)
		} else {
			a.events.ServeHTTP(do, r)
		}
	}
	if fault.Status == 0 {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	answer(w, fault.Status, fault.answer(operation))
}

func (f *Fault) answer(operation string) any {
	if f.Body != "" {
		return json.RawMessage(f.Body)
	}
	return map[string]string{"__type": f.Code, "message": "no " + operation}
}

// note counts a call and returns its fault.
func (a *AWS) note(operation string) (fault Fault) {
	a.mu.Lock()
	do := a.before[operation]
	delete(a.before, operation)
	a.calls = append(a.calls, operation)
	if next := a.faults[operation]; len(next) > 0 {
		fault, a.faults[operation] = next[0], next[1:]
	}
	a.mu.Unlock()
	if do != nil {
		do()
	}
	return fault
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only where the caller is gone
}
