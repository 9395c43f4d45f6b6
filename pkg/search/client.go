package search

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/opensearch-project/opensearch-go/v2"
	"github.com/opensearch-project/opensearch-go/v2/signer/awsv2"
)

// Client calls one OpenSearch domain. It makes each call once: who calls it knows what may be repeated, and how long.
// It is safe for concurrent use.
type Client struct{ domain *opensearch.Client }

// ClientConfig says where a domain is and who calls it.
type ClientConfig struct {
	URL         string                  // such as https://search-shop.eu-west-1.es.amazonaws.com
	Credentials aws.CredentialsProvider // signs each call (SigV4, service es); nil for a domain that takes unsigned ones
	Region      string                  // of the domain; needed where Credentials is set
	Transport   http.RoundTripper       // nil for http.DefaultTransport
}

// NewClient checks the configuration. It makes no call.
func NewClient(c ClientConfig) (*Client, error) {
	at, err := url.Parse(c.URL)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("OpenSearch's URL is %q: give it as in https://search-shop.eu-west-1.es.amazonaws.com", c.URL)
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	config := opensearch.Config{Addresses: []string{c.URL}, DisableRetry: true, Transport: oneTry{c.Transport}}
	if c.Credentials != nil {
		if c.Region == "" {
			return nil, errors.New("calls to OpenSearch are signed, and no region is set: set AWS_REGION to the domain's")
		}
		config.Signer, err = awsv2.NewSigner(aws.Config{Region: c.Region, Credentials: c.Credentials})
		if err != nil {
			return nil, fmt.Errorf("sign calls to OpenSearch: %w", err)
		}
	}
	domain, err := opensearch.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("connect to OpenSearch: %w", err)
	}
	return &Client{domain}, nil
}

// oneTry keeps the library from repeating a call whose connection was closed: it would do so whatever its
// configuration says, and without the body.
type oneTry struct{ next http.RoundTripper }

func (t oneTry) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.next.RoundTrip(r)
	if err == io.EOF { //nolint:errorlint // the library's own comparison
		err = errClosed
	}
	return answer, err
}

var errClosed = errors.New("the connection was closed without an answer")

// StatusError is an answer that says no to a call as a whole.
type StatusError struct {
	Call   string // method and path
	Status int
	Type   string // OpenSearch's name of the error; "" if the answer has none
	Reason string // its text; "" where that could quote a document
}

// Error says what to do where that is known.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: OpenSearch answered %d", e.Call, e.Status)
	if e.Type != "" {
		text += " " + e.Type
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden {
		text += " (check the caller's IAM policy, the domain's access policy and, where the domain has fine-grained " +
			"access control, its role mapping)"
	}
	return text
}

// request is one call. Its path is made of names that need no escaping.
type request struct {
	method, path, query string
	body                []byte // nil for none
}

func (r *request) String() string { return r.method + " " + r.path }

// call returns the body of an answer below 300, and a *StatusError for any other.
func (c *Client) call(ctx context.Context, r request) ([]byte, error) {
	made, err := http.NewRequestWithContext(ctx, r.method, (&url.URL{Path: r.path, RawQuery: r.query}).String(), r.reader())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", &r, err)
	}
	if r.body != nil {
		made.Header.Set("Content-Type", contentType(r.path))
	}
	answer, err := c.domain.Perform(made)
	if err != nil {
		return nil, fmt.Errorf("%s: no answer from OpenSearch: %w", &r, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: the answer is cut short: %w", &r, err)
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		return nil, statusError(&r, answer.StatusCode, content)
	}
	return content, nil
}

func (r *request) reader() io.Reader {
	if r.body == nil {
		return nil
	}
	return bytes.NewReader(r.body)
}

func contentType(path string) string {
	if path == bulkPath {
		return "application/x-ndjson"
	}
	return "application/json"
}

// statusError takes what the answer says of the error. What is no JSON comes from a proxy or gateway; its status is
// all that is known.
func statusError(r *request, status int, content []byte) *StatusError {
	var said struct {
		Error json.RawMessage
	}
	var detail struct{ Type, Reason string }
	if json.Unmarshal(content, &said) != nil || json.Unmarshal(said.Error, &detail) != nil {
		return &StatusError{Call: r.String(), Status: status}
	}
	if r.path == bulkPath {
		detail.Reason = ""
	}
	return &StatusError{r.String(), status, detail.Type, detail.Reason}
}
