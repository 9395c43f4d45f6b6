package contract

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// pageEvent is an event as the template page.tmpl shows it.
type pageEvent struct {
	*Event
	Anchor, Occasion, KeyWords, Operations string
	Data                                   []pageField
	WatchedWords, Hidden                   string
	Pattern, Sample                        string
}

type pageField struct {
	Field
	Is, There string
}

// Page is the page for people, in Markdown.
func (c *Contract) Page() []byte {
	data := struct {
		*Contract
		Marker string
		Events []pageEvent
	}{Contract: c, Marker: Marker}
	for i := range c.Events {
		data.Events = append(data.Events, c.pageEvent(&c.Events[i]))
	}
	return render("page.tmpl", data)
}

func (c *Contract) pageEvent(e *Event) pageEvent {
	p := pageEvent{Event: e, Anchor: e.anchor(), Occasion: e.occasion(), Operations: list(e.Change, "or"),
		KeyWords: fieldWords(e.Key), WatchedWords: codes(e.Watched), Hidden: codes(e.hidden()), Pattern: c.pattern(e)}
	for _, f := range e.Data {
		there := "if the item has it"
		switch {
		case f.Value != nil:
			there = "always, as " + codeSpan(string(f.Value))
		case f.Always:
			there = "always"
		}
		p.Data = append(p.Data, pageField{f, tableCell(typeWords(&f.Type)), there})
	}
	p.Sample = string(bytes.TrimSpace(c.samplesOf(e)[0].Event))
	return p
}

// pattern is the EventBridge pattern of a rule that takes this event in this schema, on one line.
func (c *Contract) pattern(e *Event) string {
	return fmt.Sprintf(`{"source": [%s], "detail-type": [%s], "detail": {"metadata": {"schema": [%d]}}}`,
		quoteText(c.Source), quoteText(e.Name), e.Schema)
}

// hidden are the watched fields of which before does not speak.
func (e *Event) hidden() []string {
	return slices.DeleteFunc(slices.Clone(e.Watched), func(name string) bool {
		return slices.ContainsFunc(e.Before, func(f Field) bool { return f.Name == name })
	})
}

// anchor is that of the event's heading, as GitHub makes it: lower case, dots and brackets left out, spaces as
// hyphens.
func (e *Event) anchor() string {
	heading := strings.ToLower(strings.ReplaceAll(e.Name, ".", ""))
	if e.Schema > 1 {
		heading += "-schema-" + strings.TrimPrefix(e.Title(), e.Name+".v")
	}
	return heading
}

func fieldWords(fields []Field) string {
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = codeSpan(f.Name)
		if f.Type.Kind != model.KindString {
			words[i] += " (" + typeWords(&f.Type) + ")"
		}
	}
	return list(words, "and")
}

func codes(names []string) string {
	spans := make([]string, len(names))
	for i, name := range names {
		spans[i] = codeSpan(name)
	}
	return list(spans, "and")
}

// tableCell keeps a text within its cell: on one line, and with its bars and brackets as they are.
func tableCell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(oneLine(text))
}
