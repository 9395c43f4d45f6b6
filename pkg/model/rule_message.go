package model

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// syntaxError puts the first syntax error in words; those behind it mostly follow from it.
func (c *ruleCompiler) syntaxError(all []*common.Error) error {
	at := c.locate(all[0].Location)
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
	at := c.start(c.locate(e.Location))
	if m := undefinedField.FindStringSubmatch(e.Message); m != nil {
		c.unknownField(e.ExprID, at, m[1])
	} else if m := undeclared.FindStringSubmatch(e.Message); m != nil {
		c.unknownName(e.ExprID, at, m[1])
	} else if m := noOverload.FindStringSubmatch(e.Message); m != nil {
		c.wrongOperands(at, m[1], m[2], m[3])
	} else if m := notSelectable.FindStringSubmatch(e.Message); m != nil {
		c.faultAt(at, "%s has no fields", typeNameWords(m[1]))
	} else if m := notIterable.FindStringSubmatch(e.Message); m != nil {
		c.faultAt(at, "%s has no elements; this needs a list, a set or a map", typeNameWords(m[1]))
	} else if m := expectedType.FindStringSubmatch(e.Message); m != nil {
		c.faultAt(at, "this gives %s where %s is needed", typeNameWords(m[2]), typeNameWords(m[1]))
	} else {
		c.faultAt(at, "%s", plainWords(e.Message))
	}
}

// unknownField names the entity, or the field, that has no such field.
func (c *ruleCompiler) unknownField(id int64, at int, name string) {
	at += max(0, strings.Index(c.source[at:], name))
	owner, fields := c.scope.Entity, c.scope.Fields
	if e := c.expression(id); e != nil && e.Kind() == ast.SelectKind {
		operand := e.AsSelect().Operand()
		switch {
		case operand.Kind() == ast.IdentKind && operand.AsIdent() == "key":
			c.faultAt(at, "the key of %s has no field %s; it has %s", owner, name, strings.Join(c.scope.KeyFields, ", "))
			return
		case operand.Kind() == ast.SelectKind:
			owner += "." + operand.AsSelect().FieldName()
			if t := c.variables().of(operand); t != nil {
				fields = t.Fields
			}
		}
	}
	c.faultAt(at, "%s has no field %s%s", owner, name, didYouMean(name, fieldNames(fields)))
}

// unknownName tells a function from a variable, and a field without new before it from both.
func (c *ruleCompiler) unknownName(id int64, at int, name string) {
	known := "new, key"
	if c.scope.Old {
		known = "old, " + known
	}
	e := c.expression(id)
	switch {
	case e != nil && e.Kind() == ast.CallKind:
		c.faultAt(at, "unknown function %s%s", name, didYouMean(name, c.functions()))
	case name == "old":
		c.faultAt(at, "old is not known here, since documents are made of the new image alone; use new")
	case slices.Contains(fieldNames(c.scope.Fields), name):
		c.faultAt(at, "unknown name %s; write new.%s", name, name)
	default:
		c.faultAt(at, "unknown name %s; a rule knows %s", name, known)
	}
}

// expression finds the expression that an error is about.
func (c *ruleCompiler) expression(id int64) ast.Expr {
	var found ast.Expr
	ast.PreOrderVisit(c.parsed.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id {
			found = e
		}
	}))
	return found
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

func fieldNames(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// wrongOperands says what an operator or function was given.
func (c *ruleCompiler) wrongOperands(at int, name, target, args string) {
	given := splitTypes(args)
	words := make([]string, len(given))
	for i, t := range given {
		words[i] = typeNameWords(t)
	}
	list := strings.Join(words, " and ")
	symbol, operator := operators.FindReverse(name)
	switch {
	case name == operators.Conditional:
		c.faultAt(at, "? : needs a condition and two results of one type, not %s", list)
	case operator && symbol != "" && len(given) == 2:
		c.faultAt(at, "%s does not take %s%s", symbol, list, mixedHint(given))
	case operator && symbol != "":
		c.faultAt(at, "%s does not take %s", symbol, list)
	case target != "":
		c.faultAt(at, "%s() of %s does not take (%s)", name, typeNameWords(target), strings.Join(words, ", "))
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
