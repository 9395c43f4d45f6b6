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
		t.Run(fmt.Sprint(len(lists), " lists"), func(t *testing.T) { holdAgainst(t, url, lists) })
	}
}

func holdAgainst(t *testing.T, url string, lists []string) {
	index := fmt.Sprintf("outflow-script-test-%d-%d", os.Getpid(), len(lists))
	request(t, http.MethodPut, url+"/"+index, `{"mappings":{"enabled":false},"aliases":{"`+search.WriteAlias(index)+`":{}}}`)
	t.Cleanup(func() { request(t, http.MethodDelete, url+"/"+index, "") })
	random := rand.New(rand.NewPCG(7, uint64(len(lists))))
	documents := map[string]*search.Document{}
	for range 60 {
		var body []byte
		for _, action := range search.Fold(randomOperations(random, lists)) {
			if documents[action.ID] == nil {
				documents[action.ID] = &search.Document{}
			}
			documents[action.ID].Apply(action.Operations...)
			body = search.AppendBulk(body, search.WriteAlias(index), lists, &action)
		}
		answer := request(t, http.MethodPost, url+"/_bulk?refresh=false", string(body))
		require.Contains(t, answer, `"errors":false`, answer)
		for id, doc := range documents {
			require.JSONEq(t, string(doc.Source(lists)), stored(t, url, index, id))
		}
	}
}

// randomOperations make few documents meet many operations, old and new, live and deleted.
func randomOperations(random *rand.Rand, lists []string) []search.Operation {
	var ops []search.Operation
	for range 1 + random.IntN(8) {
		n := random.IntN(200)
		op := search.Operation{Entity: "Order", ID: fmt.Sprint("Order/", random.IntN(5)), Part: search.Root, Model: "m1"}
		op.Version = fmt.Sprintf("2026-11-02T09:14:07.312/%040d", n)
		op.At = time.Unix(int64(n), 0).UTC()
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
