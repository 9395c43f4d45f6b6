package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// bulkAction is one action of a _bulk request.
type bulkAction struct {
	kind  string // update, index, create or delete
	at    place
	lines []byte // with their ends
}

type place struct {
	Index string `json:"_index"`
	ID    string `json:"_id"`
}

// splitBulk takes the body of a _bulk request apart.
func splitBulk(body []byte) []bulkAction {
	var all []bulkAction
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte{'\n'})
		var named map[string]place
		if err := json.Unmarshal(line, &named); err != nil || len(named) != 1 {
			panic(fmt.Sprintf("the outlet sends what is no _bulk body: %v %.80q", err, line))
		}
		var a bulkAction
		for kind, at := range named {
			a.kind, a.at = kind, at
		}
		if a.kind != "delete" {
			_, rest, _ = bytes.Cut(rest, []byte{'\n'})
		}
		a.lines = body[:len(body)-len(rest)]
		all = append(all, a)
		body = rest
	}
	return all
}

// refused is the part of the answer that refuses the action for now.
func (a *bulkAction) refused() map[string]any {
	return map[string]any{a.kind: map[string]any{
		"_index": a.at.Index, "_id": a.at.ID, "status": http.StatusTooManyRequests,
		"error": map[string]any{"type": "rejected_execution_exception", "reason": "simulated"},
	}}
}
