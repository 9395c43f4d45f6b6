package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/parked"
)

// shopFloor is a pipeline of the shop whose services are fakes: what a test puts into its fields is what they hold.
type shopFloor struct {
	t         *testing.T
	model     *model.Model
	target    target.Target
	path      string                     // of the target file
	items     map[string]string          // typed JSON by the text of the key
	documents map[string]json.RawMessage // as readers see them, by _id; nil for no alias
	audit     s3fake.S3
	failures  s3fake.S3
	busDown   bool
	published []string // detail-types
}

func newShopFloor(t *testing.T) *shopFloor {
	t.Helper()
	source, err := os.ReadFile(shop)
	require.NoError(t, err)
	m, faults := model.Parse(shop, source)
	require.NoError(t, faults.Err())
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.json"), m.Marshal(), 0o644))
	f := &shopFloor{t: t, model: m, path: filepath.Join(dir, "dev.json"), items: map[string]string{},
		documents: map[string]json.RawMessage{}}
	serve := func(handler http.HandlerFunc) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	f.target = target.Target{
		Stage: "test", Region: "us-east-1", Table: "shop-test", IndexPrefix: "shop-test-", AuditBucket: "audit",
		FailuresBucket: "failures", Bus: "shop-test", AccessKeyID: "id", SecretAccessKey: "secret",
		DynamoDB: serve(f.serveTable), OpenSearch: serve(f.serveSearch), S3: serve(f.serveBuckets), Events: serve(f.serveBus),
	}
	f.save()
	return f
}

func (f *shopFloor) save() { require.NoError(f.t, f.target.Save(f.path)) }

// run runs a command on the pipeline.
func (f *shopFloor) run(args ...string) (status int, stdout, stderr string) {
	f.t.Helper()
	return outflow(f.t, append(args, "--target", f.path)...)
}

func (f *shopFloor) serveTable(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Key            json.RawMessage
		ConsistentRead bool
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || !request.ConsistentRead {
		http.Error(w, "no consistent GetItem", http.StatusBadRequest)
		return
	}
	key, err := audit.ParseKey(f.model.Table, string(request.Key))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if item := f.items[string(key)]; item != "" {
		fmt.Fprintf(w, `{"Item":%s}`, item)
		return
	}
	fmt.Fprint(w, `{}`)
}

// serveSearch finds by id, and for a text whatever contains it.
func (f *shopFloor) serveSearch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body, err := io.ReadAll(r.Body)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/_search") || f.documents == nil {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"type":"index_not_found_exception","reason":"no such index"},"status":404}`)
		return
	}
	var hits []string
	for id, source := range f.documents {
		text := `"query":"` + strings.ToLower(strings.Trim(string(source), "{}"))
		if strings.Contains(string(body), fmt.Sprintf("[%q]", id)) || strings.Contains(string(body), `"query":"lamp"`) && strings.Contains(text, "lamp") {
			hits = append(hits, fmt.Sprintf(`{"_id":%q,"_score":1.5,"_source":%s}`, id, source))
		}
	}
	fmt.Fprintf(w, `{"timed_out":false,"_shards":{"total":1,"failed":0},"hits":{"hits":[%s]}}`, strings.Join(hits, ","))
}

func (f *shopFloor) serveBus(w http.ResponseWriter, r *http.Request) {
	var request struct{ Entries []struct{ DetailType string } }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || f.busDown {
		http.Error(w, `{"__type":"AccessDeniedException"}`, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	var answers []string
	for _, entry := range request.Entries {
		f.published = append(f.published, entry.DetailType)
		answers = append(answers, `{"EventId":"e"}`)
	}
	fmt.Fprintf(w, `{"FailedEntryCount":0,"Entries":[%s]}`, strings.Join(answers, ","))
}

// serveBuckets is the part of S3 that is used, over the two fakes.
func (f *shopFloor) serveBuckets(w http.ResponseWriter, r *http.Request) {
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	bucket := &f.audit
	if name == "failures" {
		bucket = &f.failures
	}
	var err error
	switch {
	case r.Method == http.MethodPut:
		given := r.Header.Get("If-None-Match")
		_, err = bucket.PutObject(r.Context(), &s3.PutObjectInput{Key: &key, Body: r.Body, IfNoneMatch: &given})
	case key == "":
		err = list(w, r, bucket)
	default:
		var out *s3.GetObjectOutput
		if out, err = bucket.GetObject(r.Context(), &s3.GetObjectInput{Key: &key}); err == nil {
			_, err = io.Copy(w, out.Body)
		}
	}
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>%v</Message></Error>", err)
	}
}

func list(w io.Writer, r *http.Request, bucket *s3fake.S3) error {
	prefix := r.URL.Query().Get("prefix")
	in := &s3.ListObjectsV2Input{Prefix: &prefix}
	if delimiter := r.URL.Query().Get("delimiter"); delimiter != "" {
		in.Delimiter = &delimiter
	}
	out, err := bucket.ListObjectsV2(r.Context(), in)
	if err != nil {
		return err
	}
	type object struct {
		Key          string
		Size         int64
		LastModified time.Time
	}
	var page struct {
		XMLName        xml.Name `xml:"ListBucketResult"`
		IsTruncated    bool
		Contents       []object
		CommonPrefixes []struct{ Prefix string }
	}
	for _, o := range out.Contents {
		page.Contents = append(page.Contents, object{*o.Key, *o.Size, *o.LastModified})
	}
	for _, p := range out.CommonPrefixes {
		page.CommonPrefixes = append(page.CommonPrefixes, struct{ Prefix string }{*p.Prefix})
	}
	return xml.NewEncoder(w).Encode(page)
}

// record is a change of an item of the shop; an image of "" is none. It is younger than any index that a test makes:
// what is retried may not create documents in an index that is younger still.
func record(sequence int, key, old, new string) string {
	op, images := "MODIFY", fmt.Sprintf(`,"OldImage":%s,"NewImage":%s`, old, new)
	switch {
	case old == "":
		op, images = "INSERT", `,"NewImage":`+new
	case new == "":
		op, images = "REMOVE", `,"OldImage":`+old
	}
	return fmt.Sprintf(`{"eventID":"e%d","eventName":%q,"eventSource":"aws:dynamodb",`+
		`"eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/shop-test/stream/2026-11-01T09:14:07.312",`+
		`"dynamodb":{"ApproximateCreationDateTime":%d,"SequenceNumber":"%d","StreamViewType":"NEW_AND_OLD_IMAGES","Keys":%s%s}}`,
		sequence, op, time.Now().Add(time.Minute).Unix(), sequence, key, images)
}

func (f *shopFloor) changes(records ...string) []*change.Change {
	changes, err := change.Decode(f.model, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	require.NoError(f.t, err)
	all := make([]*change.Change, len(changes))
	for i := range changes {
		all[i] = &changes[i]
	}
	return all
}

// write puts records into the log.
func (f *shopFloor) write(records ...string) {
	f.t.Helper()
	outlet := audit.NewOutlet(audit.OutletConfig{Model: f.model, Log: "shop-test", Client: &f.audit, Bucket: "audit", Now: time.Now})
	require.Empty(f.t, outlet.Deliver(f.t.Context(), f.changes(records...)).Pending)
}

// park parks a record and returns its key.
func (f *shopFloor) park(outlet, record string) string {
	f.t.Helper()
	store := parked.Store{Client: &f.failures, Bucket: "failures", Model: f.model.Version(), Now: time.Now}
	c := f.changes(record)[0]
	require.NoError(f.t, store.Park(f.t.Context(), outlet, c, consume.Poison{Reason: fmt.Errorf("refused by %s", outlet)}))
	return consume.ParkedKey(outlet, c)
}

const (
	lampKey   = `{"PK":{"S":"PRODUCT#p1"},"SK":{"S":"METADATA"}}`
	lamp      = `{"PK":{"S":"PRODUCT#p1"},"SK":{"S":"METADATA"},"price":{"N":"42"},"title":{"S":"Lamp"}}`
	cheapLamp = `{"PK":{"S":"PRODUCT#p1"},"SK":{"S":"METADATA"},"price":{"N":"7"},"title":{"S":"Lamp"}}`
	lampShown = `{"product_id":"p1","title":"Lamp","price":"42","outflow":{"version":"1"}}`
	userKey   = `{"PK":{"S":"USER#u1"},"SK":{"S":"PROFILE"}}`
	user      = `{"PK":{"S":"USER#u1"},"SK":{"S":"PROFILE"},"name":{"S":"Ann"}}`
	userShown = `{"user_id":"u1","name":"Ann","outflow":{"version":"2"}}`
)

func TestTargetsThatCannotBeUsed(t *testing.T) {
	f := newShopFloor(t)
	other := write(t, "model.yaml", "outflow: 1\nname: shop\nbogus: 1\n")
	for _, row := range []struct {
		name  string
		spoil func(*target.Target)
		args  []string
		says  []string
	}{
		{"no file", nil, []string{"--target", "nowhere.json"}, []string{"nowhere.json", "outflow dev writes"}},
		{"no model", nil, []string{"--model", "nowhere.json"}, []string{"nowhere.json", "--model"}},
		{"a wrong model", nil, []string{"--model", other}, []string{"model.yaml:3:1", "bogus"}},
		{"another pipeline's model", func(t *target.Target) { t.IndexPrefix = "forum-test-" }, nil, []string{"forum-test", "shop-test", "--model"}},
		{"no failures bucket", func(t *target.Target) { t.FailuresBucket = "" }, nil, []string{"failuresBucket"}},
		{"S3 that is no URL", func(t *target.Target) { t.S3 = "nowhere" }, nil, []string{"s3", "nowhere"}},
		{"nothing answers", func(t *target.Target) { t.S3 = "http://127.0.0.1:1" }, nil, []string{"refused", "does outflow dev still run?"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			spoilt := f.target
			if row.spoil != nil {
				row.spoil(&spoilt)
			}
			require.NoError(t, spoilt.Save(f.path))
			args := append([]string{"parked", "show", "parked/search/x.json", "--target", f.path}, row.args...)
			status, _, stderr := outflow(t, args...)
			require.Equal(t, exitBlind, status, stderr)
			for _, said := range row.says {
				require.Contains(t, stderr, said)
			}
		})
	}
}

func TestArgumentsThatCannotBeUsed(t *testing.T) {
	f := newShopFloor(t)
	for _, row := range []struct {
		name string
		args []string
		says string
	}{
		{"an index that the model lacks", []string{"search", "query", "orderz", "lamp"}, "it has orders, products, users"},
		{"a size of nothing", []string{"search", "query", "products", "lamp", "--size", "0"}, "between 1 and 10000"},
		{"a search without a text", []string{"search", "query", "products"}, "text"},
		{"neither key nor time", []string{"audit", "show"}, "a KEY, or a time"},
		{"half a key", []string{"audit", "show", "PRODUCT#p1"}, `{"PK": "...", "SK": "..."}`},
		{"no time", []string{"audit", "show", "--from", "yesterday"}, "2026-11-21T14:00:00Z"},
		{"no time between", []string{"audit", "show", "--from", "2026-11-21", "--to", "2026-11-20"}, "no time between"},
		{"half a key for why", []string{"why", "PRODUCT#p1"}, `{"PK": "...", "SK": "..."}`},
		{"nothing to retry", []string{"parked", "retry"}, "--all"},
		{"a key and all", []string{"parked", "retry", "k", "--all"}, "either"},
		{"no retention", []string{"parked", "retry", "--all", "--audit-retention", "forever"}, "--audit-retention"},
		{"no size of entries", []string{"parked", "retry", "--all", "--entry-bytes", "1"}, "--entry-bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, _, stderr := f.run(row.args...)
			require.Equal(t, exitUsage, status, stderr)
			require.Contains(t, stderr, row.says)
		})
	}
}
