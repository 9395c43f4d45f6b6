package search_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/search"
)

// The stored script must do, in a real OpenSearch, what Document.Apply does.
func TestScriptAgreesWithDocument(t *testing.T) {
	url := enginetest.URL(t, enginetest.OpenSearch)
	script, err := json.Marshal(map[string]any{"script": map[string]string{"lang": "painless", "source": search.Script}})
	require.NoError(t, err)
	request(t, http.MethodPut, url+"/_scripts/"+search.ScriptID(), string(script))
	for _, lists := range [][]string{{}, {"lines"}, {"lines", "notes"}} {
		t.Run(fmt.Sprint(len(lists), " lists"), func(t *testing.T) { holdAgainst(t, url, lists, time.Time{}) })
		t.Run(fmt.Sprint(len(lists), " lists and a floor"), func(t *testing.T) {
			holdAgainst(t, url, lists, time.Now().Add(-time.Hour))
		})
		t.Run(fmt.Sprint(len(lists), " lists and an old floor"), func(t *testing.T) {
			holdAgainst(t, url, lists, time.Now().Add(-2*search.Horizon))
		})
	}
}

// holdAgainst applies the same random actions to documents of both kinds. Operations of a batch that are open, and
// whatever is folded with them, must change nothing.
func holdAgainst(t *testing.T, url string, lists []string, floor time.Time) {
	index := fmt.Sprintf("outflow-script-test-%d-%d-%d", os.Getpid(), len(lists), floor.Unix())
	request(t, http.MethodPut, url+"/"+index, `{"mappings":{"enabled":false},"aliases":{"`+search.WriteAlias(index, time.UnixMilli(0))+`":{}}}`)
	t.Cleanup(func() { request(t, http.MethodDelete, url+"/"+index, "") })
	random := rand.New(rand.NewPCG(7, uint64(len(lists))))
	to := &search.Destination{Alias: search.WriteAlias(index, time.UnixMilli(0)), Lists: lists, Floor: floor}
	documents := map[string]*search.Document{}
	fates := map[search.Fate]int{}
	for round := range 90 {
		if round%3 == 2 {
			showRead(t, url+"/"+index, random, lists, documents)
		}
		var body []byte
		var ids []string
		var want []search.Fate
		for _, action := range search.Fold(randomOperations(random, lists)) {
			ids = append(ids, action.ID)
			to.MarkOld(&action, time.Now())
			want = append(want, apply(documents, &action))
			body = search.AppendBulk(body, to, &action)
		}
		verdicts, err := search.ReadAnswer([]byte(request(t, http.MethodPost, url+"/_bulk?refresh=false", string(body))), ids)
		require.NoError(t, err)
		for i, v := range verdicts {
			require.Equal(t, want[i], v.Fate, "%s: %s", ids[i], v.Reason)
			fates[v.Fate]++
		}
		for id, doc := range documents {
			if source := doc.Source(lists); source != nil {
				require.JSONEq(t, string(source), stored(t, url, index, id))
			}
		}
	}
	require.NotZero(t, fates[search.Open])
	require.NotZero(t, fates[search.Stale])
}

// showRead makes some part of some document a read state, in both.
func showRead(t *testing.T, index string, random *rand.Rand, lists []string, documents map[string]*search.Document) {
	for _, read := range randomOperations(random, lists)[:1] {
		read.Version = ""
		read.At = time.Now().Add([]time.Duration{0, -9 * time.Minute, -11 * time.Minute, -search.Horizon}[random.IntN(4)]).UTC()
		if documents[read.ID] == nil {
			documents[read.ID] = &search.Document{}
		}
		documents[read.ID].Show(read)
		path := index + "/_doc/" + strings.ReplaceAll(read.ID, "/", "%2F")
		request(t, http.MethodPut, path, string(documents[read.ID].Source(lists)))
	}
}

// A document with as many live parts as there may be takes an operation on each of them in one call, and none that adds
// one, unless another goes.
func TestScriptWithAsManyPartsAsThereMayBe(t *testing.T) {
	url := enginetest.URL(t, enginetest.OpenSearch)
	script, err := json.Marshal(map[string]any{"script": map[string]string{"lang": "painless", "source": search.Script}})
	require.NoError(t, err)
	request(t, http.MethodPut, url+"/_scripts/"+search.ScriptID(), string(script))
	index := fmt.Sprintf("outflow-parts-test-%d", os.Getpid())
	to := &search.Destination{Alias: search.WriteAlias(index, time.UnixMilli(0)), Lists: []string{"lines"}}
	request(t, http.MethodPut, url+"/"+index, `{"mappings":{"enabled":false},"aliases":{"`+to.Alias+`":{}}}`)
	t.Cleanup(func() { request(t, http.MethodDelete, url+"/"+index, "") })
	var document search.Document
	send := func(want search.Fate, ops ...search.Operation) {
		t.Helper()
		action := search.Fold(ops)[0]
		require.Equal(t, want == search.Poison, document.Crowded(action.Operations...))
		if want != search.Poison {
			document.Apply(action.Operations...)
		}
		answer := request(t, http.MethodPost, url+"/_bulk", string(search.AppendBulk(nil, to, &action)))
		verdicts, err := search.ReadAnswer([]byte(answer), []string{"Order/o1"})
		require.NoError(t, err)
		require.Equal(t, want, verdicts[0].Fate, verdicts[0].Reason)
		require.JSONEq(t, string(document.Source(to.Lists)), stored(t, url, index, "Order/o1"))
	}
	send(search.Written, lines(1, 0, search.MaxParts, false)...)
	send(search.Written, lines(2, 0, search.MaxParts, false)...)
	send(search.Poison, lines(3, search.MaxParts, 1, false)...)
	send(search.Poison, append(lines(3, 0, search.MaxParts, false), lines(3, search.MaxParts, 1, false)...)...)
	send(search.Written, append(lines(4, search.MaxParts, 1, false), lines(4, 7, 1, true)...)...)
	send(search.Written, lines(5, 0, search.MaxParts+1, true)...)
	require.Zero(t, strings.Count(stored(t, url, index, "Order/o1"), `"n":`))
}

// lines are operations on parts of one document, n of them from the first on.
func lines(version, first, n int, deleted bool) []search.Operation {
	ops := make([]search.Operation, n)
	for i := range ops {
		ops[i] = search.Operation{
			Entity: "Order", ID: "Order/o1", Part: fmt.Sprintf("lines/i%04d", first+i), Version: fmt.Sprintf("l/%040d", version),
			At: time.UnixMilli(int64(version)).UTC(), Deleted: deleted,
		}
		if !deleted {
			ops[i].Body = fmt.Appendf(nil, `{"n":%d}`, version)
		}
	}
	return ops
}

// apply applies an action to its document, and says what the script must answer.
func apply(documents map[string]*search.Document, a *search.Action) search.Fate {
	if documents[a.ID] == nil {
		documents[a.ID] = &search.Document{}
	}
	switch {
	case documents[a.ID].Open(a.Operations...):
		return search.Open
	case documents[a.ID].Apply(a.Operations...):
		return search.Written
	}
	return search.Stale
}

// randomOperations make few documents meet many operations, old and new, live and deleted.
func randomOperations(random *rand.Rand, lists []string) []search.Operation {
	var ops []search.Operation
	for range 1 + random.IntN(8) {
		n := random.IntN(200)
		op := search.Operation{Entity: "Order", ID: fmt.Sprint("Order/", random.IntN(5)), Part: search.Root, Model: "m1"}
		op.Version = fmt.Sprintf("2026-11-02T09:14:07.312/%040d", n)
		ages := []time.Duration{0, 5 * time.Minute, 2 * time.Hour, 2 * search.Horizon, search.Horizon - time.Minute}
		op.At = time.Now().Add(-ages[random.IntN(len(ages))]).UTC()
		if random.IntN(20) == 0 {
			op.At = time.Time{}
		}
		op.Deleted = random.IntN(3) == 0
		if len(lists) > 0 && random.IntN(3) > 0 {
			op.Part = fmt.Sprint(lists[random.IntN(len(lists))], "/i", random.IntN(12))
		}
		if !op.Deleted {
			op.Body = fmt.Appendf(nil, `{"n":%d,"part":%q,"exact":"12345678901234567890.123456789"}`, n, op.Part)
			op.Dropped = [][]string{nil, {"price"}, {"price", "qty"}}[random.IntN(3)]
			op.Tenant = []string{"", "t1"}[random.IntN(2)]
		}
		ops = append(ops, op)
	}
	return ops
}

func stored(t *testing.T, url, index, id string) string {
	var found struct {
		Source json.RawMessage `json:"_source"`
	}
	answer := request(t, http.MethodGet, url+"/"+index+"/_doc/"+strings.ReplaceAll(id, "/", "%2F"), "")
	require.NoError(t, json.Unmarshal([]byte(answer), &found))
	return string(found.Source)
}

func request(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewBufferString(body))
	if method == http.MethodDelete { // in a cleanup the test's context is done
		r, err = http.NewRequest(method, url, nil)
	}
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-ndjson")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Less(t, answer.StatusCode, 300, "%s", content)
	return string(content)
}
