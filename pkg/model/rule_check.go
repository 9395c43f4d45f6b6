package model

import (
	"errors"
	"fmt"
	"maps"
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
			c.faultAt(c.begin(c.checked.Expr()), "the rule gives %s; it must give true or false, so compare it with something",
				inWords(t))
		}
		c.variables().walk(c.checked.Expr(), c.reviewCall)
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

// begin is where the leftmost part of an expression stands; CEL has the dot or the operator.
func (c *ruleCompiler) begin(e ast.Expr) int {
	switch e.Kind() {
	case ast.SelectKind:
		return c.begin(e.AsSelect().Operand())
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			return c.begin(call.Target())
		}
		if len(call.Args()) > 1 && !isIdentifier(call.FunctionName()) {
			return c.begin(call.Args()[0])
		}
	}
	return c.offset(e.ID())
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

// start is the name before a parenthesis or brace.
func (c *ruleCompiler) start(offset int) int {
	if offset < len(c.source) && (c.source[offset] == '(' || c.source[offset] == '{') {
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

// walk visits an expression and all inside it, each with the variables that it can name. The variable of a macro
// such as exists() has the type of the elements.
func (vars typed) walk(e ast.Expr, visit func(e ast.Expr, vars typed)) {
	visit(e, vars)
	switch e.Kind() {
	case ast.CallKind:
		if e.AsCall().IsMemberFunction() {
			vars.walk(e.AsCall().Target(), visit)
		}
		for _, a := range e.AsCall().Args() {
			vars.walk(a, visit)
		}
	case ast.ComprehensionKind:
		vars.walkComprehension(e.AsComprehension(), visit)
	case ast.SelectKind:
		vars.walk(e.AsSelect().Operand(), visit)
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			vars.walk(element, visit)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			vars.walk(entry.AsMapEntry().Key(), visit)
			vars.walk(entry.AsMapEntry().Value(), visit)
		}
	}
}

func (vars typed) walkComprehension(e ast.ComprehensionExpr, visit func(e ast.Expr, vars typed)) {
	vars.walk(e.IterRange(), visit)
	inner := maps.Clone(vars)
	delete(inner, e.IterVar())
	if t := vars.of(e.IterRange()); t != nil && (t.Kind == KindList || t.Kind == KindSet) {
		inner[e.IterVar()] = t.Of
	}
	for _, part := range []ast.Expr{e.AccuInit(), e.LoopCondition(), e.LoopStep(), e.Result()} {
		inner.walk(part, visit)
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
