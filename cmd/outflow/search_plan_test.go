package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/table"
)

// ask makes one request of the floor's domain.
func (f *shopFloor) ask(method, path, body string) {
	f.t.Helper()
	request, err := http.NewRequest(method, f.target.OpenSearch+path, strings.NewReader(body)) // also when the test is over
	require.NoError(f.t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(f.t, err)
	content, err := io.ReadAll(answer.Body)
	require.NoError(f.t, err)
	require.NoError(f.t, answer.Body.Close())
	require.Less(f.t, answer.StatusCode, 300, "%s", content)
}

func (f *shopFloor) plans(args ...string) (int, searchPlans) {
	f.t.Helper()
	status, stdout, stderr := f.run(append([]string{"search", "plan", "--json"}, args...)...)
	var plans searchPlans
	require.NoError(f.t, json.Unmarshal([]byte(stdout), &plans), stderr)
	return status, plans
}

// The command follows an index from before it was made to a change by hand.
func TestSearchPlanOnTheEngine(t *testing.T) {
	f := newRealFloor(t)
	d := f.deployment()
	_, err := table.New(d.items(), d.model, d.target.Table).Create(t.Context())
	require.NoError(t, err)
	first := f.target.IndexPrefix + "products-000001"
	status, stdout, stderr := f.run("search", "plan")
	require.Equal(t, exitWrong, status, stderr)
	require.Contains(t, stdout, "products: the next batch puts it right\n  + index "+first+" and its aliases are made\n")
	require.Contains(t, stdout, "users: the next batch puts it right\n")

	f.deliver(record(1, lampKey, "", lamp))
	t.Cleanup(func() {
		for _, index := range []string{"products", "orders", "users"} {
			f.ask(http.MethodDelete, "/"+f.target.IndexPrefix+index+"-000001", "")
		}
	})
	status, plans := f.plans()
	require.Equal(t, exitFine, status)
	require.Equal(t, scriptPlan{search.ScriptID(), search.ScriptSame}, plans.Script)
	require.Len(t, plans.Indexes, 3)
	status, stdout, _ = f.run("search", "plan", "products")
	require.Equal(t, exitFine, status)
	require.Equal(t, fmt.Sprintf("products: nothing to do (%s)\n", first), stdout)

	f.ask(http.MethodPut, "/"+first+"/_mapping", `{"properties":{"color":{"type":"keyword"}}}`)
	status, stdout, _ = f.run("search", "plan", "products")
	require.Equal(t, exitWrong, status)
	require.Equal(t, fmt.Sprintf("products: a new index must be built (%s)\n"+
		"  ! color in the mapping of %[1]s is not in its definition\n  run outflow search migrate products\n", first), stdout)
	status, plans = f.plans("users")
	require.Equal(t, exitFine, status, "the others are as they were")
	require.Len(t, plans.Indexes, 1)
}

func TestSearchPlanCannotLook(t *testing.T) {
	f := newShopFloor(t)
	status, _, stderr := f.run("search", "plan", "lamps")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, `the model has no index "lamps"; it has orders, products, users`)

	f.target.OpenSearch = "http://127.0.0.1:1"
	f.save()
	status, stdout, stderr := f.run("search", "plan")
	require.Equal(t, exitBlind, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "does outflow dev still run?")

	f.target.OpenSearch = ""
	f.save()
	status, _, stderr = f.run("search", "plan")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "no opensearch")
}

func TestSearchPlanWithoutIndexes(t *testing.T) {
	f := newShopFloor(t)
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_scripts/") {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(empty.Close)
	f.target.OpenSearch = empty.URL
	f.save()
	model := write(t, "model.yaml", "outflow: 1\nname: shop\ntable: {key: [PK]}\nentities: {User: {key: {PK: \"USER#{user_id}\"}}}\n")
	status, _, stderr := f.run("search", "plan", "--model", model)
	require.Equal(t, exitUnproven, status, stderr)
	require.Contains(t, stderr, "no search index")
}

// What stands in the place of the script is said with what to do.
func TestSearchPlanSaysWhatToDoAboutTheScript(t *testing.T) {
	absent := searchPlans{Script: scriptPlan{"outflow-1", search.ScriptAbsent}}
	require.Equal(t, "stored script outflow-1: absent\n  + the next batch stores it\n", absent.String())
	other := searchPlans{Script: scriptPlan{"outflow-1", search.ScriptOther}}
	require.Contains(t, other.String(), "DELETE /_scripts/outflow-1")
	require.True(t, absent.differ())
	require.True(t, other.differ())
}
