package contract

import (
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// types compares the type of one member. Every other type is a breaking change, also a narrower one: the type is what
// people have programmed against. Only a string may become an enum and the other way round, since an enum never was a
// limit.
func (c *comparison) types(where string, was, is *model.Type) {
	switch {
	case isText(was) && isText(is):
		c.texts(where, was, is)
	case was.Kind != is.Kind:
		c.say(Breaking, where, typeWords(is)+", was "+typeWords(was), "")
	case was.Of != nil:
		c.types(where+"[]", was.Of, is.Of)
	case was.Kind == model.KindFields:
		c.members(where, was, is)
	}
}

func (c *comparison) texts(where string, was, is *model.Type) {
	if was.Kind != is.Kind {
		c.say(Compatible, where, typeWords(is)+", was "+typeWords(was), "a text either way: an enum's values are no limit")
		return
	}
	if added := without(is.Values, was.Values); len(added) > 0 {
		c.say(Compatible, where, "may be "+strings.Join(added, ", ")+" too", "readers must take values that they do not know")
	}
	if gone := without(was.Values, is.Values); len(gone) > 0 {
		c.say(Compatible, where, "no longer lists "+strings.Join(gone, ", "), "items that have it still go through")
	}
}

func (c *comparison) members(where string, was, is *model.Type) {
	for i := range was.Fields {
		f := &was.Fields[i]
		if now := is.Member(f.Name); now != nil {
			c.types(where+"."+f.Name, &f.Type, &now.Type)
		} else {
			c.say(Breaking, where+"."+f.Name, "removed", "")
		}
	}
	for _, f := range is.Fields {
		if was.Member(f.Name) == nil {
			c.say(Compatible, where+"."+f.Name, "new", "")
		}
	}
}

// without are the values that others does not have.
func without(values, others []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(others, v) })
}

// isText says that a type's values are any texts: an enum lets others than its own through.
func isText(t *model.Type) bool { return t.Kind == model.KindString || t.Kind == model.KindEnum }
