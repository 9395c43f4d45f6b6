package contract

import (
	"slices"
	"strconv"
	"strings"
)

func (c *comparison) event(was, is *Event) {
	c.at = is
	if was.Entity != is.Entity {
		c.say(Breaking, "metadata.entity", is.Entity+", was "+was.Entity, "")
	}
	c.key(was, is)
	c.rule(was, is)
	c.data(was, is)
	c.before(was, is)
}

// key compares what identifies items: with a field more or less, one key is that of other items.
func (c *comparison) key(was, is *Event) {
	for _, f := range was.Key {
		if now := member(is.Key, f.Name); now != nil {
			c.types("metadata.key."+f.Name, &f.Type, &now.Type)
		} else {
			c.say(Breaking, "metadata.key."+f.Name, "gone", "readers know items by it")
		}
	}
	for _, f := range is.Key {
		if member(was.Key, f.Name) == nil {
			c.say(Breaking, "metadata.key."+f.Name, "new", "readers that know items by the old key mix them up")
		}
	}
}

// rule compares when the event is published. An operation that never fired it is a value that readers never saw.
func (c *comparison) rule(was, is *Event) {
	for _, operation := range is.Change {
		if !slices.Contains(was.Change, operation) {
			c.say(Breaking, "metadata.operation", "may be "+operation+" now", "it never was")
		}
	}
	for _, operation := range was.Change {
		if !slices.Contains(is.Change, operation) {
			c.say(Meaning, "rule", "no longer published on "+operation, "readers miss what they used to get")
		}
	}
	before, now := was.condition(), is.condition()
	if before != now {
		c.say(Meaning, "rule", now+", was "+before, "published on other changes than before")
	}
}

// condition is all of a rule but its operations, in the words of the model.
func (e *Event) condition() string {
	var parts []string
	if len(e.Becomes) > 0 {
		states := make([]string, len(e.Becomes))
		for i, condition := range e.Becomes {
			states[i] = condition.Field + ": " + string(condition.Value)
		}
		parts = append(parts, "becomes {"+strings.Join(states, ", ")+"}")
	}
	if len(e.Changes) > 0 {
		parts = append(parts, "changes ["+strings.Join(e.Changes, ", ")+"]")
	}
	if e.When != "" {
		parts = append(parts, "when "+strconv.Quote(e.When))
	}
	if len(parts) == 0 {
		return "no condition"
	}
	return strings.Join(parts, ", ")
}

func (c *comparison) data(was, is *Event) {
	for i := range was.Data {
		if now := member(is.Data, was.Data[i].Name); now != nil {
			c.field(&was.Data[i], now)
		} else {
			c.say(Breaking, "data."+was.Data[i].Name, "removed", "")
		}
	}
	for _, f := range is.Data {
		switch {
		case member(was.Data, f.Name) != nil:
		case f.PII:
			c.say(Meaning, "data."+f.Name, "new, and personal data", "every reader of the bus holds personal data from now on")
		default:
			c.say(Compatible, "data."+f.Name, "new", "")
		}
	}
}

func (c *comparison) field(was, is *Field) {
	where := "data." + is.Name
	before := len(c.all)
	c.types(where, &was.Type, &is.Type)
	retyped := slices.ContainsFunc(c.all[before:], func(d Difference) bool { return d.Level == Breaking && d.Where == where })
	switch {
	case retyped:
	case was.Value != nil && string(was.Value) != string(is.Value):
		c.say(Breaking, where, "no longer always "+string(was.Value), "it never had another value")
	case was.Value == nil && is.Value != nil:
		c.say(Compatible, where, "always "+string(is.Value)+" now", "")
	}
	switch {
	case was.Always && !is.Always:
		c.say(Breaking, where, "may be absent now", "it was there in every event")
	case !was.Always && is.Always:
		c.say(Compatible, where, "there in every event now", "")
	}
	switch {
	case is.PII && !was.PII:
		c.say(Meaning, where, "marked as personal data", "readers that keep it must treat it so")
	case was.PII && !is.PII:
		c.say(Compatible, where, "no longer marked as personal data", "")
	}
}

// before compares the members that data does not have anyway.
func (c *comparison) before(was, is *Event) {
	for _, f := range was.Before {
		now := member(is.Before, f.Name)
		switch {
		case now == nil && member(is.Data, f.Name) == nil && member(was.Data, f.Name) != nil: // said of data
		case now == nil:
			c.say(Meaning, "before."+f.Name, "gone", "readers no longer learn what it was")
		case member(was.Data, f.Name) == nil || member(is.Data, f.Name) == nil:
			c.types("before."+f.Name, &f.Type, &now.Type)
		}
	}
}

func member(fields []Field, name string) *Field {
	if i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name }); i >= 0 {
		return &fields[i]
	}
	return nil
}
