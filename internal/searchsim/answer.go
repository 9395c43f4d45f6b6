package searchsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	return body, r.Body.Close()
}

func respond(r *http.Request, status int, answer any) (*http.Response, error) {
	content, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(content)),
		ContentLength: int64(len(content)),
	}, nil
}

// fault is the description of an error as OpenSearch gives it.
type fault struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
	Cause  *fault `json:"caused_by,omitempty"`
}

// failure is an answer that says no to a call as a whole.
func failure(kind, reason string) object { return object{"error": fault{Type: kind, Reason: reason}} }

func missing(name string) object {
	return failure("index_not_found_exception", "no such index ["+name+"]")
}
