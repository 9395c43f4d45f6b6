package searchsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/searchsim"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

const shop = `outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK]}
entities:
  Order:
    key: {PK: "ORDER#{order_id}", SK: METADATA}
    attributes: {status: string}
    search: {index: orders, filter: [status]}
  OrderLine:
    key: {PK: "ORDER#{order_id}", SK: "ITEM#{item_id}"}
    attributes: {qty: integer}
    search: {into: Order.lines, filter: [qty]}
`

// server is a domain, real or in memory.
type server struct {
	url       string
	transport http.RoundTripper
}

func (s *server) call(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	out, err := s.transport.RoundTrip(r)
	require.NoError(t, err)
	content, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	answer := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(content))
	require.NoError(t, d.Decode(&answer), "%s %s: %s", method, path, content)
	return answer
}

// TestDomainAnswersAsOpenSearch makes the same random calls of a real server and of the one in memory.
func TestDomainAnswersAsOpenSearch(t *testing.T) {
	real := &server{enginetest.URL(t, enginetest.OpenSearch), http.DefaultTransport}
	m, faults := model.Parse("model.yaml", []byte(shop))
	require.Empty(t, faults)
	for seed := range uint64(4) {
		sim := &server{"http://memory", &searchsim.Domain{Now: time.Now}}
		p := newPair(t, m, seed, real, sim)
		for range 60 {
			p.step()
		}
		real.call(t, http.MethodDelete, "/"+p.name, "")
	}
}

// pair are the two servers with one index each, and what is to be called.
type pair struct {
	t       *testing.T
	r       *rand.Rand
	servers []*server
	name    string
	to      search.Destination
	known   []map[string]string // by server: if_seq_no and if_primary_term of documents, as its _mget told
	version int
}

func newPair(t *testing.T, m *model.Model, seed uint64, servers ...*server) *pair {
	t.Helper()
	index := m.SortedIndexes()[0]
	name := fmt.Sprintf("searchsim-%d-%d", time.Now().UnixNano(), seed)
	meta := search.NewMeta(index, m.Version(), time.Now().Add(-time.Hour))
	body, err := search.IndexBody(name, name+"-read", meta)
	require.NoError(t, err)
	script, err := json.Marshal(map[string]any{"script": map[string]any{"lang": "painless", "source": search.Script}})
	require.NoError(t, err)
	p := &pair{t: t, r: rand.New(rand.NewPCG(seed, 5)), servers: servers, name: name, known: []map[string]string{{}, {}},
		to: search.Destination{Alias: search.WriteAlias(name, meta.Created), Lists: search.Lists(index), Floor: meta.Since}}
	same := func(text []byte) func(int) string { return func(int) string { return string(text) } }
	p.both(http.MethodPut, "/"+name, same(body))
	p.both(http.MethodPut, "/"+name, same(body)) // exists already
	p.both(http.MethodPut, "/_scripts/"+search.ScriptID(), same(script))
	return p
}

// both calls both servers and compares what their answers say.
func (p *pair) both(method, path string, body func(server int) string) []map[string]any {
	p.t.Helper()
	answers := make([]map[string]any, len(p.servers))
	for i, s := range p.servers {
		answers[i] = s.call(p.t, method, path, body(i))
	}
	require.Equal(p.t, meaning(answers[0]), meaning(answers[1]), "%s %s\n%s", method, path, body(0))
	return answers
}

func (p *pair) step() {
	switch p.r.IntN(5) {
	case 0:
		p.note()
	case 1:
		p.replace()
	default:
		p.update()
	}
}

func (p *pair) id() string { return fmt.Sprintf("Order/o%d", p.r.IntN(3)) }

// update is a guarded bulk of some operations on some documents, sometimes under a name that is none.
func (p *pair) update() {
	var ops []search.Operation
	for range 1 + p.r.IntN(4) {
		p.version++
		at := time.Now().Add(-time.Duration(p.r.IntN(3)) * 45 * time.Minute) // some below the floor
		op := search.Operation{Entity: "Order", ID: p.id(), Part: search.Root, At: at.UTC().Truncate(time.Second), Model: "m",
			Version: fmt.Sprintf("label/%040d", max(0, p.version-p.r.IntN(8))), Deleted: p.r.IntN(4) == 0, Dropped: []string{}}
		if p.r.IntN(2) == 0 {
			op.Part = fmt.Sprintf("lines/i%d", p.r.IntN(3))
		}
		if !op.Deleted {
			op.Body = []byte(`{"order_id":"o","status":"NEW"}`)
			if op.Part != search.Root {
				op.Body = []byte(fmt.Sprintf(`{"item_id":"i","order_id":"o","qty":%d}`, p.r.IntN(3)))
			}
		}
		ops = append(ops, op)
	}
	to := p.to
	if p.r.IntN(10) == 0 {
		to.Alias = p.name + "-nothing"
	}
	var body []byte
	for _, a := range search.Fold(ops) {
		to.MarkOld(&a, time.Now())
		body = search.AppendBulk(body, &to, &a)
	}
	p.both(http.MethodPost, "/_bulk", func(int) string { return string(body) })
}

// note reads documents as they are.
func (p *pair) note() {
	var docs []string
	for i := range 3 {
		docs = append(docs, fmt.Sprintf(`{"_index":%q,"_id":"Order/o%d"}`, p.to.Alias, i))
	}
	answers := p.both(http.MethodPost, "/_mget", func(int) string { return `{"docs":[` + strings.Join(docs, ",") + `]}` })
	for i, answer := range answers {
		for _, one := range answer["docs"].([]any) {
			d := one.(map[string]any)
			if d["found"] == true {
				p.known[i][d["_id"].(string)] = fmt.Sprintf(`,"if_seq_no":%v,"if_primary_term":%v`, d["_seq_no"], d["_primary_term"])
			}
		}
	}
}

// replace writes or deletes a document where it is as it was noted, or creates one.
func (p *pair) replace() {
	id := p.id()
	kind := []string{"index", "delete", "create"}[p.r.IntN(3)]
	source := ""
	if kind != "delete" {
		var d search.Document
		p.version++
		d.Apply(search.Operation{Entity: "Order", Part: search.Root, Version: fmt.Sprintf("label/%040d", p.version), At: time.Now().UTC(),
			Model: "m", Body: []byte(`{"order_id":"o","status":"PAID"}`)})
		source = string(d.Source(p.to.Lists)) + "\n"
	}
	p.both(http.MethodPost, "/_bulk", func(server int) string {
		place := fmt.Sprintf(`"_index":%q,"_id":%q`, p.to.Alias, id)
		if kind != "create" {
			place += p.known[server][id]
		}
		if kind != "delete" {
			place += `,"require_alias":true`
		}
		return fmt.Sprintf(`{%q:{%s}}`+"\n%s", kind, place, source)
	})
}

// meaning is what an answer says, without what two servers need not agree on: names of nodes, sequence numbers, texts for people
// and the members that no caller reads.
func meaning(v any) any {
	switch x := v.(type) {
	case []any:
		all := make([]any, len(x))
		for i, one := range x {
			all[i] = meaning(one)
		}
		return all
	case map[string]any:
		kept := map[string]any{}
		for _, name := range []string{"acknowledged", "docs", "items", "update", "index", "create", "delete", "status", "result",
			"_id", "found", "_source"} {
			one, has := x[name]
			_, isText := one.(string)
			switch {
			case !has || name == "index" && isText:
			case name == "_source":
				kept[name] = one
			default:
				kept[name] = meaning(one)
			}
		}
		if e, has := x["error"].(map[string]any); has {
			kept["error"] = deepest(e)
		}
		if len(kept) == 1 && kept["status"] != nil && kept["error"] == nil { // an answer's own status
			return map[string]any{}
		}
		if e, has := kept["error"]; has && kept["_id"] == nil { // a call that is refused as a whole
			return map[string]any{"error": e}
		}
		return kept
	}
	return v
}

// deepest is the type of an error's first cause; of what a script throws with its text.
func deepest(e map[string]any) string {
	for {
		cause, has := e["caused_by"].(map[string]any)
		if !has {
			break
		}
		e = cause
	}
	kind, reason := fmt.Sprint(e["type"]), fmt.Sprint(e["reason"])
	if strings.HasPrefix(reason, "outflow: ") {
		return kind + " " + reason
	}
	return kind
}
