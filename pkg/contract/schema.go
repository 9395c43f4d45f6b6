package contract

import (
	"slices"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Openness says what a schema makes of members that it does not name.
type Openness bool

// The kinds of schemas.
const (
	Open   Openness = true  // they pass: for readers, whose schema of today must take what is added tomorrow
	Closed Openness = false // they are refused: exactly what package publish sends
)

// object is a JSON object; encoding sorts its members.
type object = map[string]any

// Schema is the JSON Schema 2020-12 of the event as EventBridge delivers it.
func (c *Contract) Schema(e *Event, o Openness) []byte {
	body := schemas{c, o}.event(e)
	body["$comment"] = Marker
	body["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	body["$id"] = "urn:outflow:" + c.Model + ":" + e.Title()
	return encode(body)
}

// maxRegistryContent is the most characters of a schema in EventBridge's registry (CreateSchema in the Amazon
// EventBridge Schema Registry API Reference).
const maxRegistryContent = 100_000

// Registry is the copy for EventBridge's schema registry, which takes JSON Schema draft 4 (type JSONSchemaDraft4), of
// all schema numbers of one detail-type, which are one entry of the registry. It is open, and on one line where it
// would be too long for the registry otherwise.
func (c *Contract) Registry(name string) []byte {
	all := []any{}
	for i := range c.Events {
		if c.Events[i].Name == name {
			all = append(all, schemas{c, Open}.event(&c.Events[i]))
		}
	}
	body := object{"type": "object", "title": name, "oneOf": all}
	if len(all) == 1 {
		body = all[0].(object)
	}
	body["$comment"] = Marker
	body["$schema"] = "http://json-schema.org/draft-04/schema#"
	body["x-amazon-events-source"] = c.Source
	body["x-amazon-events-detail-type"] = name
	if indented := encode(body); len(indented) <= maxRegistryContent {
		return indented
	}
	return append(encodeLine(body), '\n')
}

// schemas makes schemas of what drafts 4, 7 and 2020-12 read alike: enum for const, no $defs, no conditions.
type schemas struct {
	*Contract
	openness Openness
}

func (s schemas) event(e *Event) object {
	return object{
		"type": "object", "title": e.Title(), "description": e.Words(),
		"required": []string{"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"},
		"properties": object{
			"version":     text("Of the envelope."),
			"id":          text("Of this delivery: EventBridge's own, not the one to deduplicate by."),
			"detail-type": only(e.Name),
			"source":      only(s.Source),
			"account":     text(""),
			"time":        withType(timestampSchema(), "", "Of the change, in whole seconds."),
			"region":      text(""),
			"resources":   object{"type": "array", "items": text("")},
			"replay-name": text("Only where an archive of the bus is replayed."),
			"detail":      s.detail(e),
		},
	}
}

// detail is either whole, or has a claim in place of all but metadata.
func (s schemas) detail(e *Event) object {
	return s.closed(object{
		"type": "object", "required": []string{"metadata"},
		"properties": object{
			"metadata": s.metadata(e),
			"data":     s.fields(e.Data),
			"changed":  s.changed(e),
			"before":   s.before(e),
		},
		"oneOf": []any{
			object{"title": "Whole", "required": []string{"data", "changed", "before"},
				"properties": object{"metadata": object{"not": required("claim")}}},
			object{"title": "Claimed", "properties": object{"metadata": required("claim")},
				"not": object{"anyOf": []any{required("data"), required("changed"), required("before")}}},
		},
	})
}

func (s schemas) metadata(e *Event) object {
	properties := object{
		"id":            object{"type": "string", "format": "uuid", "pattern": uuidPattern, "description": "Deduplicate by this."},
		"type":          only(e.Name),
		"schema":        only(e.Schema),
		"time":          withType(timestampSchema(), "", "Of the change."),
		"entity":        only(e.Entity),
		"key":           s.fields(e.Key),
		"itemVersion":   object{"type": "string", "pattern": "^[^/]+/[0-9]{40}$", "description": "Orders the events of one item, as text."},
		"operation":     object{"type": "string", "enum": e.Change},
		"cause":         object{"type": "string", "enum": []string{"user", "ttl"}},
		"actor":         nullableText("Who made the change, where the change itself proves it."),
		"correlationId": nullableText("The request that made the change, where it says so."),
		"tenant":        nullableText(""),
		"replayed":      object{"type": "boolean"},
		"claim":         s.claim(),
	}
	names := []string{"id", "type", "schema", "time", "entity", "key", "itemVersion", "operation", "cause", "actor",
		"correlationId", "tenant", "replayed"}
	if s.Revision {
		properties["revision"] = object{"type": []string{"integer", "null"}}
		properties["previousRevision"] = object{"type": []string{"integer", "null"}}
		names = append(names, "previousRevision", "revision")
	}
	slices.Sort(names)
	return s.closed(object{"type": "object", "required": names, "properties": properties})
}

func (s schemas) claim() object {
	return s.closed(object{
		"type": "object", "required": []string{"bucket", "key", "sha256", "size"},
		"description": "Where the whole detail is, which is too large for the bus.",
		"properties": object{
			"bucket": text("An S3 bucket."),
			"key":    text("Of the object."),
			"size":   object{"type": "integer", "minimum": 0, "description": "In bytes."},
			"sha256": object{"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of the object's bytes."},
		},
	})
}

// changed is empty but for a modification. Readers must take names that are new to them.
func (s schemas) changed(e *Event) object {
	names := object{"type": "array", "items": text(""), "uniqueItems": true}
	if s.openness == Open {
		return names
	}
	if len(e.Watched) == 0 {
		return object{"type": "array", "maxItems": 0}
	}
	names["items"] = object{"type": "string", "enum": e.Watched}
	if slices.Equal(e.Change, []string{model.Modify}) && len(e.Changes)+len(e.Becomes) > 0 {
		names["minItems"] = 1
	}
	return names
}

// before has null where the item had no such attribute, and nothing where the value did not fit its type.
func (s schemas) before(e *Event) object {
	members := s.fields(e.Before)
	for _, f := range members["properties"].(object) {
		member := f.(object)
		member["type"] = []string{member["type"].(string), "null"}
	}
	return members
}
