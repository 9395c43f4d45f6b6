package model

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/outflow-dev/outflow/internal/nearest"
)

// word is a text of the model file.
type word struct {
	text string
	node *node // nil if absent or faulty
}

func (w *word) decode(d *decoder, n *node, as expectation) {
	f := formByName[as.is]
	if n.kind == faultyNode {
		return
	}
	if n.kind != textNode {
		d.wrongKind(n, article(f.name), as)
		return
	}
	if message := f.refuses(n.text); message != "" {
		d.fault(n, "%s", message)
		return
	}
	w.text, w.node = n.text, n
}

// refuses says what is wrong with a text, or "".
func (f compiledForm) refuses(text string) string {
	switch {
	case f.values != nil && !slices.Contains(f.values, text):
		return "unknown " + f.name + " " + strconv.Quote(text) + orMeant(text, f.values)
	case f.values != nil:
		return ""
	case text == "":
		return "empty " + f.name
	case f.long > 0 && utf8.RuneCountInString(text) > f.long:
		return f.name + " of more than " + strconv.Itoa(f.long) + " characters"
	case !f.matches.MatchString(text):
		return strconv.Quote(text) + " is not " + article(f.name) + "; use " + f.says
	}
	return ""
}

// orMeant suggests the nearest of the known names, or lists them all where none is near.
func orMeant(text string, known []string) string {
	if near := nearest.Hint(text, known); near != "" || len(known) == 0 {
		return near
	}
	more := ""
	if len(known) > maxListed {
		more = " and " + strconv.Itoa(len(known)-maxListed) + " more"
	}
	return "; there is " + strings.Join(known[:min(len(known), maxListed)], ", ") + more
}

// maxListed is how many names a message lists.
const maxListed = 15

// integer is a whole number of the model file.
type integer struct {
	value int
	node  *node
}

func (i *integer) decode(d *decoder, n *node, as expectation) {
	value, err := strconv.Atoi(n.text)
	if n.kind != numberNode || err != nil {
		d.wrongKind(n, "a whole number", as)
		return
	}
	i.value, i.node = value, n
}

// boolean is true or false.
type boolean struct {
	value bool
	node  *node
}

func (b *boolean) decode(d *decoder, n *node, as expectation) {
	if n.kind != booleanNode {
		d.wrongKind(n, "true or false", as)
		return
	}
	b.value, b.node = strings.EqualFold(n.text, "true"), n
}

// anything is a value that is checked later, by what it is for.
type anything struct{ node *node }

func (a *anything) decode(_ *decoder, n *node, _ expectation) {
	if n.kind != faultyNode {
		a.node = n
	}
}
