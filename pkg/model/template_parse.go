package model

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// TemplateError says what is wrong with a template, and where.
type TemplateError struct {
	Offset  int // in bytes into the template's text
	Message string
}

func (e *TemplateError) Error() string { return e.Message }

// ParseTemplate parses the text of a template; its error is a *TemplateError.
func ParseTemplate(text string) (*Template, error) {
	switch {
	case text == "":
		return nil, &TemplateError{0, "the template is empty; a key attribute needs at least one character"}
	case len(text) > MaxTemplate:
		return nil, &TemplateError{MaxTemplate, fmt.Sprintf("the template has %d bytes; a partition key holds %d, a sort key 1024",
			len(text), MaxTemplate)}
	case !utf8.ValidString(text):
		return nil, &TemplateError{invalidUTF8(text), "the template is not valid UTF-8"}
	}
	p := templateParser{text: text}
	for p.at < len(text) {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	p.flush()
	t := &Template{text: text, parts: p.parts, names: p.names}
	t.prefix, t.suffix = t.parts[0].literal, t.parts[len(t.parts)-1].literal
	return t, nil
}

type templateParser struct {
	text    string
	at      int
	literal strings.Builder // what was read of the literal that stands at the end
	parts   []part
	names   []string
	count   int
}

// next reads one literal character, one doubled brace or one placeholder.
func (p *templateParser) next() error {
	rest := p.text[p.at:]
	switch {
	case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
		p.literal.WriteByte(rest[0])
		p.at += 2
	case rest[0] == '}':
		return p.fault(p.at, "} without {; write }} for a literal brace")
	case rest[0] == '{':
		return p.placeholder()
	default:
		p.literal.WriteByte(rest[0])
		p.at++
	}
	return nil
}

func (p *templateParser) placeholder() error {
	start := p.at
	inside, _, closed := strings.Cut(p.text[start+1:], "}")
	if !closed {
		return p.fault(start, "{ without }; write {name}, or {{ for a literal brace")
	}
	p.flush()
	name, form, padded := strings.Cut(inside, ":")
	if !isIdentifier(name) {
		return p.badName(name)
	}
	if n := len(p.parts); n > 0 && p.parts[n-1].Name != "" {
		return p.fault(start, "nothing between {%s} and {%s}, so a key could be split anywhere; "+
			"put a literal such as # between them", p.parts[n-1].Name, name)
	}
	if p.count++; p.count > MaxPlaceholders {
		return p.fault(start, "more than %d placeholders in one template", MaxPlaceholders)
	}
	pad := 0
	if padded {
		if pad = parsePad(form); pad == 0 {
			return p.fault(start+2+len(name), "bad padding %q; write {%s:06} for an integer of at least 6 digits, at most {%s:0%d}",
				form, name, name, MaxPad)
		}
	}
	p.at += len(inside) + 2
	p.parts = append(p.parts, part{Placeholder: Placeholder{Name: name, Pad: pad, Offset: start}})
	p.names = addName(p.names, name)
	return nil
}

func (p *templateParser) badName(name string) error {
	if name == "" {
		return p.fault(p.at, "the placeholder has no name; write {name}, or {{ for a literal brace")
	}
	return p.fault(p.at+1, "%q is not a field name; use letters, digits and _, not starting with a digit", name)
}

func (p *templateParser) flush() {
	if p.literal.Len() > 0 {
		p.parts = append(p.parts, part{literal: p.literal.String()})
		p.literal.Reset()
	}
}

func (p *templateParser) fault(offset int, format string, args ...any) error {
	return &TemplateError{Offset: offset, Message: fmt.Sprintf(format, args...)}
}

// parsePad reads the 06 of {n:06}; 0 if it is not of that form or out of bounds.
func parsePad(form string) int {
	width, ok := strings.CutPrefix(form, "0")
	if !ok || len(width) > 2 || !isNatural(width) {
		return 0
	}
	pad := 0
	for _, digit := range []byte(width) {
		pad = 10*pad + int(digit-'0')
	}
	if pad > MaxPad {
		return 0
	}
	return pad
}

func isIdentifier(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// invalidUTF8 is where the first byte stands that is not UTF-8.
func invalidUTF8(text string) int {
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return len(text)
}
