package searchsim

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// action is the metadata line of an action of _bulk.
type action struct {
	Index        string `json:"_index"`
	ID           string `json:"_id"`
	Routing      string `json:"routing"`
	RequireAlias bool   `json:"require_alias"`
	Seq          *int64 `json:"if_seq_no"`
	Term         *int64 `json:"if_primary_term"`
}

// bulk answers _bulk, action by action.
func (d *Domain) bulk(body []byte) (int, any) {
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	var items []map[string]item
	for len(lines) > 0 {
		var line map[string]action
		if err := json.Unmarshal(lines[0], &line); err != nil || len(line) != 1 {
			return http.StatusBadRequest, failure("parse_exception", "malformed action of _bulk")
		}
		lines = lines[1:]
		for kind, a := range line {
			var content []byte
			if kind != "delete" {
				if len(lines) == 0 {
					return http.StatusBadRequest, failure("parse_exception", "an action of _bulk has no content")
				}
				content, lines = lines[0], lines[1:]
			}
			items = append(items, map[string]item{kind: d.act(kind, &a, content).item(&a)})
		}
	}
	return http.StatusOK, map[string][]map[string]item{"items": items}
}

// item is the answer to one action.
type item struct {
	Index  string `json:"_index"`
	ID     string `json:"_id"`
	Status int    `json:"status"`
	Result string `json:"result,omitempty"`
	Error  *fault `json:"error,omitempty"`
}

// acted is what became of an action.
type acted struct {
	status int
	result string
	fault  *fault
}

func (r acted) item(a *action) item {
	return item{Index: a.Index, ID: a.ID, Status: r.status, Result: r.result, Error: r.fault}
}

func refused(status int, kind, reason string) acted {
	return acted{status: status, fault: &fault{Type: kind, Reason: reason}}
}

func (d *Domain) act(kind string, a *action, content []byte) acted {
	at := d.resolve(a.Index)
	if at == nil || a.RequireAlias && at.name == a.Index {
		return refused(http.StatusNotFound, "index_not_found_exception", "no such index ["+a.Index+"] and [require_alias] request flag is [true]")
	}
	have := at.documents[a.ID]
	if reason := a.conflict(kind, have); reason != "" {
		return refused(http.StatusConflict, "version_conflict_engine_exception", reason)
	}
	switch kind {
	case "update":
		return d.update(at, a, content)
	case "index", "create":
		return d.put(at, a, content)
	case "delete":
		at.seq++
		delete(at.documents, a.ID)
		if have == nil {
			return acted{status: http.StatusNotFound, result: "not_found"}
		}
		return acted{status: http.StatusOK, result: "deleted"}
	}
	return refused(http.StatusNotImplemented, "not_simulated", "action "+kind)
}

// conflict says why an action meets another document than it is for; "" where it does not.
func (a *action) conflict(kind string, have *document) string {
	switch {
	case kind == "create" && have != nil:
		return "document already exists"
	case a.Seq == nil:
		return ""
	case have == nil || a.Term == nil || have.seq != *a.Seq || *a.Term != primaryTerm:
		return "the document has another sequence number"
	}
	return ""
}

func (d *Domain) put(at *index, a *action, source []byte) acted {
	if d.Refuse != nil {
		if reason := d.Refuse(at.name, a.ID, source); reason != "" {
			return refused(http.StatusBadRequest, "mapper_parsing_exception", reason)
		}
	}
	result := acted{status: http.StatusOK, result: "updated"}
	if at.documents[a.ID] == nil {
		result = acted{status: http.StatusCreated, result: "created"}
	}
	at.seq++
	at.documents[a.ID] = &document{source: bytes.Clone(source), routing: a.Routing, seq: at.seq}
	return result
}
