package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Level is what a change means to those who already subscribe.
type Level string

// The levels, the gravest first. But for Breaking, what is published after the change fits the open schemas from
// before.
const (
	Breaking   Level = "breaking"   // readers that were right fail, or get nothing
	Meaning    Level = "meaning"    // readers go on, but the event comes at other times or says something else
	Compatible Level = "compatible" // readers that take what they do not know go on
)

var gravity = []Level{Breaking, Meaning, Compatible}

// Difference is one change of a contract.
type Difference struct {
	Level  Level  `json:"level"`
	Event  string `json:"event,omitempty"`  // "" where it is all of them
	Schema int    `json:"schema,omitempty"` // 0 where it is all of them
	Where  string `json:"where"`            // event, rule, or a path into the envelope or the detail, such as data.total
	What   string `json:"what"`
	So     string `json:"so,omitempty"` // what follows for readers, or is to be done
}

// Compare lists what readers of the old contract find changed in the new one: by event and schema, then the graver
// first.
func Compare(old, current *Contract) []Difference {
	c := &comparison{old: old, current: current}
	c.bus()
	for i := range old.Events {
		was := &old.Events[i]
		if is := current.find(was.Name, was.Schema); is != nil {
			c.event(was, is)
		} else {
			c.removed(was)
		}
	}
	for i := range current.Events {
		if is := &current.Events[i]; old.find(is.Name, is.Schema) == nil {
			c.added(is)
		}
	}
	slices.SortStableFunc(c.all, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Event, b.Event), cmp.Compare(a.Schema, b.Schema),
			cmp.Compare(slices.Index(gravity, a.Level), slices.Index(gravity, b.Level)), strings.Compare(a.Where, b.Where))
	})
	return c.all
}

// find returns an event in one schema, or, with schema 0, in any; nil where there is none.
func (c *Contract) find(name string, schema int) *Event {
	for i := range c.Events {
		if e := &c.Events[i]; e.Name == name && (e.Schema == schema || schema == 0) {
			return e
		}
	}
	return nil
}

type comparison struct {
	old, current *Contract
	at           *Event // the one being compared; nil for the bus
	all          []Difference
}

func (c *comparison) say(level Level, where, what, so string) {
	d := Difference{Level: level, Where: where, What: what, So: so}
	if c.at != nil {
		d.Event, d.Schema = c.at.Name, c.at.Schema
	}
	c.all = append(c.all, d)
}

// bus compares what all events share.
func (c *comparison) bus() {
	if len(c.old.Events) == 0 || len(c.current.Events) == 0 {
		return
	}
	if c.old.Source != c.current.Source {
		c.say(Breaking, "source", fmt.Sprintf("%s, was %s", c.current.Source, c.old.Source), "rules that match the old source get nothing")
	}
	switch {
	case c.old.Revision && !c.current.Revision:
		c.say(Breaking, "metadata.revision", "gone, and previousRevision with it", "they were there in every event")
	case !c.old.Revision && c.current.Revision:
		c.say(Compatible, "metadata.revision", "new, and previousRevision with it", "")
	}
}

func (c *comparison) removed(was *Event) {
	c.at = was
	if c.current.find(was.Name, 0) != nil {
		c.say(Breaking, "event", "schema "+strconv.Itoa(was.Schema)+" is no longer published",
			"take it out only when nobody's rule matches it any more")
		return
	}
	for i := range c.current.Events {
		if is := &c.current.Events[i]; c.old.find(is.Name, 0) == nil && is.like(was) {
			c.say(Breaking, "event", "renamed to "+is.Name, "rules that match the old name get nothing; publish both for a while")
			return
		}
	}
	c.say(Breaking, "event", "removed", "its readers get nothing any more")
}

// like says that two events differ in name and schema alone.
func (e *Event) like(other *Event) bool {
	renamed := *other
	renamed.Name, renamed.Schema = e.Name, e.Schema
	return string(encode(e)) == string(encode(&renamed))
}

func (c *comparison) added(is *Event) {
	c.at = is
	if c.old.find(is.Name, 0) == nil {
		c.say(Compatible, "event", "new", "")
		return
	}
	c.say(Compatible, "event", "schema "+strconv.Itoa(is.Schema)+" is new",
		"a rule that does not name detail.metadata.schema gets both, which have different ids")
}
