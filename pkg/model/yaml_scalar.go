package model

import "regexp"

// What a plain scalar is by the core schema of YAML 1.2.
var (
	plainNumber  = regexp.MustCompile(`^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+)$`)
	plainBoolean = regexp.MustCompile(`^(true|True|TRUE|false|False|FALSE)$`)
	plainNull    = regexp.MustCompile(`^(null|Null|NULL)$`)
)

// ambiguous lists the plain scalars that a reader of YAML 1.1 and one of YAML 1.2 (core schema) take for
// different values, and some, such as ~ and .inf, that read as something else than they seem to be.
var ambiguous = []struct {
	plain *regexp.Regexp
	some  string // what some readers take it for
}{
	{regexp.MustCompile(`^(?i:y|yes|n|no|on|off)$`), "a boolean"},
	{regexp.MustCompile(`^(~|=)$`), "nothing"},
	{regexp.MustCompile(`^[-+]?0[0-9_]+$`), "an octal number"},
	{regexp.MustCompile(`^[-+]?0o[0-7_]+$`), "an octal number"},
	{regexp.MustCompile(`^[-+]?0b[01_]+$`), "a binary number"},
	{regexp.MustCompile(`^([-+]0x[0-9a-fA-F_]+|0x[0-9a-fA-F]*_[0-9a-fA-F_]*)$`), "a hexadecimal number"},
	{regexp.MustCompile(`^[-+]?[0-9]+_[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?$`), "a number"},
	{regexp.MustCompile(`^[-+]?[0-9]*\.[0-9]*_[0-9_]*([eE][-+]?[0-9]+)?$`), "a number"},
	{regexp.MustCompile(`^[-+]?[0-9]+[eE][-+]?[0-9]+$`), "a number"},
	{regexp.MustCompile(`^[-+]?[0-9]*\.[0-9]*[eE][0-9]+$`), "a number"},
	{regexp.MustCompile(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`), "a number in base 60"},
	{regexp.MustCompile(`^[-+]?\.(?i:inf|nan)$`), "a number"},
	{regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+|$)[0-9:.]*[ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?)?$`), "a date"},
}

// plain tells what a plain scalar is, and reports the ones on which readers differ.
func (b *nodes) plain(n *node) {
	for _, a := range ambiguous {
		if a.plain.MatchString(n.text) {
			b.r.fault(n, "%s is %s to some readers of YAML and not to others; quote it: %q", n.text, a.some, n.text)
			n.kind = faultyNode
			return
		}
	}
	switch {
	case plainNumber.MatchString(n.text):
		n.kind = numberNode
	case plainBoolean.MatchString(n.text):
		n.kind = booleanNode
	case plainNull.MatchString(n.text):
		n.kind = nullNode
	}
}
