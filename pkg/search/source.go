package search

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

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
	ids := slices.Sorted(maps.Keys(d.Parts))
	for _, list := range lists {
		if elements := d.elements(ids, list); len(elements) > 0 {
			out = append(append(jcs.AppendString(out, list), ':', '['), elements...)
			out = append(out, ']', ',')
		}
	}
	out = append(out, `"outflow":`...)
	return append(d.appendReserved(out, ids, len(lists) > 0), '}')
}

// elements are the bodies of the list's live parts, joined by commas.
func (d *Document) elements(ids []string, list string) []byte {
	var bodies [][]byte
	for _, id := range ids {
		if part := d.Parts[id]; !part.Deleted && listOf(id) == list {
			bodies = append(bodies, part.Body)
		}
	}
	return bytes.Join(bodies, []byte{','})
}

// appendReserved appends the field outflow. Parts are told apart only in an assembled document; in a plain one what is
// to be known of the root's state stands in the field itself.
func (d *Document) appendReserved(dst []byte, ids []string, assembled bool) []byte {
	root := d.Parts[Root]
	dst = append(dst, `{"entity":`...)
	dst = jcs.AppendString(dst, d.Entity)
	dst = append(dst, `,"version":`...)
	dst = jcs.AppendString(dst, d.version)
	dst = append(dst, `,"at":`...)
	dst = jcs.AppendTimeOrNull(dst, d.at)
	dst = append(dst, `,"deleted":`...)
	dst = strconv.AppendBool(dst, !d.Visible())
	dst = append(dst, `,"tenant":`...)
	dst = jcs.AppendStringOrNull(dst, root.Tenant)
	dst = append(dst, `,"model":`...)
	dst = jcs.AppendString(dst, d.model)
	dst = append(dst, `,"dropped":`...)
	dst = jcs.AppendStrings(dst, d.dropped())
	if at := d.oldestTombstone(); len(at) > 0 {
		dst = append(append(dst, `,"tombstone":`...), at...)
	}
	if !assembled {
		return append(root.appendRead(dst), '}')
	}
	dst = append(dst, `,"parts":{`...)
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jcs.AppendString(dst, id), ':')
		dst = d.Parts[id].appendState(dst)
	}
	return append(dst, '}', '}')
}

func (p Part) appendState(dst []byte) []byte {
	dst = append(dst, `{"version":`...)
	dst = jcs.AppendString(dst, p.Version)
	dst = append(dst, `,"deleted":`...)
	dst = strconv.AppendBool(dst, p.Deleted)
	dst = append(dst, `,"dropped":`...)
	dst = jcs.AppendStrings(dst, p.Dropped)
	if p.Deleted || p.Read {
		dst = jcs.AppendTimeOrNull(append(dst, `,"at":`...), p.At)
	}
	return append(p.appendRead(dst), '}')
}

// appendRead appends what only a read state has.
func (p Part) appendRead(dst []byte) []byte {
	if !p.Read {
		return dst
	}
	dst = append(dst, `,"read":true`...)
	if !p.Before.IsZero() {
		dst = jcs.AppendTimeOrNull(append(dst, `,"before":`...), p.Before)
	}
	return dst
}

// oldestTombstone is the least time of a deleted part, as it is written; nil where there is none. A purge finds
// documents by it.
func (d *Document) oldestTombstone() []byte {
	var oldest []byte
	for _, part := range d.Parts {
		if !part.Deleted || part.At.IsZero() {
			continue
		}
		if at := jcs.AppendTimeOrNull(nil, part.At); oldest == nil || bytes.Compare(at, oldest) < 0 {
			oldest = at
		}
	}
	return oldest
}

// dropped names what was left out of the live parts: the root's fields by path, a part's as "<list>.<path>".
func (d *Document) dropped() []string {
	var all []string
	for id, part := range d.Parts {
		for _, path := range part.Dropped {
			if list := listOf(id); list != "" {
				path = list + "." + path
			}
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
