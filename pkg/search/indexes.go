package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Physical is an index as OpenSearch has it.
type Physical struct {
	Meta
	Name    string
	Number  int
	aliases map[string]object // by name; a filtered one has the member filter
}

// WriteAlias is the alias that every write to the index names.
func (p *Physical) WriteAlias() string { return WriteAlias(p.Name, p.Created) }

// Indexes finds, creates and keeps right the physical indexes of definitions.
type Indexes struct {
	Client *Client
	Prefix string // "<name>-<stage>-"
	Model  string // version of the model
	Now    func() time.Time
}

// Live returns the indexes of a definition that are to be written to, by number: normally one, two during a migration,
// each with its write alias, and one of them with the readers' alias. It creates the first where there is none, and
// gives the newest the wanted definition where that can be done in place; differs (a *DifferenceError) says that it
// cannot. It may be called by many processes at once.
func (x *Indexes) Live(ctx context.Context, wanted *model.Index) (live []Physical, differs error, err error) {
	all, err := x.list(ctx, wanted.Name)
	if err == nil && len(all) == 0 {
		all, err = x.create(ctx, wanted)
	}
	if err != nil {
		return nil, nil, err
	}
	live = slices.DeleteFunc(slices.Clone(all), func(p Physical) bool { return p.Retired })
	if len(live) == 0 {
		return nil, nil, fmt.Errorf("all indexes of %s are retired: run outflow search migrate %s to make a new one",
			wanted.Name, wanted.Name)
	}
	if differs, err = x.define(ctx, &live[len(live)-1], wanted); err != nil {
		return nil, nil, err
	}
	return live, differs, x.restoreAliases(ctx, wanted.Name, all, live)
}

// list returns all physical indexes of a definition by number, retired ones too.
func (x *Indexes) list(ctx context.Context, index string) ([]Physical, error) {
	base := x.Prefix + index + "-"
	content, err := x.Client.call(ctx, request{method: http.MethodGet, path: "/" + base + "*", query: "expand_wildcards=all"})
	if err != nil {
		return nil, fmt.Errorf("find the indexes of %s: %w", index, err)
	}
	var found map[string]struct {
		Aliases  map[string]object
		Mappings struct {
			Meta struct{ Outflow *Meta } `json:"_meta"`
		}
	}
	if err := json.Unmarshal(content, &found); err != nil {
		return nil, fmt.Errorf("find the indexes of %s: read the answer: %w", index, err)
	}
	var all []Physical
	for name, f := range found {
		number, ours := indexNumber(base, name)
		if !ours {
			continue
		}
		if err := checkMeta(name, index, f.Mappings.Meta.Outflow); err != nil {
			return nil, err
		}
		all = append(all, Physical{*f.Mappings.Meta.Outflow, name, number, f.Aliases})
	}
	slices.SortFunc(all, func(a, b Physical) int { return a.Number - b.Number })
	return all, nil
}

// indexNumber takes the number from the name of a physical index. The wildcard also finds those of a definition whose
// name begins alike.
func indexNumber(base, name string) (int, bool) {
	digits, _ := strings.CutPrefix(name, base)
	number, err := strconv.Atoi(digits)
	return number, err == nil && number > 0 && name == fmt.Sprintf("%s%06d", base, number)
}

func checkMeta(name, index string, meta *Meta) error {
	switch {
	case meta == nil || meta.Definition == nil:
		return fmt.Errorf("index %s was not made by outflow: its mapping says nothing of the definition; move what is "+
			"in it elsewhere and delete it", name)
	case meta.Format < metaFormat:
		return fmt.Errorf("index %s has format %d, which this outflow (format %d) no longer writes: delete it and backfill %s",
			name, meta.Format, metaFormat, index)
	case meta.Format > metaFormat:
		return fmt.Errorf("index %s has format %d and this outflow knows %d: deploy the release that made it",
			name, meta.Format, metaFormat)
	case meta.Definition.Name != index:
		return fmt.Errorf("index %s says that it holds %s, not %s; delete it and backfill %s", name, meta.Definition.Name, index, index)
	}
	return nil
}

// create makes the first index of a definition, or finds the one that another process has made just before.
func (x *Indexes) create(ctx context.Context, index *model.Index) ([]Physical, error) {
	name := IndexName(x.Prefix, index.Name, 1)
	body, err := IndexBody(name, ReadAlias(x.Prefix, index.Name), NewMeta(index, x.Model, x.Now()))
	if err != nil {
		return nil, err
	}
	_, err = x.Client.call(ctx, request{method: http.MethodPut, path: "/" + name, body: body})
	var status *StatusError
	made := errors.As(err, &status) && status.Type == "resource_already_exists_exception" // by another process
	if err != nil && !made {
		return nil, fmt.Errorf("create index %s: %w", name, err)
	}
	all, err := x.list(ctx, index.Name)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("index %s was created and is gone again: something deletes it", name)
	}
	return all, err
}

// define gives an index the wanted definition, if it has another and can take this one in place.
func (x *Indexes) define(ctx context.Context, p *Physical, wanted *model.Index) (differs, err error) {
	same, differences, err := Compare(p.Definition, wanted)
	if err != nil || same {
		return nil, err
	}
	if len(differences) > 0 {
		return &DifferenceError{p.Name, wanted.Name, differences}, nil
	}
	next := p.Meta
	next.Definition, next.Model = wanted, x.Model
	mappings, err := mappings(next)
	if err != nil {
		return nil, err
	}
	delete(mappings, "_routing") // cannot be put again, and is the same
	if err := x.put(ctx, "/"+p.Name+"/_mapping", mappings); err != nil {
		return nil, fmt.Errorf("put the definition of %s in place: %w", p.Name, err)
	}
	p.Meta = next
	return nil, nil
}

// restoreAliases puts what is missing: each live index's write alias, and the readers' alias with the filter of the
// index that has it; where none has it, on the oldest live one, which was complete before the others.
func (x *Indexes) restoreAliases(ctx context.Context, index string, all, live []Physical) error {
	read := ReadAlias(x.Prefix, index)
	var actions []object
	add := func(p *Physical, alias string, with object) {
		with["index"], with["alias"] = p.Name, alias
		actions = append(actions, object{"add": with})
	}
	for i := range live {
		if _, has := live[i].aliases[live[i].WriteAlias()]; !has {
			add(&live[i], live[i].WriteAlias(), hiddenAlias())
		}
	}
	reader := slices.IndexFunc(all, func(p Physical) bool { return p.aliases[read] != nil })
	p := &live[0]
	if reader >= 0 {
		p = &all[reader]
	}
	if n := slices.IndexFunc(live, func(l Physical) bool { return l.Name == p.Name }); n >= 0 {
		p = &live[n] // its definition may be new
	}
	filter, err := tree(readFilter(p.Definition))
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(p.aliases[read]["filter"], filter) {
		add(p, read, object{"filter": filter})
	}
	if len(actions) == 0 {
		return nil
	}
	if err := x.post(ctx, "/_aliases", object{"actions": actions}); err != nil {
		return fmt.Errorf("restore the aliases of %s: %w", index, err)
	}
	return nil
}

func (x *Indexes) put(ctx context.Context, path string, body any) error {
	return x.send(ctx, http.MethodPut, path, body)
}

func (x *Indexes) post(ctx context.Context, path string, body any) error {
	return x.send(ctx, http.MethodPost, path, body)
}

func (x *Indexes) send(ctx context.Context, method, path string, body any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	_, err = x.Client.call(ctx, request{method: method, path: path, body: content})
	return err
}
