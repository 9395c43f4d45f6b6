package contract

import (
	"fmt"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// pyEvent is an event as the template python.tmpl shows it.
type pyEvent struct {
	*Event
	Type, Words, Key string
	Function         string // name of the type guard, without is_
	Operation        string // literals
	Data, Before     string // names of types
}

// Python is the source of a module with the types of all events, for Python 3.10 or later.
func (c *Contract) Python() []byte {
	p := &python{taken: newScope("Any", "Dict", "List", "Literal", "NoReturn", "Optional", "TypedDict", "TypeGuard", "Union", "SOURCE",
		"DecimalText", "Timestamp", "Base64", "Claim", "AnyEvent", "None", "True", "False"), functions: newScope()}
	data := struct {
		*Contract
		Marker string
		Types  []string
		Events []pyEvent
	}{Contract: c, Marker: Marker}
	keys := map[string]string{}
	for i := range c.Events {
		e := &c.Events[i]
		if keys[e.Entity] == "" {
			keys[e.Entity] = p.taken.take(pascal(e.Entity)+"Key", "")
			p.define(keys[e.Entity], e.Key, false)
		}
	}
	for i := range c.Events {
		e := &c.Events[i]
		name := p.taken.take(e.typeName(), "Metadata", "ClaimedMetadata", "Claimed", "Data", "Before", "Event")
		p.define(name+"Data", e.Data, false)
		p.define(name+"Before", e.Before, true)
		data.Events = append(data.Events, pyEvent{Event: e, Type: name, Words: oneLine(e.Words()), Key: keys[e.Entity],
			Function: p.functions.take(snake(name)), Operation: literals(e.Change, ", "), Data: name + "Data", Before: name + "Before"})
	}
	data.Types = p.types
	return render("python.tmpl", data)
}

// python defines the types of members, the inner ones first, since the functional form of a TypedDict, which takes
// names that are Python's own words, evaluates its types.
type python struct {
	taken, functions scope
	types            []string
}

// define defines a TypedDict of the fields, each of its type or, with orNull, None.
func (p *python) define(name string, fields []Field, orNull bool) {
	var always, maybe strings.Builder
	for i := range fields {
		f := &fields[i]
		of := p.fieldType(name, f)
		if orNull {
			of = "Optional[" + of + "]"
		}
		line := fmt.Sprintf("        %s: %s,%s\n", quoteText(f.Name), of, pyNote(f))
		if f.Always {
			always.WriteString(line)
		} else {
			maybe.WriteString(line)
		}
	}
	switch {
	case always.Len() == 0:
		p.types = append(p.types, typedDict(name, maybe.String(), "    total=False,\n"))
	case maybe.Len() == 0:
		p.types = append(p.types, typedDict(name, always.String(), ""))
	default:
		p.types = append(p.types, typedDict("_"+name+"Always", always.String(), ""),
			typedDict("_"+name+"Maybe", maybe.String(), "    total=False,\n"),
			fmt.Sprintf("\nclass %s(_%sAlways, _%sMaybe):\n    \"\"\"Some of its members may be absent.\"\"\"\n", name, name, name))
	}
}

func typedDict(name, members, total string) string {
	if members != "" {
		members = "\n" + members + "    "
	}
	return fmt.Sprintf("%s = TypedDict(\n    %s,\n    {%s},\n%s)", name, quoteText(name), members, total)
}

func pyNote(f *Field) string {
	if f.PII {
		return "  # personal data"
	}
	return ""
}

func (p *python) fieldType(owner string, f *Field) string {
	if f.Value != nil && isText(&f.Type) {
		return "Literal[" + string(f.Value) + "]"
	}
	return p.typeOf(owner+pascal(f.Name), &f.Type)
}

// typeOf is the expression of a type; inner TypedDicts are named after where they are.
func (p *python) typeOf(name string, t *model.Type) string {
	switch t.Kind {
	case model.KindInteger:
		return "int"
	case model.KindNumber:
		return "Union[int, float]"
	case model.KindDecimal:
		return "DecimalText"
	case model.KindBoolean:
		return "bool"
	case model.KindTimestamp:
		return "Timestamp"
	case model.KindBinary:
		return "Base64"
	case model.KindEnum:
		return "Union[Literal[" + literals(t.Values, ", ") + "], str]"
	case model.KindList, model.KindSet:
		return "List[" + p.typeOf(name, t.Of) + "]"
	case model.KindMap:
		return "Dict[str, " + p.typeOf(name, t.Of) + "]"
	case model.KindFields:
		name = p.taken.take(name)
		p.define(name, membersOf(t), false)
		return name
	}
	return "str"
}
