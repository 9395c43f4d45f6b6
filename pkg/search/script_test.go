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
	request(t, http.MethodPut, url+"/"+index, `{"mappings":{"enabled":false},"aliases":{"`+search.WriteAlias(index)+`":{}}}`)
	t.Cleanup(func() { request(t, http.MethodDelete, url+"/"+index, "") })
	random := rand.New(rand.NewPCG(7, uint64(len(lists))))
	to := &search.Destination{Alias: search.WriteAlias(index), Lists: lists, Floor: floor}
	documents := map[string]*search.Document{}
	fates := map[search.Fate]int{}
	for range 60 {
		var body []byte
		var ids []string
		var want []search.Fate
		for _, action := range search.Fold(randomOperations(random, lists)) {
			ids = append(ids, action.ID)
			want = append(want, apply(documents, floor, &action))
			body = search.AppendBulk(body, to, &action)
		}
		verdicts, err := search.ReadAnswer([]byte(request(t, http.MethodPost, url+"/_bulk?refresh=false", string(body))), ids)
		require.NoError(t, err)
		for i, v := range verdicts {
			require.Equal(t, want[i], v.Fate, v.Reason)
			fates[v.Fate]++
		}
		for id, doc := range documents {
			if source := doc.Source(lists); source != nil {
				require.JSONEq(t, string(source), stored(t, url, index, id))
			}
		}
	}
	require.Equal(t, !floor.IsZero(), fates[search.Open] > 0, "the operations try the floor")
	require.NotZero(t, fates[search.Stale])
}

// apply applies an action to its document, and says what the script must answer.
func apply(documents map[string]*search.Document, floor time.Time, a *search.Action) search.Fate {
	if documents[a.ID] == nil {
		documents[a.ID] = &search.Document{}
	}
	switch {
	case documents[a.ID].Open(floor, time.Now(), a.Operations...):
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
		op.At = time.Now().Add([]time.Duration{0, -2 * time.Hour, -2 * search.Horizon, time.Minute - search.Horizon}[random.IntN(4)]).UTC()
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
