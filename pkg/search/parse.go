package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// ErrNotOurs is returned for a _source that no outlet has written. Somebody else did: the document must be deleted and
// its items be read again.
var ErrNotOurs = errors.New("the document in the index is not one that outflow wrote")

// ParseDocument reads a _source as Source writes it, or as Script does, whose members are in any order. Bodies are kept
// digit for digit.
func ParseDocument(source []byte, lists []string) (Document, error) {
	var members map[string]json.RawMessage
	var meta reservedField
	if err := json.Unmarshal(source, &members); err != nil {
		return Document{}, fmt.Errorf("%w: it is no JSON object", ErrNotOurs)
	}
	if err := json.Unmarshal(members["outflow"], &meta); err != nil || meta.Version == nil {
		return Document{}, fmt.Errorf("%w: its field outflow says no version", ErrNotOurs)
	}
	delete(members, "outflow")
	d := Document{Entity: meta.Entity, version: *meta.Version, at: meta.moment(), model: meta.Model}
	if len(lists) == 0 {
		d.Parts = map[string]Part{Root: meta.part()}
		return d, d.setRoot(members, meta.Tenant)
	}
	d.Parts = make(map[string]Part, len(meta.Parts))
	for id, state := range meta.Parts {
		if state.Version == nil {
			return Document{}, fmt.Errorf("%w: its part %s has no version", ErrNotOurs, id)
		}
		d.Parts[id] = state.part()
	}
	if err := d.takeLists(members, lists); err != nil {
		return Document{}, err
	}
	return d, d.setRoot(members, meta.Tenant)
}

// partState is what is kept of a part beside its body.
type partState struct {
	Version *string
	Deleted bool
	Dropped []string
	Read    bool
	At      *time.Time
	Before  *time.Time
}

// reservedField is the field outflow. In a plain document it is the root's state, too.
type reservedField struct {
	partState
	Entity string
	Tenant string
	Model  string
	Parts  map[string]partState
}

// moment is the time of the state, zero where it has none.
func (s *partState) moment() time.Time {
	if s.At == nil {
		return time.Time{}
	}
	return *s.At
}

func (s *partState) part() Part {
	p := Part{Version: *s.Version, Deleted: s.Deleted, Dropped: s.Dropped, Read: s.Read}
	if s.Deleted || s.Read {
		p.At = s.moment()
	}
	if s.Before != nil {
		p.Before = *s.Before
	}
	return p
}

// takeLists gives the live parts their bodies: a list's elements are in the order of part ids.
func (d *Document) takeLists(members map[string]json.RawMessage, lists []string) error {
	elements := map[string][]json.RawMessage{}
	for _, list := range lists {
		if content := members[list]; content != nil {
			var all []json.RawMessage
			if err := json.Unmarshal(content, &all); err != nil {
				return fmt.Errorf("%w: its field %s is no list", ErrNotOurs, list)
			}
			elements[list] = all
		}
		delete(members, list)
	}
	for _, id := range slices.Sorted(maps.Keys(d.Parts)) {
		part, list := d.Parts[id], listOf(id)
		if list == "" || part.Deleted {
			continue
		}
		if len(elements[list]) == 0 {
			return fmt.Errorf("%w: its list %s has fewer elements than live parts", ErrNotOurs, list)
		}
		part.Body, elements[list] = elements[list][0], elements[list][1:]
		d.Parts[id] = part
	}
	for list, rest := range elements {
		if len(rest) > 0 {
			return fmt.Errorf("%w: its list %s has more elements than live parts", ErrNotOurs, list)
		}
	}
	return nil
}

// setRoot gives the root its body: what is left of the document.
func (d *Document) setRoot(members map[string]json.RawMessage, tenant string) error {
	root, known := d.Parts[Root]
	if !known || root.Deleted {
		if len(members) > 0 {
			return fmt.Errorf("%w: it has no root, and fields of one", ErrNotOurs)
		}
	} else {
		root.Body = appendObject(nil, members)
	}
	if known {
		root.Tenant = tenant
		d.Parts[Root] = root
	}
	return nil
}

// appendObject appends members as an object, sorted by name.
func appendObject(dst []byte, members map[string]json.RawMessage) []byte {
	dst = append(dst, '{')
	for i, name := range slices.SortedFunc(maps.Keys(members), jcs.Compare) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(jcs.AppendString(dst, name), ':'), members[name]...)
	}
	return append(dst, '}')
}
