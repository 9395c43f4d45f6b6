package model

import "errors"

// rule checks a CEL expression and returns its text.
func (c *compiler) rule(d *draft, src word, old bool) string {
	if src.node == nil || !d.known {
		return src.text
	}
	scope := RuleScope{Entity: d.Name, Fields: d.Fields, KeyFields: d.KeyFields, Old: old}
	if _, err := CompileRule(src.text, scope); err != nil {
		c.ruleFaults(src, err)
	}
	return src.text
}

// ruleFaults reports an error of CompileRule, or all of those that it joins.
func (c *compiler) ruleFaults(src word, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			c.ruleFaults(src, one)
		}
		return
	}
	place := src.node.place
	if fault := (*RuleError)(nil); errors.As(err, &fault) {
		place = c.inside(src.node, fault.Offset)
	}
	c.at(place, "%v", err)
}
