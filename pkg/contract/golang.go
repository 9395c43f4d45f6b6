package contract

import (
	"fmt"
	"go/format"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// goEvent is an event as the template go.tmpl shows it.
type goEvent struct {
	*Event
	Type         string
	Words        string
	Key          string // name of the key's type
	Data, Before string // types
}

// goKey is the type of an entity's keys.
type goKey struct{ Entity, Type, Is string }

// Go is the source of a Go package with the types of all events, which decodes and encodes them with the standard
// library alone.
func (c *Contract) Go() ([]byte, error) {
	taken := newScope("Source", "Event", "Detail", "Metadata", "Claim", "Decimal", "Timestamp", "Was", "ErrUnknown",
		"ClaimError", "Decode", "DecodeDetail", "Encode")
	data := struct {
		*Contract
		Marker, Package string
		Keys            []goKey
		Events          []goEvent
	}{Contract: c, Marker: Marker, Package: goPackage(c.Model)}
	keys := map[string]string{}
	for i := range c.Events {
		e := &c.Events[i]
		if keys[e.Entity] == "" {
			keys[e.Entity] = taken.take(pascal(e.Entity) + "Key")
			data.Keys = append(data.Keys, goKey{e.Entity, keys[e.Entity], goKeyType(e.Key)})
		}
	}
	for i := range c.Events {
		e := &c.Events[i]
		data.Events = append(data.Events, goEvent{e, taken.take(e.typeName(), "Data", "Before"), oneLine(e.Words()), keys[e.Entity],
			goStruct(e.Data, goOptional), goStruct(e.Before, goWas)})
	}
	source, err := format.Source(render("go.tmpl", data))
	if err != nil {
		return nil, fmt.Errorf("make Go types of %s: %w", c.Model, err)
	}
	return source, nil
}

// goPackage is the name of the package: that of the model without its hyphens, and events.
func goPackage(name string) string { return strings.ReplaceAll(name, "-", "") + "events" }

// goKeyType is a struct, or a map where the key's names are DynamoDB attributes, which may hold what tags cannot.
func goKeyType(key []Field) string {
	for _, f := range key {
		if !isIdentifier(f.Name) {
			return "map[string]string"
		}
	}
	return goStruct(key, goOptional)
}

// goStruct is a struct with the fields, whose types typeOf gives.
func goStruct(fields []Field, typeOf func(*Field) string) string {
	var b strings.Builder
	b.WriteString("struct {\n")
	taken := newScope()
	for i := range fields {
		f := &fields[i]
		tag := f.Name
		if !f.Always {
			tag += ",omitzero"
		}
		fmt.Fprintf(&b, "%s %s `json:%q`%s\n", taken.take(pascal(f.Name)), typeOf(f), tag, goNote(f))
	}
	return b.String() + "}"
}

// goNote says at the end of a field's line what its type does not.
func goNote(f *Field) string {
	var notes []string
	if f.PII {
		notes = append(notes, "personal data")
	}
	if f.Value != nil {
		notes = append(notes, "always "+string(f.Value))
	} else if f.Type.Kind == model.KindEnum {
		notes = append(notes, typeWords(&f.Type)+"; others may come")
	}
	if len(notes) == 0 {
		return ""
	}
	return " // " + oneLine(strings.Join(notes, "; "))
}

func goWas(f *Field) string { return "Was[" + goType(&f.Type) + "]" }

// goOptional is a type with a nil where the field may be absent.
func goOptional(f *Field) string {
	t := goType(&f.Type)
	if f.Always || strings.HasPrefix(t, "[]") || strings.HasPrefix(t, "map[") {
		return t
	}
	return "*" + t
}

func goType(t *model.Type) string {
	switch t.Kind {
	case model.KindInteger:
		return "int64"
	case model.KindNumber:
		return "float64"
	case model.KindDecimal:
		return "Decimal"
	case model.KindBoolean:
		return "bool"
	case model.KindTimestamp:
		return "Timestamp"
	case model.KindBinary:
		return "[]byte"
	case model.KindList, model.KindSet:
		return "[]" + goType(t.Of)
	case model.KindMap:
		return "map[string]" + goType(t.Of)
	case model.KindFields:
		return goStruct(membersOf(t), goOptional)
	}
	return "string"
}

// membersOf are the members of a fields type, all of which may be absent.
func membersOf(t *model.Type) []Field {
	members := make([]Field, len(t.Fields))
	for i := range t.Fields {
		members[i] = fieldOf(&t.Fields[i])
	}
	return members
}

// oneLine keeps a text on the line of its comment.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// isIdentifier says whether a name can stand in the languages' code as it is; all names of fields can.
func isIdentifier(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
