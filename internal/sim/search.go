package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/searchsim"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// domain is the OpenSearch of the world.
type domain struct {
	world   *world
	server  *searchsim.Domain
	refuses bool                 // the mapping refuses what is marked
	made    map[string]time.Time // when a physical index was last made, by index
}

func newDomain(w *world) *domain {
	d := &domain{world: w, server: &searchsim.Domain{Now: time.Now}, refuses: true, made: map[string]time.Time{}}
	d.server.Refuse = func(_, _ string, source []byte) string {
		if d.refuses && bytes.Contains(source, []byte(refusedByMapping)) {
			return "failed to parse"
		}
		return ""
	}
	return d
}

// accept makes the mapping take what it has refused.
func (d *domain) accept() { d.refuses = false }

func physical(index string) string { return search.IndexName(deployment+"-", index, 1) }

func (d *domain) drop(index string) {
	d.world.tell("index %s is dropped", index)
	d.server.Drop(physical(index))
	d.made[index] = time.Now()
}

func (d *domain) loseScripts()             { d.server.LoseScripts() }
func (d *domain) loseAliases(index string) { d.server.LoseAliases(physical(index)) }

// madeSince says whether the index was lost, or was not there yet, at or after that time.
func (d *domain) madeSince(index string, at time.Time) bool { return !d.made[index].Before(at) }

func (d *domain) document(index, id string) []byte { return d.server.Document(physical(index), id) }

func (d *domain) documents(index string) map[string][]byte {
	return d.server.Documents(physical(index))
}

// making names the index as it is now: one that is made again may begin anew.
func (d *domain) making(index string) string { return fmt.Sprint(index, d.made[index].UnixNano()) }

// newSearch makes the outlet with a client of its own.
func (w *world) newSearch(m *model.Model, of func() *actor, now func() time.Time) *search.Outlet {
	client, err := search.NewClient(search.ClientConfig{URL: "http://search.example", Transport: wire{w, of}})
	if err != nil {
		panic(err) // the URL is well formed
	}
	return search.NewOutlet(search.OutletConfig{
		Model: m, Prefix: deployment + "-", Client: client, Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Retry: consume.Retry{Steady: true}, Items: items{w, of},
	})
}

// wire is an actor's way to the domain.
type wire struct {
	world *world
	of    func() *actor
}

// RoundTrip implements http.RoundTripper.
func (t wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body = make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, err
		}
	}
	d := t.world.search
	e := effects{
		do:     func() any { return d.serve(r, body) }, //nolint:bodyclose // whoever called closes it
		refuse: func(f Fault) (any, error) { return d.refuse(r, f) },
	}
	if r.URL.Path == "/_bulk" {
		e.part = func(keep func(int) bool) any { return d.servePart(r, body, keep) } //nolint:bodyclose // likewise
	}
	value, err := t.world.external(r.Context(), &call{actor: t.of(), service: serviceSearch,
		name: fmt.Sprintf("%s %s %016x", r.Method, r.URL.Path, hashOf(string(body))), effect: e})
	if err != nil {
		return nil, err
	}
	return value.(*http.Response), nil
}

func (d *domain) refuse(r *http.Request, f Fault) (any, error) {
	if status := statusOf(f); status != 0 {
		return response(r, status, `{"error":{"type":"simulated","reason":"simulated"}}`), nil //nolint:bodyclose // likewise
	}
	return nil, errLost
}

func response(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// serve has the call's effect, and lets the oracle look at what it may have changed.
func (d *domain) serve(r *http.Request, body []byte) *http.Response {
	before := d.server.Indexes()
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := d.server.RoundTrip(again)
	if err != nil {
		panic(fmt.Sprintf("the simulated domain fails: %v", err))
	}
	if now := d.server.Indexes(); len(now) > len(before) {
		for _, index := range d.world.models[0].SortedIndexes() {
			if name := physical(index.Name); slices.Contains(now, name) && !slices.Contains(before, name) {
				d.made[index.Name] = time.Now()
			}
		}
	}
	if r.URL.Path == "/_bulk" {
		d.look(body)
	}
	return answer
}

// look shows the oracle the documents that a _bulk request names.
func (d *domain) look(body []byte) {
	for _, a := range splitBulk(body) {
		for _, index := range d.world.models[0].SortedIndexes() {
			if strings.HasPrefix(a.at.Index, physical(index.Name)) {
				d.world.oracle.search.written(index.Name, d.making(index.Name), a.at.ID, d.document(index.Name, a.at.ID))
			}
		}
	}
}

// servePart has the effect of some of a _bulk request's actions, and refuses the others.
func (d *domain) servePart(r *http.Request, body []byte, keep func(int) bool) *http.Response {
	actions := splitBulk(body)
	kept := make([]bool, len(actions))
	var some []byte
	for i := range actions {
		if kept[i] = keep(i); kept[i] {
			some = append(some, actions[i].lines...)
		}
	}
	var served struct{ Items []json.RawMessage }
	if len(some) > 0 {
		content, err := io.ReadAll(d.serve(r, some).Body)
		if err == nil {
			err = json.Unmarshal(content, &served)
		}
		if err != nil {
			panic(fmt.Sprintf("the simulated domain's answer: %v", err))
		}
	}
	items := make([]any, len(actions))
	for i := range actions {
		if kept[i] {
			items[i], served.Items = served.Items[0], served.Items[1:]
			continue
		}
		items[i] = actions[i].refused()
	}
	return response(r, http.StatusOK, encode(map[string]any{"items": items}))
}
