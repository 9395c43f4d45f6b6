package contract

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Patterns of texts. A decimal is in plain notation without superfluous zeros; a timestamp is RFC 3339 in its strict
// form, with any number of digits in its fraction.
const (
	uuidPattern      = "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
	decimalPattern   = `^(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])$`
	timestampPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`
	base64Pattern    = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
)

// fields is an object with the members that fs are.
func (s schemas) fields(fs []Field) object {
	properties, names := object{}, []string{}
	for i := range fs {
		f := &fs[i]
		member := s.ofType(&f.Type)
		if f.PII {
			member["x-pii"] = true
		}
		if f.Value != nil {
			member["enum"] = []any{f.Value}
			delete(member, "examples")
		}
		if f.Always {
			names = append(names, f.Name)
		}
		properties[f.Name] = member
	}
	all := object{"type": "object", "properties": properties}
	if len(names) > 0 { // draft 4 refuses an empty list
		slices.Sort(names)
		all["required"] = names
	}
	return s.closed(all)
}

// closed refuses other members than the object's own where the schema is a closed one.
func (s schemas) closed(o object) object {
	if s.openness == Closed {
		o["additionalProperties"] = false
	}
	return o
}

// ofType is the schema of what package change writes for a value that fits the type.
func (s schemas) ofType(t *model.Type) object {
	switch t.Kind {
	case model.KindInteger:
		return object{"type": "integer", "minimum": json.Number("-9223372036854775808"), "maximum": json.Number("9223372036854775807")}
	case model.KindNumber:
		return object{"type": "number", "description": "At most 15 digits."}
	case model.KindDecimal:
		return object{"type": "string", "pattern": decimalPattern, "description": "A decimal number of at most 38 digits, exact as text."}
	case model.KindBoolean:
		return object{"type": "boolean"}
	case model.KindTimestamp:
		return timestampSchema()
	case model.KindBinary:
		return object{"type": "string", "contentEncoding": "base64", "pattern": base64Pattern}
	case model.KindEnum:
		return object{"type": "string", "examples": t.Values,
			"description": "Known values: " + strings.Join(t.Values, ", ") + ". Others may come."}
	case model.KindList:
		return object{"type": "array", "items": s.ofType(t.Of)}
	case model.KindSet:
		return s.set(t)
	case model.KindMap:
		return object{"type": "object", "additionalProperties": s.ofType(t.Of)}
	case model.KindFields:
		return s.fields(membersOf(t))
	}
	return object{"type": "string"}
}

// set has no element twice, but for timestamps: 1000000000 and 1000000000000 are two numbers and one moment.
func (s schemas) set(t *model.Type) object {
	all := object{"type": "array", "items": s.ofType(t.Of)}
	if t.Of.Kind != model.KindTimestamp {
		all["uniqueItems"] = true
	}
	return all
}

func timestampSchema() object {
	return object{"type": "string", "format": "date-time", "pattern": timestampPattern}
}

// only is a schema of one value.
func only(value any) object {
	kind := "string"
	if _, isNumber := value.(int); isNumber {
		kind = "integer"
	}
	return object{"type": kind, "enum": []any{value}}
}

func required(name string) object { return object{"required": []string{name}} }

func text(description string) object { return withType(object{}, "string", description) }

func nullableText(description string) object {
	o := withType(object{}, "", description)
	o["type"] = []string{"string", "null"}
	return o
}

// withType adds a type and a description to a schema, where they are not "".
func withType(o object, kind, description string) object {
	if kind != "" {
		o["type"] = kind
	}
	if description != "" {
		o["description"] = description
	}
	return o
}
