package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
)

// splitBulk lets some of the actions of a _bulk call through, and answers 429 for the others.
func splitBulk(random *rand.Rand, service http.Handler, w http.ResponseWriter, r *http.Request) (bool, error) {
	if r.URL.Path != "/_bulk" {
		return false, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false, err
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")) // of an action two
	var through []byte
	answers := make([]json.RawMessage, len(lines)/2)
	for i := range answers {
		var action map[string]struct { // update, index or create
			ID string `json:"_id"`
		}
		if err := json.Unmarshal(lines[2*i], &action); err != nil {
			return false, err
		}
		if random.IntN(2) == 0 {
			for kind, of := range action {
				answers[i] = fmt.Appendf(nil, `{%q:{"_index":"planted","_id":%q,"status":429,`+
					`"error":{"type":"rejected_execution_exception","reason":"a planted fault"}}}`, kind, of.ID)
			}
			continue
		}
		through = append(append(through, bytes.TrimSpace(lines[2*i])...), '\n')
		through = append(append(through, bytes.TrimSpace(lines[2*i+1])...), '\n')
	}
	var done struct{ Items []json.RawMessage }
	if len(through) > 0 {
		if err := forward(service, r, through, &done); err != nil {
			return false, err
		}
	}
	return true, respond(w, "items", "", merge(answers, done.Items))
}

// splitEvents lets some of the entries of a PutEvents call through, and answers for the others that they failed.
func splitEvents(random *rand.Rand, service http.Handler, w http.ResponseWriter, r *http.Request) (bool, error) {
	var call struct{ Entries []json.RawMessage }
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		return false, err
	}
	var through []json.RawMessage
	answers := make([]json.RawMessage, len(call.Entries))
	failed := 0
	for i, entry := range call.Entries {
		if random.IntN(2) == 0 {
			answers[i] = json.RawMessage(`{"ErrorCode":"ThrottlingException","ErrorMessage":"a planted fault"}`)
			failed++
			continue
		}
		through = append(through, entry)
	}
	var done struct{ Entries []json.RawMessage }
	if len(through) > 0 {
		body, err := json.Marshal(map[string]any{"Entries": through})
		if err != nil {
			return false, err
		}
		if err := forward(service, r, body, &done); err != nil {
			return false, err
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	return true, respond(w, "Entries", fmt.Sprintf(`,"FailedEntryCount":%d`, failed), merge(answers, done.Entries))
}

// forward makes the call with another body and reads its answer.
func forward(service http.Handler, r *http.Request, body []byte, answer any) error {
	again := r.Clone(r.Context())
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	again.Header.Set("Content-Length", fmt.Sprint(len(body)))
	again.Header.Del("Accept-Encoding")
	recorded := httptest.NewRecorder()
	service.ServeHTTP(recorded, again)
	if recorded.Code != http.StatusOK {
		return fmt.Errorf("the service answered %d", recorded.Code)
	}
	return json.Unmarshal(recorded.Body.Bytes(), answer)
}

// merge fills what was answered into the gaps.
func merge(answers, done []json.RawMessage) []string {
	all := make([]string, len(answers))
	for i, answer := range answers {
		if answer == nil && len(done) > 0 {
			answer, done = done[0], done[1:]
		}
		all[i] = string(answer)
	}
	return all
}

func respond(w http.ResponseWriter, name, more string, answers []string) error {
	_, err := fmt.Fprintf(w, `{%q:[%s]%s}`, name, strings.Join(answers, ","), more)
	return err
}
