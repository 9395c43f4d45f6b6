package model

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// maxRuleSteps bounds what one evaluation does inside comprehensions such as exists() and map(), the only loops: a
// step for each expression that is evaluated, and one more for every ten elements or bytes of what it reads and of
// the strings that it makes. A comprehension over 10,000 elements, about what the 400 KB of an item hold, may take
// 100 for each; one within another over such lists would need a hundred times as many and is cut, after some tenths
// of a second.
//
// CEL's own limit is not used: what it keeps of each round of a comprehension, it searches for each expression of
// all later rounds, so that 10,000 elements take it a quarter of a second for the shortest condition.
const maxRuleSteps = 1_000_000

var errRuleSteps = fmt.Errorf("it takes more than %d steps", maxRuleSteps)

// budget is what is left of the steps of one evaluation.
type budget struct{ left int }

// budgetName is the variable that holds the budget. No rule can write it.
const budgetName = "@budget"

// spend ends the evaluation when nothing is left: Program.Eval gives what it panics with as an error.
func spend(frame *interpreter.ExecutionFrame, steps int) {
	found, _ := frame.ResolveName(budgetName)
	b, ok := found.(*budget)
	if !ok {
		return
	}
	if b.left -= steps; b.left < 0 {
		panic(interpreter.EvalCancelledError{Message: errRuleSteps.Error(), Cause: interpreter.CostLimitExceeded})
	}
}

// length is the number of bytes of a string.
func length(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	}
	return 0
}

// size is the number of elements or bytes of a value.
func size(v ref.Val) int {
	if s, ok := v.(traits.Sizer); ok && length(v) == 0 {
		if n, ok := s.Size().(types.Int); ok {
			return int(n)
		}
	}
	return length(v)
}

// cost says what an expression inside a comprehension spends; those outside run once.
type cost int

const (
	costFree cost = iota
	costStep      // one, and a part for the length of a string
	costRead      // one, and a part for the size of anything
)

// price is the cost of an expression. The accumulator of a comprehension, such as the list that map() makes, grows
// in place, so that reading it is free.
func price(e ast.Expr, accumulator string) cost {
	switch e.Kind() {
	case ast.IdentKind:
		if e.AsIdent() == accumulator {
			return costFree
		}
		return costRead
	case ast.SelectKind:
		return costRead
	}
	return costStep
}

// counted makes the expressions inside comprehensions spend.
func counted(a *ast.AST) cel.ProgramOption {
	costs := map[int64]cost{}
	ast.PostOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.ComprehensionKind {
			return
		}
		note := ast.NewExprVisitor(func(inner ast.Expr) {
			if _, known := costs[inner.ID()]; !known { // an inner comprehension knows its own accumulator
				costs[inner.ID()] = price(inner, e.AsComprehension().AccuVar())
			}
		})
		ast.PreOrderVisit(e.AsComprehension().LoopCondition(), note)
		ast.PreOrderVisit(e.AsComprehension().LoopStep(), note)
	}))
	return cel.CustomDecoratorV2(func(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
		c := costs[i.ID()]
		if c == costFree {
			return i, nil
		}
		switch i := i.(type) {
		case countedStep, countedAttribute, countedCall, interpreter.InterpretableConst:
			return i, nil
		case interpreter.InterpretableAttribute:
			return countedAttribute{i, c}, nil
		case interpreter.InterpretableCall:
			return countedCall{i, c}, nil
		default:
			return countedStep{i, c}, nil
		}
	})
}

// charge spends the cost of a value.
func (c cost) charge(frame *interpreter.ExecutionFrame, v ref.Val) ref.Val {
	if c == costRead {
		spend(frame, 1+size(v)/10)
	} else {
		spend(frame, 1+length(v)/10)
	}
	return v
}

// countedStep is an expression that spends.
type countedStep struct {
	interpreter.InterpretableV2
	cost cost
}

// Exec implements interpreter.InterpretableV2.
func (s countedStep) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	return s.cost.charge(frame, s.InterpretableV2.Exec(frame))
}

// Eval implements interpreter.Interpretable.
func (s countedStep) Eval(a interpreter.Activation) ref.Val { return s.Exec(interpreter.AsFrame(a)) }

// countedAttribute is one that the planner has to recognise: it reads a variable or a field, or chooses.
type countedAttribute struct {
	interpreter.InterpretableAttribute
	cost cost
}

// Exec implements interpreter.InterpretableV2.
func (s countedAttribute) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	return s.cost.charge(frame, s.InterpretableAttribute.Exec(frame))
}

// Eval implements interpreter.Interpretable.
func (s countedAttribute) Eval(a interpreter.Activation) ref.Val {
	return s.Exec(interpreter.AsFrame(a))
}

// countedCall is a call, which the planner looks into for regular expressions to compile.
type countedCall struct {
	interpreter.InterpretableCall
	cost cost
}

// Exec implements interpreter.InterpretableV2.
func (s countedCall) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	return s.cost.charge(frame, s.InterpretableCall.Exec(frame))
}

// Eval implements interpreter.Interpretable.
func (s countedCall) Eval(a interpreter.Activation) ref.Val { return s.Exec(interpreter.AsFrame(a)) }
