package search

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// foundIndex is an index as the domain describes it.
type foundIndex struct {
	name     string
	number   int // 0 for one that has not the name of a physical index
	Aliases  map[string]object
	Mappings struct {
		Meta       struct{ Outflow *Meta } `json:"_meta"`
		Dynamic    any                     // "strict"; OpenSearch also takes and gives booleans
		Routing    struct{ Required bool } `json:"_routing"`
		Properties object
	}
}

func (f *foundIndex) meta() *Meta { return f.Mappings.Meta.Outflow }

func (f *foundIndex) writeAlias() string { return WriteAlias(f.name, f.meta().Created) }

// find returns the physical indexes of a definition by number, and an index that stands where its readers' alias should.
func (p *Planner) find(ctx context.Context, index string) ([]foundIndex, error) {
	read := ReadAlias(p.Prefix, index)
	byName, err := p.get(ctx, read+","+read+"-*")
	if err != nil {
		return nil, err
	}
	var all []foundIndex
	for name, f := range byName {
		number, ours := indexNumber(read+"-", name)
		if !ours && name != read && f.Aliases[read] == nil {
			continue // another definition's whose name begins alike
		}
		f.name = name
		if ours {
			f.number = number
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b foundIndex) int { return a.number - b.number })
	return all, nil
}

// get describes the indexes that a list of names and patterns finds; none is no error.
func (p *Planner) get(ctx context.Context, names string) (map[string]foundIndex, error) {
	content, err := p.Client.call(ctx, request{
		method: http.MethodGet, path: "/" + names, query: "expand_wildcards=all&ignore_unavailable=true",
	})
	if err != nil {
		return nil, fmt.Errorf("find the indexes %s: %w", names, err)
	}
	var byName map[string]foundIndex
	if err := json.Unmarshal(content, &byName); err != nil {
		return nil, fmt.Errorf("find the indexes %s: read the answer: %w", names, err)
	}
	return byName, nil
}

// foreign says which indexes are not the definition's, though they stand where its own do.
func (p *Planner) foreign(all []foundIndex, index string) []string {
	read := ReadAlias(p.Prefix, index)
	var found []string
	for _, f := range all {
		switch err := checkMeta(f.name, index, f.meta()); {
		case f.name == read:
			found = append(found, fmt.Sprintf("%s is an index, and should be the readers' alias: something wrote to it by that name "+
				"and OpenSearch made it; move what is in it elsewhere and delete it", f.name))
		case f.number == 0:
			found = append(found, fmt.Sprintf("the readers' alias %s is also on %s, which is none of its indexes; take it off", read, f.name))
		case err != nil:
			found = append(found, err.Error())
		}
	}
	return found
}
