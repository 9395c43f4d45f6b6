package table_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// server stands in for DynamoDB: it keeps what it is asked, and answers what the test gave it, else an empty object.
type server struct {
	t       *testing.T
	calls   []call
	answers []answer // of the next calls
}

type call struct {
	op   string
	body map[string]any
}

type answer struct {
	status int
	body   string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	c := call{op: op}
	if err := json.NewDecoder(r.Body).Decode(&c.body); err != nil {
		s.t.Errorf("%s: %v", op, err)
	}
	s.calls = append(s.calls, c)
	next := answer{http.StatusOK, "{}"}
	if len(s.answers) > 0 {
		next, s.answers = s.answers[0], s.answers[1:]
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(next.status)
	if _, err := w.Write([]byte(next.body)); err != nil {
		s.t.Errorf("answer %s: %v", op, err)
	}
}

func loadModel(t testing.TB) *model.Model {
	t.Helper()
	source, err := os.ReadFile("testdata/model.yaml")
	require.NoError(t, err)
	return parse(t, string(source))
}

func parse(t testing.TB, source string) *model.Model {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(source))
	require.NoError(t, faults.Err())
	return m
}

func fakeTable(t *testing.T, m *model.Model, answers ...answer) (*table.Table, *server) {
	t.Helper()
	s := &server{t: t, answers: answers}
	listener := httptest.NewServer(s)
	t.Cleanup(listener.Close)
	client := dynamodb.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: &listener.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	return table.New(client, m, "shop"), s
}

// only returns the body of the one call that was made.
func (s *server) only(op string) map[string]any {
	s.t.Helper()
	require.Len(s.t, s.calls, 1)
	require.Equal(s.t, op, s.calls[0].op)
	return s.calls[0].body
}

// worded puts names and values into an expression.
func worded(t *testing.T, body map[string]any, member string) string {
	t.Helper()
	expression, _ := body[member].(string)
	var pairs []string
	for placeholder, name := range asMap(body["ExpressionAttributeNames"]) {
		pairs = append(pairs, placeholder, name.(string))
	}
	for placeholder, value := range asMap(body["ExpressionAttributeValues"]) {
		data, err := json.Marshal(value)
		require.NoError(t, err)
		pairs = append(pairs, placeholder, string(data))
	}
	return strings.NewReplacer(pairs...).Replace(expression)
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}
