package contract

import (
	"cmp"
	"strconv"
	"strings"
)

func byName(a, b Event) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Schema, b.Schema))
}

// Title names the event and its schema number in file names and samples: OrderShipped.v1.
func (e *Event) Title() string { return e.Name + ".v" + strconv.Itoa(e.Schema) }

// scope hands out names, each once.
type scope map[string]bool

func newScope(reserved ...string) scope {
	s := scope{}
	for _, name := range reserved {
		s[name] = true
	}
	return s
}

// take returns name, or the first of name_2, name_3 ... of which no variant (it followed by one of the suffixes) is
// taken.
func (s scope) take(name string, suffixes ...string) string {
	suffixes = append(suffixes, "")
	for n, candidate := 1, name; ; candidate = name + "_" + strconv.Itoa(n) {
		if s.free(candidate, suffixes) {
			for _, suffix := range suffixes {
				s[candidate+suffix] = true
			}
			return candidate
		}
		n++
	}
}

func (s scope) free(name string, suffixes []string) bool {
	for _, suffix := range suffixes {
		if s[name+suffix] {
			return false
		}
	}
	return true
}

// typeName is the name of an event's types: OrderShipped, and OrderShippedV2 for its schema 2, so that types keep
// their names when a schema is added.
func (e *Event) typeName() string {
	name := pascal(e.Name)
	if e.Schema > 1 {
		name += "V" + strconv.Itoa(e.Schema)
	}
	return name
}

// initialisms are written in capitals in Go's names (https://go.dev/wiki/CodeReviewComments#initialisms).
var initialisms = map[string]bool{
	"api": true, "ascii": true, "cpu": true, "css": true, "dns": true, "html": true, "http": true, "https": true,
	"id": true, "ip": true, "json": true, "sku": true, "sql": true, "ttl": true, "uid": true, "uri": true, "url": true,
	"utf8": true, "uuid": true, "vat": true, "xml": true,
}

// pascal makes an exported name of a name of the model, whose words "_", "." and "-" part.
func pascal(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("_.-", r) }) {
		if initialisms[strings.ToLower(word)] {
			b.WriteString(strings.ToUpper(word))
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	if b.Len() == 0 || b.String()[0] >= '0' && b.String()[0] <= '9' {
		return "F" + b.String()
	}
	return b.String()
}

// snake makes a name of lower-case words joined by "_".
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case strings.ContainsRune("_.-", r):
			b.WriteByte('_')
		case r >= 'A' && r <= 'Z' && i > 0 && !upperAt(name, i-1) && b.String()[b.Len()-1] != '_':
			b.WriteString("_" + strings.ToLower(string(r)))
		default:
			b.WriteString(strings.ToLower(string(r)))
		}
	}
	return b.String()
}

func upperAt(text string, i int) bool { return text[i] >= 'A' && text[i] <= 'Z' }
