package model

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// Fields names the fields of old and new that the rule reads, sorted.
func (r *Rule) Fields() []string { return r.fields }

// fieldsOf collects the fields that a checked rule selects from old and new.
func fieldsOf(checked *cel.Ast) []string {
	var names []string
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.SelectKind {
			return
		}
		selected := e.AsSelect()
		if of := selected.Operand(); of.Kind() == ast.IdentKind && (of.AsIdent() == "old" || of.AsIdent() == "new") {
			names = append(names, selected.FieldName())
		}
	}))
	slices.Sort(names)
	return slices.Compact(names)
}
