package search

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Document is one document as an index keeps it, and the guard's rule in Go: what Script does inside OpenSearch.
// The zero Document is one that does not exist.
type Document struct {
	Entity string
	Parts  map[string]Part // by Root and "<list>/<part id>", tombstones too
	latest Operation       // the newest operation applied: its version, time and model are the document's
}

// Part is the newest known state of one part.
type Part struct {
	Version string
	Deleted bool
	Tenant  string
	Body    []byte // nil for a tombstone
	Dropped []string
}

// Apply lets each operation take effect if its version is newer than its part's, and says whether any did.
// Applying is idempotent, and the order of operations makes no difference to where it ends.
func (d *Document) Apply(ops ...Operation) bool {
	applied := false
	for _, op := range ops {
		if op.Version <= d.Parts[op.Part].Version {
			continue
		}
		if d.Parts == nil {
			d.Entity, d.Parts = op.Entity, map[string]Part{}
		}
		d.Parts[op.Part] = Part{op.Version, op.Deleted, op.Tenant, op.Body, op.Dropped}
		if op.Version > d.latest.Version {
			d.latest = op
		}
		applied = true
	}
	return applied
}

// Open says whether one of the operations is open at the time now: it would make a part of which nothing is known,
// and is older than the floor or nearly the horizon, so that a tombstone that forbids it may be missing. Then none of
// them may be applied together with it. With a zero floor none is open.
func (d *Document) Open(floor, now time.Time, ops ...Operation) bool {
	for _, op := range ops {
		if _, known := d.Parts[op.Part]; known || op.Deleted || floor.IsZero() {
			continue
		}
		if op.At.Before(floor) || op.At.Before(now.Add(day-Horizon)) {
			return true
		}
	}
	return false
}

// Visible says whether readers see the document: its root is there.
func (d *Document) Visible() bool {
	root, known := d.Parts[Root]
	return known && !root.Deleted
}

// Version is the highest version that any part has: it never falls.
func (d *Document) Version() string { return d.latest.Version }

// Lists returns the names of the lists that the index's parts make, sorted.
func Lists(index *model.Index) []string {
	var lists []string
	for _, part := range index.Parts {
		lists = append(lists, part.Field)
	}
	slices.Sort(lists)
	return slices.Compact(lists)
}

// Source is the document's _source: the root's fields, the lists rebuilt from their live parts in the order of part
// ids, and the reserved field. A document that does not exist has none.
func (d *Document) Source(lists []string) []byte {
	if d.Parts == nil {
		return nil
	}
	out := []byte{'{'}
	if root := d.Parts[Root]; len(root.Body) > len("{}") {
		out = append(append(out, root.Body[1:len(root.Body)-1]...), ',')
	}
	for _, list := range lists {
		if elements := d.elements(list); len(elements) > 0 {
			out = append(append(jcs.AppendString(out, list), ':', '['), elements...)
			out = append(out, ']', ',')
		}
	}
	out = append(out, `"outflow":`...)
	return append(d.appendReserved(out, lists), '}')
}

// elements are the bodies of the list's live parts, joined by commas.
func (d *Document) elements(list string) []byte {
	var bodies [][]byte
	for _, id := range slices.Sorted(maps.Keys(d.Parts)) {
		if part := d.Parts[id]; !part.Deleted && strings.HasPrefix(id, list+"/") {
			bodies = append(bodies, part.Body)
		}
	}
	return bytes.Join(bodies, []byte{','})
}

// appendReserved appends the field outflow. Parts are told apart only where the index has lists.
func (d *Document) appendReserved(dst []byte, lists []string) []byte {
	dst = append(dst, `{"entity":`...)
	dst = jcs.AppendString(dst, d.Entity)
	dst = append(dst, `,"version":`...)
	dst = jcs.AppendString(dst, d.latest.Version)
	dst = append(dst, `,"at":`...)
	dst = jcs.AppendTimeOrNull(dst, d.latest.At)
	dst = append(dst, `,"deleted":`...)
	dst = strconv.AppendBool(dst, !d.Visible())
	dst = append(dst, `,"tenant":`...)
	dst = jcs.AppendStringOrNull(dst, d.Parts[Root].Tenant)
	dst = append(dst, `,"model":`...)
	dst = jcs.AppendString(dst, d.latest.Model)
	dst = append(dst, `,"dropped":`...)
	dst = jcs.AppendStrings(dst, d.dropped())
	if len(lists) > 0 {
		dst = append(dst, `,"parts":{`...)
		for i, id := range slices.Sorted(maps.Keys(d.Parts)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(jcs.AppendString(dst, id), ':')
			dst = d.Parts[id].appendState(dst)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func (p Part) appendState(dst []byte) []byte {
	dst = append(dst, `{"version":`...)
	dst = jcs.AppendString(dst, p.Version)
	dst = append(dst, `,"deleted":`...)
	dst = strconv.AppendBool(dst, p.Deleted)
	dst = append(dst, `,"dropped":`...)
	return append(jcs.AppendStrings(dst, p.Dropped), '}')
}

// dropped names what was left out of the live parts: the root's fields by path, a part's as "<list>.<path>".
func (d *Document) dropped() []string {
	var all []string
	for id, part := range d.Parts {
		for _, path := range part.Dropped {
			if list, _, isPart := strings.Cut(id, "/"); isPart {
				path = list + "." + path
			}
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
