package searchsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/search"
)

// Domain is one domain. The zero Domain with a clock is empty and ready. It is safe for concurrent use.
type Domain struct {
	Now func() time.Time
	// Refuse returns the text of a mapper_parsing_exception for a document that the index's mapping refuses, "" for
	// others; nil refuses none.
	Refuse func(index, id string, source []byte) string

	mu      sync.Mutex
	indexes map[string]*index
	scripts map[string]bool
}

// index is a physical index.
type index struct {
	name      string
	settings  json.RawMessage
	mappings  map[string]json.RawMessage
	aliases   map[string]map[string]json.RawMessage
	documents map[string]*document
	seq       int64 // of the last write
}

// document is a document as it is stored.
type document struct {
	source  []byte
	routing string
	seq     int64

	lists  []string         // by which parsed was made
	parsed *search.Document // source as the script sees it, so that not every call of the script reads it; nil if unknown
}

// primaryTerm is that of every shard: none ever fails.
const primaryTerm = 1

// object is a JSON object to be written.
type object = map[string]any

// RoundTrip implements http.RoundTripper.
func (d *Domain) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	status, answer := d.serve(r.Method, r.URL.Path, body)
	return respond(r, status, answer)
}

// serve answers one call.
func (d *Domain) serve(method, at string, body []byte) (int, any) {
	dir, last := path.Split(strings.TrimPrefix(at, "/"))
	switch dir = strings.TrimSuffix(dir, "/"); {
	case method == http.MethodPost && at == "/_bulk":
		return d.bulk(body)
	case method == http.MethodPost && at == "/_mget":
		return d.mget(body)
	case method == http.MethodPost && at == "/_aliases":
		return d.changeAliases(body)
	case method == http.MethodPut && dir == "_scripts":
		d.putScript(last)
		return http.StatusOK, object{"acknowledged": true}
	case method == http.MethodPost && last == "_search":
		return d.search(dir, body)
	case method == http.MethodPut && last == "_mapping":
		return d.putMapping(dir, body)
	case method == http.MethodPut && dir == "":
		return d.create(last, body)
	case method == http.MethodGet && dir == "":
		return d.find(last)
	}
	return http.StatusNotImplemented, failure("not_simulated", method+" "+at)
}

func (d *Domain) putScript(id string) {
	if d.scripts == nil {
		d.scripts = map[string]bool{}
	}
	d.scripts[id] = true
}

func (d *Domain) create(name string, body []byte) (int, any) {
	if d.indexes[name] != nil {
		return http.StatusBadRequest, failure("resource_already_exists_exception", "index ["+name+"] already exists")
	}
	var made struct {
		Settings json.RawMessage
		Mappings map[string]json.RawMessage
		Aliases  map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(body, &made); err != nil {
		return http.StatusBadRequest, failure("parse_exception", err.Error())
	}
	if d.indexes == nil {
		d.indexes = map[string]*index{}
	}
	if made.Aliases == nil {
		made.Aliases = map[string]map[string]json.RawMessage{}
	}
	d.indexes[name] = &index{
		name: name, settings: made.Settings, mappings: made.Mappings, aliases: made.Aliases, documents: map[string]*document{},
	}
	return http.StatusOK, object{"acknowledged": true}
}

// putMapping replaces the members that it is given: what a definition adds is in it beside all that was there.
func (d *Domain) putMapping(name string, body []byte) (int, any) {
	at := d.resolve(name)
	if at == nil {
		return http.StatusNotFound, missing(name)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return http.StatusBadRequest, failure("parse_exception", err.Error())
	}
	maps.Copy(at.mappings, members)
	return http.StatusOK, object{"acknowledged": true}
}

func (d *Domain) changeAliases(body []byte) (int, any) {
	var asked struct {
		Actions []map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return http.StatusBadRequest, failure("parse_exception", err.Error())
	}
	for _, action := range asked.Actions {
		for kind, with := range action {
			var name, alias string
			if json.Unmarshal(with["index"], &name) != nil || json.Unmarshal(with["alias"], &alias) != nil || d.indexes[name] == nil {
				return http.StatusNotFound, missing(name)
			}
			delete(with, "index")
			delete(with, "alias")
			switch kind {
			case "add":
				d.indexes[name].aliases[alias] = with
			case "remove":
				delete(d.indexes[name].aliases, alias)
			default:
				return http.StatusNotImplemented, failure("not_simulated", "alias action "+kind)
			}
		}
	}
	return http.StatusOK, object{"acknowledged": true}
}

// find answers GET of a name that may end with a star.
func (d *Domain) find(pattern string) (int, any) {
	found := object{}
	prefix, wild := strings.CutSuffix(pattern, "*")
	for name, at := range d.indexes {
		if name == pattern || wild && strings.HasPrefix(name, prefix) {
			found[name] = object{"aliases": at.aliases, "mappings": at.mappings, "settings": at.settings}
		}
	}
	if len(found) == 0 && !wild {
		return http.StatusNotFound, missing(pattern)
	}
	return http.StatusOK, found
}

// resolve returns the index of a name or alias, nil where there is not exactly one.
func (d *Domain) resolve(name string) *index {
	if at := d.indexes[name]; at != nil {
		return at
	}
	var found []*index
	for _, n := range slices.Sorted(maps.Keys(d.indexes)) {
		if _, has := d.indexes[n].aliases[name]; has {
			found = append(found, d.indexes[n])
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}
