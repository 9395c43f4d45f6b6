package search

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/model"
)

// metaFormat is the version of Meta. An index with a higher one was made by a newer release.
const metaFormat = 2

// Meta is what a physical index keeps of its own making, in its mapping's _meta under "outflow".
type Meta struct {
	Format     int          `json:"format"`
	Definition *model.Index `json:"definition"` // by which the index's documents are made
	Created    time.Time    `json:"created"`
	// Since is the time from which every change reaches the index: an older one is taken in by reading its item.
	Since   time.Time `json:"since"`
	Model   string    `json:"model"`             // version of the model that had the definition
	Retired bool      `json:"retired,omitempty"` // after a migration: nothing is written to it any more
}

// NewMeta is that of an index that is made now.
func NewMeta(index *model.Index, version string, now time.Time) Meta {
	now = now.UTC()
	return Meta{Format: metaFormat, Definition: index, Created: now, Since: now.Add(settleIn), Model: version}
}

// settleIn is how long after the making of an index every writer knows of it, and every clock says that it was made
// before: the outlets' Lease and the longest request, or clocks that differ by half of it.
const settleIn = time.Minute

type object = map[string]any

// IndexBody is the body that creates a physical index, with its write alias, and with the readers' alias where
// that is not "".
func IndexBody(physical, readAlias string, meta Meta) ([]byte, error) {
	mappings, err := mappings(meta)
	if err != nil {
		return nil, err
	}
	aliases := object{WriteAlias(physical, meta.Created): hiddenAlias()}
	if readAlias != "" {
		aliases[readAlias] = object{"filter": readFilter(meta.Definition)}
	}
	return json.Marshal(object{
		// Hidden, both the index and its write alias: a wildcard must find the readers' alias alone, since only that
		// is filtered.
		"settings": object{"index": object{"hidden": true, "analysis": decimalAnalysis()}},
		"mappings": mappings,
		"aliases":  aliases,
	})
}

func hiddenAlias() object { return object{"is_hidden": true} }

// mappings are the mappings of an index. Strict: what the definition does not declare is a fault, not a new field.
func mappings(meta Meta) (object, error) {
	properties, err := properties(meta.Definition)
	if err != nil {
		return nil, err
	}
	mappings := object{"dynamic": "strict", "_meta": object{"outflow": meta}, "properties": properties}
	if len(meta.Definition.Routing) > 0 {
		mappings["_routing"] = object{"required": true}
	}
	return mappings, nil
}

// properties are the fields of the index's documents: the root's, the lists that parts make, and the reserved one.
func properties(index *model.Index) (object, error) {
	all, err := sourceProperties(&index.Root)
	if err != nil {
		return nil, fmt.Errorf("mapping of index %s: %w", index.Name, err)
	}
	for i := range index.Parts {
		part, err := sourceProperties(&index.Parts[i])
		if err != nil {
			return nil, fmt.Errorf("mapping of index %s: %s: %w", index.Name, index.Parts[i].Field, err)
		}
		all[index.Parts[i].Field] = object{"type": "nested", "properties": part}
	}
	if field, ok := all[index.Expires].(object); ok {
		addSubField(field, expiresField, dateMapping())
	}
	all["outflow"] = reserved()
	return all, nil
}

// expiresField is the sub-field by which readers compare the time to live with now, also where the model names the field
// for display only.
const expiresField = "expires"

// reserved is the field outflow. The versions of parts are kept, not indexed: their ids are data.
func reserved() object {
	return object{"properties": object{
		"entity":    keyword(),
		"version":   object{"type": "keyword", "index": false},
		"at":        object{"type": "date"},
		"deleted":   object{"type": "boolean"},
		"tenant":    keyword(),
		"model":     keyword(),
		"dropped":   keyword(),
		"tombstone": object{"type": "date"}, // the oldest of the document's, by which a purge finds it
		"read":      object{"type": "boolean"},
		"before":    object{"type": "date", "index": false},
		"parts":     object{"type": "object", "enabled": false},
	}}
}

// readFilter is the filter of the readers' alias: no tombstones, no hidden documents, nothing that has expired. Times to
// live of more than five years ago do not count, since DynamoDB takes them for a mistake and keeps the item
// (Amazon DynamoDB Developer Guide, Using time to live).
func readFilter(index *model.Index) object {
	filter := object{"filter": []any{object{"term": object{"outflow.deleted": false}}}}
	if index.Expires != "" {
		ago := object{"gt": "now-5y", "lte": "now"}
		filter["must_not"] = []any{object{"range": object{index.Expires + "." + expiresField: ago}}}
	}
	return object{"bool": filter}
}
