package model

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// check parses the rule and checks its types, and then what CEL leaves open.
func (c *ruleCompiler) check() (*cel.Ast, error) {
	parsed, issues := c.env.Parse(c.source)
	if issues.Err() != nil {
		return nil, c.syntaxError(issues.Errors())
	}
	c.parsed = parsed.NativeRep()
	checked, issues := c.env.Check(parsed)
	for _, e := range issues.Errors() {
		c.typeError(e)
	}
	if issues.Err() == nil {
		c.checked = checked.NativeRep()
		if t := checked.OutputType(); !t.IsExactType(types.BoolType) {
			c.fault(c.checked.Expr().ID(), "the rule gives %s; it must give true or false, so compare it with something", typeWords(t))
		}
		c.review(c.checked.Expr(), c.variables())
	}
	return checked, errors.Join(c.errs...)
}

// fault notes an error at an expression.
func (c *ruleCompiler) fault(id int64, format string, args ...any) {
	c.faultAt(c.offset(id), format, args...)
}

func (c *ruleCompiler) faultAt(offset int, format string, args ...any) {
	c.errs = append(c.errs, &RuleError{Offset: offset, Message: fmt.Sprintf(format, args...)})
}

// offset is where an expression stands; for a call of a function that is its name, where CEL has the parenthesis.
func (c *ruleCompiler) offset(id int64) int {
	at, ok := c.parsed.SourceInfo().GetOffsetRange(id)
	if !ok {
		return 0
	}
	return c.start(c.bytes(int(at.Start)))
}

// bytes makes an offset in bytes of one in characters.
func (c *ruleCompiler) bytes(characters int) int {
	for i := range c.source {
		if characters == 0 {
			return i
		}
		characters--
	}
	return len(c.source)
}

func (c *ruleCompiler) start(offset int) int {
	if offset < len(c.source) && c.source[offset] == '(' {
		name := strings.TrimRight(c.source[:offset], " \t\r\n")
		for len(name) > 0 && isIdentifier("_"+name[len(name)-1:]) {
			name = name[:len(name)-1]
			offset = len(name)
		}
	}
	return offset
}

// typed are the model's types of variables by name; a variable without one is not listed.
type typed map[string]*Type

func (c *ruleCompiler) variables() typed {
	image := &Type{Kind: KindFields, Fields: c.scope.Fields}
	return typed{"old": image, "new": image, "key": image}
}

// review looks at an expression and all inside it.
func (c *ruleCompiler) review(e ast.Expr, vars typed) {
	switch e.Kind() {
	case ast.CallKind:
		c.reviewCall(e, vars)
	case ast.ComprehensionKind:
		c.reviewComprehension(e.AsComprehension(), vars)
	case ast.SelectKind:
		c.review(e.AsSelect().Operand(), vars)
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			c.review(element, vars)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			c.review(entry.AsMapEntry().Key(), vars)
			c.review(entry.AsMapEntry().Value(), vars)
		}
	}
}

func (c *ruleCompiler) reviewCall(e ast.Expr, vars typed) {
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case equalFunction, differFunction:
		c.comparable(e.ID(), call.FunctionName(), args[0], args[1])
		c.constant(vars.of(args[0]), args[1])
		c.constant(vars.of(args[1]), args[0])
	case operators.In:
		c.member(args[0], args[1], vars)
	case "decimal":
		c.decimalConstant(args[0])
	}
	if len(args) == 2 {
		c.precise(args[0], args[1])
		c.precise(args[1], args[0])
	}
	if call.IsMemberFunction() {
		c.review(call.Target(), vars)
	}
	for _, a := range args {
		c.review(a, vars)
	}
}

// reviewComprehension gives the variable of a macro such as exists() the type of the elements.
func (c *ruleCompiler) reviewComprehension(e ast.ComprehensionExpr, vars typed) {
	c.review(e.IterRange(), vars)
	inner := typed{}
	for name, t := range vars {
		inner[name] = t
	}
	delete(inner, e.IterVar())
	if t := vars.of(e.IterRange()); t != nil && (t.Kind == KindList || t.Kind == KindSet) {
		inner[e.IterVar()] = t.Of
	}
	for _, part := range []ast.Expr{e.AccuInit(), e.LoopCondition(), e.LoopStep(), e.Result()} {
		c.review(part, inner)
	}
}

// of is the model's type of an expression that reads a field, or nil.
func (vars typed) of(e ast.Expr) *Type {
	switch e.Kind() {
	case ast.IdentKind:
		return vars[e.AsIdent()]
	case ast.SelectKind:
		if t := vars.of(e.AsSelect().Operand()); t != nil && !e.AsSelect().IsTestOnly() {
			return t.at(e.AsSelect().FieldName())
		}
	case ast.CallKind:
		if call := e.AsCall(); call.FunctionName() == operators.Index {
			if t := vars.of(call.Args()[0]); t != nil {
				return t.Of
			}
		}
	}
	return nil
}

// at is the type of a member of fields, or of a map.
func (t *Type) at(name string) *Type {
	if t.Kind != KindFields {
		return t.Of
	}
	if f := t.Member(name); f != nil {
		return &f.Type
	}
	return nil
}
