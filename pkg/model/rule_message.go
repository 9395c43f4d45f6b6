package model

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/outflow-dev/outflow/internal/nearest"
)

// syntaxError puts the first syntax error in words; those behind it mostly follow from it.
func (c *ruleCompiler) syntaxError(all []*common.Error) error {
	at := c.locate(all[0].Location)
	if strings.HasSuffix(c.source[:at], "<") && strings.HasPrefix(c.source[at:], ">") {
		at--
	}
	rest := strings.TrimLeft(c.source[at:], " \t\r\n")
	token := firstToken.FindString(rest)
	message := "unexpected " + token
	before := strings.Fields(c.source[:at])
	switch {
	case !strings.HasPrefix(all[0].Message, "Syntax error"):
		message = plainWords(all[0].Message)
	case rest == "":
		message = "the rule ends too early"
	case slices.Contains([]string{`"`, "'"}, rest[:1]) && strings.Contains(all[0].Message, "token recognition"):
		message = "a string without its closing quote"
	case instead[token] != "":
		message += "; write " + instead[token]
	case len(before) > 0 && strings.EqualFold(before[len(before)-1], "not"):
		at = strings.LastIndex(c.source[:at], before[len(before)-1])
		message = "unexpected " + before[len(before)-1] + "; write !"
	}
	return &RuleError{Offset: at, Message: message}
}

var firstToken = regexp.MustCompile(`^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|<>|[^ \t\r\n])`)

// instead is what people write in other languages, and what CEL has.
var instead = map[string]string{
	"=": "==", "<>": "!=", "&": "&&", "|": "||", "and": "&&", "or": "||", "AND": "&&", "OR": "||", "is": "==",
}

// locate makes an offset of CEL's position: a line from 1 and a column in characters from 0.
func (c *ruleCompiler) locate(l common.Location) int {
	offset := 0
	for range l.Line() - 1 {
		offset += strings.IndexByte(c.source[offset:], '\n') + 1
	}
	column := 0
	for i := range c.source[offset:] {
		if column == l.Column() {
			return offset + i
		}
		column++
	}
	return len(c.source)
}

var (
	undefinedField = regexp.MustCompile(`^undefined field '(.*)'$`)
	undeclared     = regexp.MustCompile(`^undeclared reference to '(.*)' \(in container`)
	noOverload     = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(?:(.*)\.)?\((.*)\)'$`)
	notSelectable  = regexp.MustCompile(`^type '(.*)' does not support field selection$`)
	notIterable    = regexp.MustCompile(`^expression of type '(.*)' cannot be range of a comprehension`)
	expectedType   = regexp.MustCompile(`^expected type '(.*)' but found '(.*)'$`)
)

// typeError puts an error of the type check in the model's words.
func (c *ruleCompiler) typeError(e *common.Error) {
	at, whole := c.start(c.locate(e.Location)), 0
	if about, _ := c.expression(e.ExprID); about != nil {
		whole = c.begin(about)
	}
	if m := undefinedField.FindStringSubmatch(e.Message); m != nil {
		c.unknownField(e.ExprID, at, m[1])
	} else if m := undeclared.FindStringSubmatch(e.Message); m != nil {
		c.unknownName(e.ExprID, at, m[1])
	} else if m := noOverload.FindStringSubmatch(e.Message); m != nil {
		c.wrongOperands(at, m[1], m[2], m[3])
	} else if m := notSelectable.FindStringSubmatch(e.Message); m != nil {
		c.faultAt(at, "%s has no fields", nameInWords(m[1]))
	} else if m := notIterable.FindStringSubmatch(e.Message); m != nil {
		c.faultAt(whole, "%s has no elements; this needs a list, a set or a map", nameInWords(m[1]))
	} else if m := expectedType.FindStringSubmatch(e.Message); m != nil {
		c.faultAt(whole, "this gives %s where %s is needed", nameInWords(m[2]), nameInWords(m[1]))
	} else {
		c.faultAt(at, "%s", plainWords(e.Message))
	}
}

// unknownField names what has no such field: the entity, its key, a field with members, or a macro's variable.
func (c *ruleCompiler) unknownField(id int64, at int, name string) {
	e, vars := c.expression(id)
	if e == nil || e.Kind() != ast.SelectKind { // in a message such as google.protobuf.Duration{}, which no field is
		c.faultAt(max(0, strings.LastIndex(c.source[:at], name)), "no field %s", name)
		return
	}
	at += max(0, strings.Index(c.source[at:], name))
	operand := e.AsSelect().Operand()
	if operand.Kind() == ast.IdentKind && operand.AsIdent() == "key" {
		c.faultAt(at, "the key of %s has no field %s; it has %s", c.scope.Entity, name, strings.Join(c.scope.KeyFields, ", "))
		return
	}
	var known []string
	if t := vars.of(operand); t != nil {
		known = fieldNames(t.Fields)
	}
	c.faultAt(at, "%s has no field %s%s", c.path(operand), name, nearest.Hint(name, known))
}

// path is an expression in words: Order for new and old, Order.address for a field.
func (c *ruleCompiler) path(e ast.Expr) string {
	switch e.Kind() {
	case ast.SelectKind:
		return c.path(e.AsSelect().Operand()) + "." + e.AsSelect().FieldName()
	case ast.IdentKind:
		if name := e.AsIdent(); name != "new" && name != "old" {
			return name
		}
		return c.scope.Entity
	}
	return "this"
}

// unknownName tells a function from a variable, and a field without new before it from both.
func (c *ruleCompiler) unknownName(id int64, at int, name string) {
	known := "new, key"
	if c.scope.Old {
		known = "old, " + known
	}
	switch e, _ := c.expression(id); {
	case e != nil && e.Kind() == ast.CallKind:
		c.faultAt(at, "unknown function %s%s", name, nearest.Hint(name, c.functions()))
	case name == "old":
		c.faultAt(at, "old is not known here, since documents are made of the new image alone; use new")
	case slices.Contains(fieldNames(c.scope.Fields), name):
		c.faultAt(at, "unknown name %s; write new.%s", name, name)
	default:
		c.faultAt(at, "unknown name %s; a rule knows %s", name, known)
	}
}

// expression finds the expression that an error is about, and the variables that it can name.
func (c *ruleCompiler) expression(id int64) (found ast.Expr, known typed) {
	c.variables().walk(c.parsed.Expr(), func(e ast.Expr, vars typed) {
		if e.ID() == id {
			found, known = e, vars
		}
	})
	return found, known
}

func (c *ruleCompiler) functions() []string {
	var names []string
	for name := range c.env.Functions() {
		if isIdentifier(name) {
			names = append(names, name)
		}
	}
	return names
}

// wrongOperands says what an operator or function was given.
func (c *ruleCompiler) wrongOperands(at int, name, target, args string) {
	given := splitTypes(args)
	words := make([]string, len(given))
	for i, t := range given {
		words[i] = nameInWords(t)
	}
	list := strings.Join(words, " and ")
	symbol, operator := operators.FindReverse(name)
	switch {
	case name == operators.Conditional:
		c.faultAt(at, "? : needs a condition and two results of one type, not %s", list)
	case name == operators.Index:
		c.faultAt(at, "%s cannot be indexed with %s", words[0], words[1])
	case operator && symbol != "" && len(given) == 2:
		c.faultAt(at, "%s does not take %s%s", symbol, list, mixedHint(given))
	case operator && symbol != "":
		c.faultAt(at, "%s does not take %s", symbol, list)
	case target != "":
		c.faultAt(at, "%s() of %s does not take (%s)", name, nameInWords(target), strings.Join(words, ", "))
	default:
		c.faultAt(at, "%s() does not take (%s)", name, strings.Join(words, ", "))
	}
}

// plainWords is for the rest: CEL's own words without its names of types.
func plainWords(message string) string {
	switch message {
	case "invalid argument to has() macro":
		return "has() takes a field, such as has(new.total)"
	case "invalid matches argument":
		return "not a regular expression that RE2 takes"
	case "invalid timestamp argument":
		return "not a timestamp; write one such as timestamp('2026-01-31T00:00:00Z')"
	case "invalid duration argument":
		return "not a duration; write one such as duration('36h')"
	}
	return message
}
