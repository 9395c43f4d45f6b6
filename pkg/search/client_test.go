package search_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search"
)

type keys struct{}

func (keys) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "example", SessionToken: "session"}, nil
}

func TestCallsAreSigned(t *testing.T) {
	m := parseModel(t, shop)
	s, d := start(t)
	var headers []http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers = append(headers, r.Header)
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client, err := search.NewClient(search.ClientConfig{URL: server.URL, Region: "eu-west-1", Credentials: keys{}})
	require.NoError(t, err)
	config := d.config(m)
	config.Client = client
	deliver(t, search.NewOutlet(config), decode(t, m, product(1, "p1", "Lamp")))
	require.Equal(t, 1, s.written["Product/p1"], "the body is there after it was hashed")
	for _, h := range headers {
		require.Regexp(t, `^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/es/aws4_request, SignedHeaders=`, h.Get("Authorization"))
		require.Equal(t, "session", h.Get("X-Amz-Security-Token"))
	}
}

func TestClientConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		config search.ClientConfig
		want   string
	}{
		{"no URL", search.ClientConfig{}, `OpenSearch's URL is ""`},
		{"no scheme", search.ClientConfig{URL: "search-shop.eu-west-1.es.amazonaws.com"}, "give it as in https://"},
		{"another scheme", search.ClientConfig{URL: "s3://bucket"}, "give it as in https://"},
		{"no region", search.ClientConfig{URL: "https://localhost", Credentials: keys{}}, "set AWS_REGION"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := search.NewClient(c.config)
			require.ErrorContains(t, err, c.want)
		})
	}
}
