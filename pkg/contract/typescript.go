package contract

import (
	"fmt"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// tsEvent is an event as the template typescript.tmpl shows it.
type tsEvent struct {
	*Event
	Type, Words, Key string
	Operation        string // union of literals
	Data, Before     string
}

// tsKey is the type of an entity's keys.
type tsKey struct{ Entity, Type, Is string }

// TypeScript is the source of a module with the types of all events.
func (c *Contract) TypeScript() []byte {
	taken := newScope("Decimal", "Timestamp", "Base64", "OpenEnum", "Envelope", "Metadata", "Claim", "Claimed", "AnyEvent",
		"Array", "Record", "String", "Number", "Boolean", "Object")
	data := struct {
		*Contract
		Marker string
		Keys   []tsKey
		Events []tsEvent
	}{Contract: c, Marker: Marker}
	keys := map[string]string{}
	for i := range c.Events {
		e := &c.Events[i]
		if keys[e.Entity] == "" {
			keys[e.Entity] = taken.take(pascal(e.Entity) + "Key")
			data.Keys = append(data.Keys, tsKey{e.Entity, keys[e.Entity], tsMembers(e.Key, "", "")})
		}
	}
	for i := range c.Events {
		e := &c.Events[i]
		data.Events = append(data.Events, tsEvent{
			Event: e, Type: taken.take(e.typeName(), "Metadata", "Data", "Before", "Event"), Words: oneLine(e.Words()), Key: keys[e.Entity],
			Operation: literals(e.Change, " | "), Data: tsMembers(e.Data, "", ""), Before: tsMembers(e.Before, "", " | null"),
		})
	}
	return render("typescript.tmpl", data)
}

// tsMembers is an object type with the fields, each of its type or orNull.
func tsMembers(fields []Field, indent, orNull string) string {
	if len(fields) == 0 {
		return "{}"
	}
	var b strings.Builder
	b.WriteString("{\n")
	for i := range fields {
		f := &fields[i]
		optional := "?"
		if f.Always {
			optional = ""
		}
		if f.PII {
			fmt.Fprintf(&b, "%s  /** Personal data. */\n", indent)
		}
		fmt.Fprintf(&b, "%s  %s%s: %s%s;\n", indent, tsName(f.Name), optional, tsFieldType(f, indent+"  "), orNull)
	}
	return b.String() + indent + "}"
}

func tsName(name string) string {
	if isIdentifier(name) {
		return name
	}
	return quoteText(name)
}

func tsFieldType(f *Field, indent string) string {
	if f.Value != nil && f.Type.Kind != model.KindDecimal { // whose literal would say less than its name
		return string(f.Value)
	}
	return tsType(&f.Type, indent)
}

func tsType(t *model.Type, indent string) string {
	switch t.Kind {
	case model.KindInteger, model.KindNumber:
		return "number"
	case model.KindDecimal:
		return "Decimal"
	case model.KindBoolean:
		return "boolean"
	case model.KindTimestamp:
		return "Timestamp"
	case model.KindBinary:
		return "Base64"
	case model.KindEnum:
		return "OpenEnum<" + literals(t.Values, " | ") + ">"
	case model.KindList, model.KindSet:
		return "Array<" + tsType(t.Of, indent) + ">"
	case model.KindMap:
		return "Record<string, " + tsType(t.Of, indent) + ">"
	case model.KindFields:
		return tsMembers(membersOf(t), indent, "")
	}
	return "string"
}

// literals are some texts as literals.
func literals(values []string, between string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = quoteText(value)
	}
	return strings.Join(quoted, between)
}
