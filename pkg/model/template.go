package model

import (
	"slices"
	"strings"
)

// Limits of a template.
const (
	// MaxTemplate is the size of a partition key in bytes; a sort key holds 1,024
	// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
	MaxTemplate = 2048
	// MaxPlaceholders keeps what matching has to remember small and off the heap.
	MaxPlaceholders = 16
	// MaxPad is the most digits of which every number fits int64.
	MaxPad = 18
)

// Template is the text of a key attribute with placeholders for fields: "ORDER#{order_id}", "{n:06}", "PROFILE".
// A placeholder {name} stands for one byte or more, a padded one {name:0W} for a non-negative integer with zeros
// in front up to W digits; "{{" and "}}" are literal braces. A Template does not change once it is parsed.
type Template struct {
	text  string
	parts []part
	names []string // of the placeholders, each once, in order of first appearance

	prefix, suffix string // literals at both ends, "" where a placeholder stands
}

// part is a literal (name is "") or a placeholder. Two placeholders never follow each other.
type part struct {
	literal string
	Placeholder
}

// Placeholder is one {name} or {name:0W} of a template.
type Placeholder struct {
	Name   string
	Pad    int // W, the least number of digits; 0 where the value is not padded
	Offset int // of its opening brace, in bytes into the template's text
}

// Delimiter is the literal that ends the value of a placeholder.
type Delimiter struct {
	Name    string // the placeholder's
	Literal string
}

// String returns the template as it was written.
func (t *Template) String() string { return t.text }

// MarshalText returns the template as it was written.
func (t *Template) MarshalText() ([]byte, error) { return []byte(t.text), nil }

// UnmarshalText parses the template; its error is a *TemplateError.
func (t *Template) UnmarshalText(text []byte) error {
	parsed, err := ParseTemplate(string(text))
	if err != nil {
		return err
	}
	*t = *parsed
	return nil
}

// Placeholders returns the placeholders in order; a name may stand in several.
func (t *Template) Placeholders() []Placeholder {
	var all []Placeholder
	for _, p := range t.parts {
		if p.Name != "" {
			all = append(all, p.Placeholder)
		}
	}
	return all
}

// Bare returns the placeholder of a template that is one placeholder and nothing else.
func (t *Template) Bare() (Placeholder, bool) {
	if len(t.parts) != 1 || t.parts[0].Name == "" {
		return Placeholder{}, false
	}
	return t.parts[0].Placeholder, true
}

// Delimiters returns, for each placeholder with a literal behind it, that literal: a value that contains it makes
// a key that is split elsewhere when it is parsed. Padded placeholders are left out where the literal has a byte
// that no number has.
func (t *Template) Delimiters() []Delimiter {
	var all []Delimiter
	for i, p := range t.parts[:max(0, len(t.parts)-1)] {
		if p.Name == "" {
			continue
		}
		literal := t.parts[i+1].literal
		if p.Pad == 0 || isDigits(literal) {
			all = append(all, Delimiter{Name: p.Name, Literal: literal})
		}
	}
	return all
}

// Render returns the key text for the values of the template's fields, which value gives by name. It is false
// where a value is absent or empty, or is not a non-negative integer in plain form ("42") and shall be padded.
func (t *Template) Render(value func(name string) (string, bool)) (string, bool) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.Name == "" {
			b.WriteString(p.literal)
			continue
		}
		text, ok := value(p.Name)
		if !ok || text == "" || p.Pad > 0 && !isNatural(text) {
			return "", false
		}
		for range p.Pad - len(text) {
			b.WriteByte('0')
		}
		b.WriteString(text)
	}
	return b.String(), true
}

// repeats says that a name stands in the templates more than once.
func repeats(names []string, templates []*Template) bool {
	placeholders := 0
	for _, t := range templates {
		for _, p := range t.parts {
			if p.Name != "" {
				placeholders++
			}
		}
	}
	return placeholders > len(names)
}

func addName(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
