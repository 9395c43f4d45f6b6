package documents

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// TypeScript returns a module of TypeScript (4.1 or later) with an interface for the documents of each index, by index
// name in the interface Documents. The same model always gives the same bytes.
func TypeScript(m *model.Model) []byte {
	w := &writer{names: map[string]bool{}}
	w.line("// The documents of %s's search indexes, as OpenSearch gives them in _source.", m.Name)
	w.line("// Generated from the model; change the model instead.")
	w.text.WriteString(preamble)
	var members []string
	for _, index := range m.SortedIndexes() {
		members = append(members, fmt.Sprintf("  %q: %s;", index.Name, w.document(index)))
	}
	w.line("\n/** The documents by the name of their index. */\nexport interface Documents {")
	for _, member := range members {
		w.line("%s", member)
	}
	w.line("}")
	return []byte(w.text.String())
}

const preamble = `
/** A number of up to 38 digits in plain notation, such as "42.1". A JavaScript number would lose digits. */
export type Decimal = string;
/** A time in RFC 3339, such as "2026-11-02T09:21:00Z". */
export type Timestamp = string;
/** Bytes in base64. */
export type Base64 = string;

/** What Outflow adds to every document. Readers of the alias see only documents that are not deleted. */
export interface Outflow<Entity extends string> {
  entity: Entity;
  /** Of the newest change in the document; as a text it never falls. */
  version: string;
  /** When that change was made. */
  at: Timestamp | null;
  deleted: boolean;
  tenant: string | null;
  model: string;
  /** Paths of values that their declared types cannot hold, and that are therefore left out. */
  dropped: string[];
  /** Whatever else is here is Outflow's own, and may change. */
  [internal: string]: unknown;
}
`

// writer gathers the module.
type writer struct {
	text  strings.Builder
	names map[string]bool // of the interfaces so far
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

// document writes the interface of an index's documents, and before it those of its lists' elements. It returns its name.
func (w *writer) document(index *model.Index) string {
	name := w.name(index.Name, "document")
	lists := map[string]string{}
	for i := range index.Parts {
		part := &index.Parts[i]
		lists[part.Field] = w.name(index.Name, part.Field, "element")
		w.open(lists[part.Field], fmt.Sprintf("An element of %s in %s: %s.", part.Field, name, part.Entity))
		w.fields(part)
		w.line("}")
	}
	w.open(name, fmt.Sprintf("A document of the index %s: %s.", index.Name, index.Root.Entity))
	w.fields(&index.Root)
	for _, field := range slices.Sorted(maps.Keys(lists)) {
		w.line("  /** Sorted by their keys; absent where there is none. */")
		w.line("  %s?: %s[];", field, lists[field])
	}
	w.line("  outflow: Outflow<%s>;", strconv.Quote(index.Root.Entity))
	w.line("}")
	return name
}

func (w *writer) open(name, comment string) {
	w.line("\n/** %s */\nexport interface %s {", comment, name)
}

func (w *writer) fields(s *model.Source) {
	for _, f := range s.Shown() {
		if f.Type.Kind == model.KindInteger {
			w.line("  /** An integer; beyond 2^53 JSON.parse loses digits. */")
		}
		w.line("  %s: %s;", optional(&f), typeOf(&f.Type, "  "))
	}
}

// optional is the field's name, with a question mark where an item may lack it.
func optional(f *model.Field) string {
	if f.Required {
		return f.Name
	}
	return f.Name + "?"
}

// typeOf is the TypeScript type of what a value of the model's type is in a document.
func typeOf(t *model.Type, indent string) string {
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
		return enum(t.Values)
	case model.KindList, model.KindSet:
		return "Array<" + typeOf(t.Of, indent) + ">"
	case model.KindMap:
		return "Record<string, " + typeOf(t.Of, indent) + ">"
	case model.KindFields:
		return members(t.Fields, indent)
	}
	return "string"
}

// enum lists the values, and leaves room for others: a value that the model does not list goes through.
func enum(values []string) string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(jcs.AppendString(nil, value))
	}
	return strings.Join(all, " | ") + " | (string & {})"
}

func members(fields []model.Field, indent string) string {
	var b strings.Builder
	b.WriteString("{\n")
	for i := range fields {
		fmt.Fprintf(&b, "%s  %s: %s;\n", indent, optional(&fields[i]), typeOf(&fields[i].Type, indent+"  "))
	}
	return b.String() + indent + "}"
}

// name is a name in PascalCase that no other interface has.
func (w *writer) name(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		for _, word := range strings.FieldsFunc(part, func(r rune) bool { return r == '-' || r == '_' }) {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	name := b.String()
	for n := 2; w.names[name]; n++ {
		name = b.String() + strconv.Itoa(n)
	}
	w.names[name] = true
	return name
}
