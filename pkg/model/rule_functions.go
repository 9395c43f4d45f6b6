package model

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/stdlib"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// decimalFunctions gives the standard library, with operators that take decimals too. An operator of the library
// has one implementation for all its types, which cannot be added to, so those operators are declared anew.
func decimalFunctions() ([]cel.EnvOption, error) {
	without := env.NewLibrarySubset()
	var declared []*decls.FunctionDecl
	for _, op := range decimalOperators() {
		without.AddExcludedFunctions(env.NewFunction(op.name))
		f, err := op.declare()
		if err != nil {
			return nil, fmt.Errorf("declare operator %s: %w", op.name, err)
		}
		declared = append(declared, f)
	}
	convert := func(to *types.Type) cel.OverloadOpt {
		return cel.UnaryBinding(func(d ref.Val) ref.Val { return d.ConvertToType(to) })
	}
	from := func(t *types.Type) cel.FunctionOpt {
		return cel.Overload("decimal_from_"+t.TypeName(), []*types.Type{t}, decimalType, cel.UnaryBinding(newDecimal))
	}
	to := func(t *types.Type) cel.FunctionOpt {
		return cel.Overload("decimal_to_"+t.TypeName(), []*types.Type{decimalType}, t, convert(t))
	}
	return []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(without)),
		cel.FunctionDecls(declared...),
		cel.Function("decimal", from(types.StringType), from(types.IntType), from(types.DoubleType), from(decimalType)),
		cel.Function(overloads.TypeConvertDouble, to(types.DoubleType)),
		cel.Function(overloads.TypeConvertInt, to(types.IntType)),
		cel.Function(overloads.TypeConvertString, to(types.StringType)),
	}, nil
}

// decimalOperator is an operator that takes decimals: one of two operands, or of one (unary).
type decimalOperator struct {
	name   string
	result *types.Type
	binary func(a, b Decimal) ref.Val
	unary  func(a Decimal) ref.Val
}

func decimalOperators() []decimalOperator {
	arithmetic := func(name string, f func(a, b Decimal) (Decimal, error)) decimalOperator {
		return decimalOperator{name: name, result: decimalType,
			binary: func(a, b Decimal) ref.Val { return fromDecimal(f(a, b)) }}
	}
	order := func(name string, holds func(c int) bool) decimalOperator {
		return decimalOperator{name: name, result: types.BoolType,
			binary: func(a, b Decimal) ref.Val { return types.Bool(holds(a.Compare(b))) }}
	}
	return []decimalOperator{
		arithmetic(operators.Add, Decimal.add),
		arithmetic(operators.Subtract, Decimal.subtract),
		arithmetic(operators.Multiply, Decimal.multiply),
		order(operators.Less, func(c int) bool { return c < 0 }),
		order(operators.LessEquals, func(c int) bool { return c <= 0 }),
		order(operators.Greater, func(c int) bool { return c > 0 }),
		order(operators.GreaterEquals, func(c int) bool { return c >= 0 }),
		{name: operators.Negate, result: decimalType,
			unary: func(a Decimal) ref.Val { return fromDecimal(Decimal("0").subtract(a)) }},
	}
}

// declare gives the library's operator with overloads for decimals.
func (op decimalOperator) declare() (*decls.FunctionDecl, error) {
	all := stdlib.Functions()
	standard := all[slices.IndexFunc(all, func(f *decls.FunctionDecl) bool { return f.Name() == op.name })]
	bindings, err := standard.Bindings()
	if err != nil {
		return nil, err
	}
	var options []decls.FunctionOpt
	for _, o := range standard.OverloadDecls() {
		options = append(options, decls.Overload(o.ID(), o.ArgTypes(), o.ResultType()))
	}
	overload := func(arguments ...*types.Type) {
		id := op.name
		for _, a := range arguments {
			id += "_" + a.TypeName()
		}
		options = append(options, decls.Overload(id, arguments, op.result))
	}
	if op.unary != nil {
		overload(decimalType)
		return decls.NewFunction(op.name, append(options, decls.SingletonUnaryBinding(op.one(bindings[0])))...)
	}
	overload(decimalType, decimalType)
	for _, t := range []*types.Type{types.IntType, types.DoubleType} {
		overload(decimalType, t)
		overload(t, decimalType)
	}
	return decls.NewFunction(op.name, append(options, decls.SingletonBinaryBinding(op.two(bindings[0])))...)
}

func (op decimalOperator) one(standard *functions.Overload) functions.UnaryOp {
	return func(v ref.Val) ref.Val {
		switch d, ok := v.(decimal); {
		case ok:
			return op.unary(Decimal(d))
		case v.Type().HasTrait(standard.OperandTrait):
			return standard.Unary(v)
		}
		return types.MaybeNoSuchOverloadErr(v)
	}
}

func (op decimalOperator) two(standard *functions.Overload) functions.BinaryOp {
	return func(l, r ref.Val) ref.Val {
		if isDecimal(l) || isDecimal(r) {
			a, okA := toDecimal(l)
			b, okB := toDecimal(r)
			if okA && okB {
				return op.binary(a, b)
			}
		} else if l.Type().HasTrait(standard.OperandTrait) {
			return standard.Binary(l, r)
		}
		return types.NewErr("no such overload")
	}
}

func isDecimal(v ref.Val) bool {
	_, ok := v.(decimal)
	return ok
}

// Equality of rules. The library's operator takes two values of one type only and asks the left one whether it is
// equal, which an integer denies for every decimal. So == and != stand for these functions, which take anything;
// whether the types can be equal is checked afterwards.
const (
	equalFunction  = "@equal"
	differFunction = "@differ"
)

func equality() cel.EnvOption {
	a, b := types.NewTypeParamType("A"), types.NewTypeParamType("B")
	declare := func(name string, f functions.BinaryOp) cel.EnvOption {
		return cel.Function(name, cel.Overload(name, []*types.Type{a, b}, types.BoolType, cel.BinaryBinding(f)))
	}
	rename := func(operator, function string) cel.Macro {
		return cel.GlobalMacro(operator, 2, func(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
			return f.NewCall(function, args...), nil
		})
	}
	return func(e *cel.Env) (*cel.Env, error) {
		for _, option := range []cel.EnvOption{
			declare(equalFunction, equalValues), declare(differFunction, differentValues),
			cel.Macros(rename(operators.Equals, equalFunction), rename(operators.NotEquals, differFunction)),
		} {
			var err error
			if e, err = option(e); err != nil {
				return nil, err
			}
		}
		return e, nil
	}
}

func equalValues(l, r ref.Val) ref.Val {
	if isDecimal(r) {
		l, r = r, l
	}
	return types.Equal(l, r)
}

func differentValues(l, r ref.Val) ref.Val {
	v := equalValues(l, r)
	if is, ok := v.(types.Bool); ok {
		return !is
	}
	return v
}
