package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// probe asks an engine once whether it is ready.
type probe func(context.Context) error

// errLate is the cause of a context whose time for readiness is over.
var errLate = errors.New("it was not ready in time")

// errEnded says that the engine ended while it was waited for.
var errEnded = errors.New("it ended")

// await asks again and again until the answer is good, the engine is gone, or ctx is done.
func await(ctx context.Context, ready probe, gone <-chan struct{}) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := ask(ctx, ready)
		if err == nil {
			return nil
		}
		select {
		case <-gone:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("%w; its last answer: %w", context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}

func ask(ctx context.Context, ready probe) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return ready(ctx)
}

// answer is what an engine said: its status and at most the first 64 KiB of its body.
type answer struct {
	status int
	body   []byte
}

func get(ctx context.Context, method, url, body string, header http.Header) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header, request.Close = header, true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return answer{status: response.StatusCode, body: content}, err
}

// dynamoReady asks for the list of tables. A given endpoint may refuse the made-up signature; that it speaks the
// protocol is all that can be known of it.
func dynamoReady(endpoint string) probe {
	header := http.Header{
		"X-Amz-Target": {"DynamoDB_20120810.ListTables"},
		"Content-Type": {"application/x-amz-json-1.0"},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=outflow/20260101/us-east-1/dynamodb/aws4_request, " +
			"SignedHeaders=host, Signature=00"},
	}
	return func(ctx context.Context) error {
		said, err := get(ctx, http.MethodPost, endpoint, "{}", header)
		if err != nil {
			return err
		}
		var reply struct {
			TableNames *[]string
			Type       string `json:"__type"`
		}
		if json.Unmarshal(said.body, &reply) != nil || (reply.TableNames == nil && reply.Type == "") || said.status >= 500 {
			return notAsExpected(said, "DynamoDB")
		}
		return nil
	}
}

// openSearchReady asks for the node's name, "" for any, and then for its health. A server that wants a signature or a
// password (401, 403) is there; more cannot be known of it.
func openSearchReady(endpoint, node string) probe {
	return func(ctx context.Context) error {
		said, err := get(ctx, http.MethodGet, endpoint, "", http.Header{})
		if err != nil {
			return err
		}
		if node == "" && (said.status == http.StatusUnauthorized || said.status == http.StatusForbidden) {
			return nil
		}
		var reply struct {
			Name    string
			Version struct{ Number string }
		}
		if json.Unmarshal(said.body, &reply) != nil || reply.Version.Number == "" || (node != "" && reply.Name != node) {
			return notAsExpected(said, "OpenSearch")
		}
		health, err := get(ctx, http.MethodGet, strings.TrimSuffix(endpoint, "/")+"/_cluster/health?wait_for_status=yellow&timeout=2s",
			"", http.Header{})
		if err == nil && health.status != http.StatusOK {
			err = notAsExpected(health, "OpenSearch")
		}
		return err
	}
}

// s3Ready asks for the list of buckets without a signature: a server of S3 refuses it in XML.
func s3Ready(endpoint string) probe {
	return func(ctx context.Context) error {
		said, err := get(ctx, http.MethodGet, endpoint, "", http.Header{})
		if err == nil && (said.status >= 500 || !strings.Contains(string(said.body), "<?xml")) {
			err = notAsExpected(said, "S3")
		}
		return err
	}
}

func notAsExpected(said answer, what string) error {
	return fmt.Errorf("answer %d is not that of %s: %.200s", said.status, what, said.body)
}
