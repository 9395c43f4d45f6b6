package model

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/outflow-dev/outflow/internal/nearest"
)

// reviewCall checks what a call compares, and its constants.
func (c *ruleCompiler) reviewCall(e ast.Expr, vars typed) {
	if e.Kind() != ast.CallKind {
		return
	}
	args := e.AsCall().Args()
	switch name := e.AsCall().FunctionName(); name {
	case equalFunction, differFunction:
		c.comparable(e.ID(), name, args[0], args[1])
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
}

// comparable checks that == or != compares what can be equal.
func (c *ruleCompiler) comparable(id int64, function string, l, r ast.Expr) {
	a, b := c.checked.GetType(l.ID()), c.checked.GetType(r.ID())
	if !canEqual(a, b) {
		symbol := map[string]string{equalFunction: "==", differFunction: "!="}[function]
		c.fault(id, "%s compares %s with %s, which are never equal%s", symbol, inWords(a), inWords(b), conversionHint(a, b))
	}
}

// canEqual says that values of two types can be equal: what may be null or anything, numbers of all kinds, and
// types that are alike.
func canEqual(a, b *types.Type) bool {
	for _, t := range []*types.Type{a, b} {
		switch t.Kind() {
		case types.NullTypeKind, types.DynKind, types.AnyKind, types.TypeParamKind:
			return true
		}
	}
	if isNumber(a) && isNumber(b) {
		return true
	}
	if a.Kind() != b.Kind() || len(a.Parameters()) != len(b.Parameters()) {
		return false
	}
	switch a.Kind() {
	case types.ListKind, types.MapKind:
		for i, p := range a.Parameters() {
			if !canEqual(p, b.Parameters()[i]) {
				return false
			}
		}
		return true
	}
	return a.TypeName() == b.TypeName()
}

func isNumber(t *types.Type) bool {
	switch t.Kind() {
	case types.IntKind, types.UintKind, types.DoubleKind:
		return true
	}
	return t.IsExactType(decimalType)
}

// member checks the constants of l in r.
func (c *ruleCompiler) member(l, r ast.Expr, vars typed) {
	if t := vars.of(r); t != nil && (t.Kind == KindList || t.Kind == KindSet) {
		c.constant(t.Of, l)
	}
	if r.Kind() == ast.ListKind {
		for _, element := range r.AsList().Elements() {
			c.constant(vars.of(l), element)
		}
	}
}

// constant checks a constant against the type of the field that it is compared with.
func (c *ruleCompiler) constant(t *Type, e ast.Expr) {
	switch {
	case t == nil:
	case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Conditional:
		c.constant(t, e.AsCall().Args()[1])
		c.constant(t, e.AsCall().Args()[2])
	case (t.Kind == KindList || t.Kind == KindSet) && e.Kind() == ast.ListKind:
		for _, element := range e.AsList().Elements() {
			c.constant(t.Of, element)
		}
	case t.Kind == KindEnum && e.Kind() == ast.LiteralKind:
		if text, ok := e.AsLiteral().(types.String); ok && !slices.Contains(t.Values, string(text)) {
			c.fault(e.ID(), "%q is not a value of the enum; it has %s%s", string(text), strings.Join(t.Values, ", "),
				nearest.Hint(string(text), t.Values))
		}
	}
}

func (c *ruleCompiler) decimalConstant(e ast.Expr) {
	if e.Kind() != ast.LiteralKind {
		return
	}
	if text, ok := e.AsLiteral().(types.String); ok {
		if _, err := ParseDecimal(string(text)); err != nil {
			c.fault(e.ID(), "%q: %v", string(text), err)
		}
	}
}

var numberLiteral = regexp.MustCompile(`^-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?`)

// precise refuses a number beside a decimal where the number has lost digits that the source has.
func (c *ruleCompiler) precise(e, beside ast.Expr) {
	if e.Kind() != ast.LiteralKind || !c.checked.GetType(beside.ID()).IsExactType(decimalType) {
		return
	}
	number, ok := e.AsLiteral().(types.Double)
	if !ok {
		return
	}
	written, err := ParseDecimal(numberLiteral.FindString(c.source[c.offset(e.ID()):]))
	if kept, ok := toDecimal(number); err == nil && ok && kept.Compare(written) != 0 {
		c.fault(e.ID(), "a number keeps some 16 digits only; write decimal(\"%s\")", written)
	}
}
