package searchsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/search"
)

// call is the call of the stored script.
type call struct {
	Script struct {
		ID     string
		Params struct {
			Entity string
			Lists  []string
			Ops    []operation
		}
	}
}

type operation struct {
	Part, Version, Model string
	At                   *time.Time
	Deleted, Old         bool
	Tenant               *string
	Dropped              []string
	Body                 json.RawMessage
}

// update does what the stored script does.
func (d *Domain) update(at *index, a *action, content []byte) acted {
	var c call
	if err := json.Unmarshal(content, &c); err != nil {
		return refused(http.StatusBadRequest, "parse_exception", err.Error())
	}
	p := &c.Script.Params
	if !d.scripts[c.Script.ID] {
		return failedScript(fault{Type: "resource_not_found_exception", Reason: "unable to find script [" + c.Script.ID + "] in cluster state"})
	}
	have := at.documents[a.ID]
	document, err := have.parse(p.Lists)
	if err != nil {
		return thrown("null_pointer_exception", err.Error())
	}
	ops := make([]search.Operation, len(p.Ops))
	for i := range p.Ops {
		ops[i] = p.Ops[i].operation(p.Entity, a.ID)
	}
	switch {
	case document.Open(ops...):
		return thrown("illegal_argument_exception", "outflow: open")
	case document.Crowded(ops...):
		return thrown("illegal_argument_exception", "outflow: too many parts")
	case !document.Apply(ops...):
		return acted{status: http.StatusOK, result: "noop"}
	}
	done := d.put(at, a, document.Source(p.Lists))
	if done.fault == nil {
		at.documents[a.ID].lists, at.documents[a.ID].parsed = p.Lists, document
	} else if have != nil {
		have.parsed = nil // the operations were applied to it
	}
	return done
}

// parse is the document as the script sees it, an empty one where there is none.
func (h *document) parse(lists []string) (*search.Document, error) {
	if h == nil {
		return &search.Document{}, nil
	}
	if h.parsed != nil && slices.Equal(h.lists, lists) {
		return h.parsed, nil
	}
	document, err := search.ParseDocument(h.source, lists)
	return &document, err
}

func (o *operation) operation(entity, id string) search.Operation {
	op := search.Operation{
		Entity: entity, ID: id, Part: o.Part, Version: o.Version, Model: o.Model, Deleted: o.Deleted, Dropped: o.Dropped, Body: o.Body,
		Old: o.Old,
	}
	if o.At != nil {
		op.At = *o.At
	}
	if o.Tenant != nil {
		op.Tenant = *o.Tenant
	}
	return op
}

// thrown is a script that throws.
func thrown(kind, reason string) acted {
	return failedScript(fault{Type: "script_exception", Reason: "runtime error", Cause: &fault{Type: kind, Reason: reason}})
}

func failedScript(cause fault) acted {
	return acted{status: http.StatusBadRequest, fault: &fault{
		Type: "illegal_argument_exception", Reason: "failed to execute script", Cause: &cause,
	}}
}
