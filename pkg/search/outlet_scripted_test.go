package search_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/search"
)

// scripted is a domain that takes every document, and whose answers to _bulk a test can spoil.
type scripted struct {
	spoil func(w http.ResponseWriter, body []byte) bool // answers in the domain's stead where it returns true

	mu      sync.Mutex
	indexes map[string]json.RawMessage // as they were created
	written map[string]int             // by id
	sizes   []int                      // of the bodies of _bulk
	finds   int                        // how often the indexes were asked for
	scripts int
}

// start makes a domain whose first answers to _bulk are spoilt, one after another.
func start(t *testing.T, spoils ...func(w http.ResponseWriter, body []byte) bool) (*scripted, *domain) {
	s := &scripted{indexes: map[string]json.RawMessage{}, written: map[string]int{}}
	s.spoil = func(w http.ResponseWriter, body []byte) bool {
		if len(spoils) == 0 {
			return false
		}
		now := spoils[0]
		spoils = spoils[1:]
		return now(w, body)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, &domain{t: t, url: server.URL, prefix: "shop-test-"}
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	switch {
	case r.URL.Path == "/_bulk":
		s.sizes = append(s.sizes, len(body))
		if !s.spoil(w, body) {
			s.bulk(w, body)
		}
	case strings.HasPrefix(r.URL.Path, "/_scripts/"):
		s.scripts++
	case r.Method == http.MethodPut:
		s.indexes[r.URL.Path[1:]] = body
	default:
		s.finds++
		found := map[string]json.RawMessage{}
		for name, body := range s.indexes {
			if strings.HasPrefix(name, strings.TrimSuffix(r.URL.Path[1:], "*")) {
				found[name] = body
			}
		}
		if err := json.NewEncoder(w).Encode(found); err != nil {
			panic(err)
		}
	}
}

// settle waits for a request whose client has gone, so that what it did can be looked at.
func (s *scripted) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
}

// bulk takes all of a body and answers as OpenSearch does.
func (s *scripted) bulk(w io.Writer, body []byte) {
	var items []string
	for i, line := range bytes.Split(bytes.TrimSpace(body), []byte("\n")) {
		var action struct {
			Update struct {
				ID string `json:"_id"`
			}
		}
		if i%2 == 1 {
			continue
		}
		if err := json.Unmarshal(line, &action); err != nil {
			panic(err)
		}
		s.written[action.Update.ID]++
		items = append(items, fmt.Sprintf(`{"update":{"_id":%q,"status":201,"result":"created"}}`, action.Update.ID))
	}
	fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(items, ","))
}

// status answers with no more than a status.
func status(code int) func(http.ResponseWriter, []byte) bool {
	return func(w http.ResponseWriter, _ []byte) bool {
		w.WriteHeader(code)
		fmt.Fprint(w, `{"error":{"type":"some_exception","reason":"secret"},"status":0}`)
		return true
	}
}

func words(text string) func(http.ResponseWriter, []byte) bool {
	return func(w http.ResponseWriter, _ []byte) bool {
		fmt.Fprint(w, text)
		return true
	}
}

// hangUp closes the connection in the middle of the answer.
func hangUp(w http.ResponseWriter, _ []byte) bool {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"items":[`)
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(err)
	}
	panic(http.ErrAbortHandler)
}

// closeFirst closes the connection before the answer.
func closeFirst(w http.ResponseWriter, _ []byte) bool {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if err := connection.Close(); err != nil {
		panic(err)
	}
	return true
}

// A request that fails as a whole is made again, and what it may have done is done twice without harm.
func TestRequestsThatFailOnceAreRepeated(t *testing.T) {
	for name, spoil := range map[string]func(http.ResponseWriter, []byte) bool{
		"401": status(401), "403": status(403), "404": status(404), "429": status(429), "500": status(500), "503": status(503),
		"a page of a gateway":  words("<html>busy</html>"),
		"cut answer":           hangUp,
		"closed connection":    closeFirst,
		"fewer items":          words(`{"items":[{"update":{"_id":"Product/p1","status":201,"result":"created"}}]}`),
		"items in other order": words(`{"items":[{"update":{"_id":"Product/p2","status":201,"result":"created"}},{"update":{"_id":"Product/p1","status":201,"result":"created"}}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			m := parseModel(t, shop)
			s, d := start(t, spoil)
			outcome := d.outlet(m).Deliver(t.Context(), decode(t, m, product(1, "p1", "Lamp"), product(2, "p2", "Chair")))
			s.settle()
			require.NoError(t, outcome.Err)
			require.Empty(t, outcome.Pending)
			require.Equal(t, map[string]int{"Product/p1": 1, "Product/p2": 1}, s.written)
			require.Len(t, s.sizes, 2, "one more request, and the client makes none of its own")
			require.Equal(t, 1, outcome.Counts[consume.MetricRejected])
		})
	}
}

func TestAnswerDroppedAfterItsEffect(t *testing.T) {
	m := parseModel(t, shop)
	s, d := start(t)
	s.spoil = func(w http.ResponseWriter, body []byte) bool {
		s.spoil = func(http.ResponseWriter, []byte) bool { return false }
		s.bulk(io.Discard, body)
		return closeFirst(w, body)
	}
	deliver(t, d.outlet(m), decode(t, m, product(1, "p1", "Lamp")))
	s.settle()
	require.Equal(t, 2, s.written["Product/p1"])
}

// What never gets through is pending as a whole, with what was wrong and what to do.
func TestRequestsThatFailAlwaysLeaveAllPending(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(http.ResponseWriter, []byte) bool
		want  string
	}{
		{"unauthorized", status(401), "POST /_bulk: OpenSearch answered 401 some_exception (check the caller's IAM policy"},
		{"forbidden", status(403), "403 some_exception (check the caller's IAM policy"},
		{"unavailable", status(503), "POST /_bulk: OpenSearch answered 503 some_exception"},
		{"cut answer", hangUp, "the answer is cut short"},
		{"closed connection", closeFirst, "no answer from OpenSearch: the connection was closed without an answer"},
		{"wrong number of items", words(`{"items":[]}`), "it has 0 items for 2 actions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parseModel(t, shop)
			s, d := start(t)
			s.spoil = c.spoil
			outcome := d.outlet(m).Deliver(t.Context(), decode(t, m, product(1, "p1", "Lamp"), product(2, "p2", "Chair")))
			s.settle()
			require.ErrorContains(t, outcome.Err, c.want)
			require.NotContains(t, outcome.Err.Error(), "secret")
			require.Equal(t, []int{0, 1}, outcome.Pending)
			require.Len(t, s.sizes, impatient.Attempts)
		})
	}
}

func TestNothingIsKnownOfTheIndexes(t *testing.T) {
	m := parseModel(t, shop)
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	d := &domain{t: t, url: server.URL, prefix: "shop-test-"}
	faulty := decode(t, m, product(1, "p1", "Lamp"))
	outcome := d.outlet(m).Deliver(t.Context(), faulty)
	require.Equal(t, []int{0}, outcome.Pending)
	require.ErrorContains(t, outcome.Err, "find the indexes of orders: GET /shop-test-orders-*: no answer from OpenSearch")
}

// That time is up ends the work at once; the reason that is told is the one from before.
func TestTimeIsUp(t *testing.T) {
	m := parseModel(t, shop)
	ctx, cancel := context.WithCancel(t.Context())
	s, d := start(t, status(503))
	s.spoil = func(w http.ResponseWriter, body []byte) bool {
		if len(s.sizes) == 2 {
			cancel()
		}
		return status(503)(w, body)
	}
	outcome := d.outlet(m).Deliver(ctx, decode(t, m, product(1, "p1", "Lamp")))
	s.settle()
	require.Equal(t, []int{0}, outcome.Pending)
	require.ErrorContains(t, outcome.Err, "503")
	require.Len(t, s.sizes, 2)
}

// A batch goes out in requests of bounded size; one that the domain finds too large is cut in half.
func TestRequestsAreOfBoundedSize(t *testing.T) {
	m := parseModel(t, shop)
	var records []record
	for i := range 40 {
		records = append(records, product(i+1, fmt.Sprint("p", i), strings.Repeat("x", 1000)))
	}
	refuse := func(limit int) func(http.ResponseWriter, []byte) bool {
		return func(w http.ResponseWriter, body []byte) bool { return len(body) > limit && status(413)(w, body) }
	}
	t.Run("by setting", func(t *testing.T) {
		s, d := start(t)
		config := d.config(m)
		config.MaxBytes = 10_000
		deliver(t, search.NewOutlet(config), decode(t, m, records...))
		s.settle()
		require.Len(t, s.written, 40)
		for _, size := range s.sizes {
			require.LessOrEqual(t, size, 10_000)
		}
		require.Less(t, len(s.sizes), 9)
	})
	t.Run("by the domain", func(t *testing.T) {
		s, d := start(t)
		s.spoil = refuse(10_000)
		deliver(t, d.outlet(m), decode(t, m, records...))
		s.settle()
		require.Len(t, s.written, 40)
	})
	t.Run("a document too large for the domain", func(t *testing.T) {
		s, d := start(t)
		s.spoil = refuse(10_000)
		large := product(41, "p41", strings.Repeat("x", 10_000))
		outcome := d.outlet(m).Deliver(t.Context(), decode(t, m, append(records, large)...))
		s.settle()
		require.NoError(t, outcome.Err)
		require.Len(t, outcome.Poison, 1)
		require.Equal(t, 40, outcome.Poison[0].Index)
		require.ErrorContains(t, outcome.Poison[0].Reason, "is too large for the domain (413)")
		require.Len(t, s.written, 40)
	})
}

// The indexes are asked for again when the lease is over, also within a batch.
func TestIndexesAreLeased(t *testing.T) {
	m := parseModel(t, shop)
	s, d := start(t)
	now := time.Now()
	config := d.config(m)
	config.Now = func() time.Time { return now }
	o := search.NewOutlet(config)
	deliver(t, o, decode(t, m, product(1, "p1", "Lamp")))
	s.settle()
	found := s.finds
	now = now.Add(search.Lease - time.Second)
	deliver(t, o, decode(t, m, product(2, "p2", "Chair")))
	s.settle()
	require.Equal(t, found, s.finds)

	config.MaxBytes = 1
	o = search.NewOutlet(config)
	s.spoil = func(w http.ResponseWriter, body []byte) bool { // while the first request is under way, a second index appears
		now = now.Add(search.Lease)
		body2, err := search.IndexBody("shop-test-products-000002", "", search.NewMeta(m.Indexes["products"], m.Version(), now))
		if err != nil {
			panic(err)
		}
		s.indexes["shop-test-products-000002"] = body2
		s.spoil = func(http.ResponseWriter, []byte) bool { return false }
		return false
	}
	s.written = map[string]int{}
	deliver(t, o, decode(t, m, product(3, "p3", "Desk"), product(4, "p4", "Shelf")))
	s.settle()
	require.Equal(t, 2, s.written["Product/p4"], "both indexes have the document that was not yet sent")
}

func TestMissingScriptThatCannotBePut(t *testing.T) {
	m := parseModel(t, shop)
	s, d := start(t)
	s.spoil = words(`{"items":[{"update":{"_id":"Product/p1","status":400,"error":{"type":"illegal_argument_exception","reason":"failed",` +
		`"caused_by":{"type":"resource_not_found_exception","reason":"unable to find script [x]"}}}}]}`)
	outcome := d.outlet(m).Deliver(t.Context(), decode(t, m, product(1, "p1", "Lamp")))
	s.settle()
	require.ErrorContains(t, outcome.Err, "1 documents of shop-test-products-000001: the stored script is missing")
	require.Equal(t, impatient.Attempts, s.scripts)
}
